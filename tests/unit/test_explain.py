"""The use case "explain" over the in-memory store: what it reads, what it refuses, and when it raises the alarm."""

from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.adapters.memory import (
    MemoryCollectionRepository,
    MemoryMetricsRepository,
    MemoryRosterRepository,
    MemoryStore,
)
from github_tracker.application.explain import (
    ExplainPullRequest,
    UnknownPullRequestError,
    UnknownRepositoryError,
)
from github_tracker.domain.attribution import Attribution, Credit, Share
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, Repository
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport
from github_tracker.ports.errors import RosterChangedError
from tests.contracts.memory import memory_store
from tests.contracts.store import GADGETS, WIDGETS, Store, attribution_of, put_facts, put_roster, state_of
from tests.unit.examples import at, merged, opened, roster_of

ALICE = Author("alice")
ROSTER = roster_of(Membership("Apps", "alice", Decimal("0.6")))
FACT = merged(ALICE, at("2024-01-01"), at("2024-01-03"), number=12)


@pytest.fixture
def store() -> Store:
    """A store with a roster and one repository of three pull requests."""
    made = memory_store()
    put_roster(made, ROSTER)
    put_facts(made, FACT, opened(ALICE, at("2024-01-01"), 7), opened(ALICE, at("2024-01-01"), 40))
    return made


def use_case(store: Store) -> ExplainPullRequest:
    """The use case on this store."""
    return ExplainPullRequest(store.rosters, store.collection, store.metrics)


def test_explanation_is_of_the_stored_fact_by_the_roster_in_force(store: Store) -> None:
    """With the roster's version and the repository as GitHub spells it; stored and computed shares agree."""
    explained = use_case(store)("acme/WIDGETS", 12)
    assert (explained.repository, explained.roster_version) == (WIDGETS, 1)
    assert explained.explanation.attribution == explained.stored == attribution_of(store, FACT)
    assert [(entry.team, entry.rounded) for entry in explained.explanation.teams] == [("Apps", Decimal("0.6"))]
    assert explained.is_as_stored


def test_repository_is_found_by_a_former_name(store: Store) -> None:
    """After a rename, the old name still leads there, and the answer bears the new one."""
    store.collection.register(Repository(WIDGETS.id, "Acme/Tools"), "Acme/Tools")
    assert use_case(store)(WIDGETS.full_name, 12).repository.full_name == "Acme/Tools"


def test_unknown_repository_is_refused_with_likely_ones(store: Store) -> None:
    """Names of the last run, those that look alike first; and what to do next."""
    state_of(store, GADGETS)
    reports = tuple(RepositoryReport(name, Outcome.COMPLETE) for name in ("Acme/Gadgets", "Acme/Widgets"))
    run = RunReport(at("2024-06-01"), at("2024-06-02"), RunOutcome.COMPLETE, 1, reports)
    store.collection.record_run(run)
    with pytest.raises(UnknownRepositoryError) as refused:
        use_case(store)("acme/widget", 12)
    assert str(refused.value) == (
        "repository: none is known as 'acme/widget'; collected are Acme/Widgets, Acme/Gadgets. To collect it, add it "
        "to REPOSITORIES and run `github-tracker collect`"
    )
    assert (refused.value.name, refused.value.known) == ("acme/widget", ("Acme/Widgets", "Acme/Gadgets"))


def test_unknown_repository_names_a_few_of_many() -> None:
    """And none at all before the first run."""
    empty = memory_store()
    with pytest.raises(UnknownRepositoryError, match=r"^repository: none is known as 'a/b'\. To collect it"):
        use_case(empty)("a/b", 1)
    reports = tuple(RepositoryReport(f"acme/r{number}", Outcome.COMPLETE) for number in range(1, 8))
    empty.collection.record_run(RunReport(at("2024-06-01"), at("2024-06-02"), RunOutcome.COMPLETE, 1, reports))
    with pytest.raises(UnknownRepositoryError, match=r"; collected are (acme/r\d, ){4}acme/r\d and 2 more\. To"):
        use_case(empty)("zzz/zzz", 1)


@pytest.mark.parametrize(
    ("number", "nearest", "words"),
    [
        (9, (7, 12), "the nearest stored are #7 and #12."),
        (1, (7,), "the nearest stored is #7."),
        (41, (40,), "the nearest stored is #40."),
    ],
)
def test_unknown_number_is_refused_with_the_nearest(
    store: Store, number: int, nearest: tuple[int, ...], words: str
) -> None:
    """One on either side, so that a slip is seen at once."""
    with pytest.raises(UnknownPullRequestError) as refused:
        use_case(store)(WIDGETS.full_name, number)
    assert str(refused.value).startswith(f"pull request: #{number} of Acme/Widgets is not stored; {words} Issues take")
    assert (refused.value.repository, refused.value.number, refused.value.nearest) == ("Acme/Widgets", number, nearest)


def test_unknown_number_of_an_empty_repository() -> None:
    """Where nothing is stored, it says that."""
    store = memory_store()
    state_of(store)
    with pytest.raises(UnknownPullRequestError, match=r"#1 of Acme/Widgets is not stored; none is\. Issues"):
        use_case(store)(WIDGETS.full_name, 1)


def test_other_stored_shares_raise_the_alarm() -> None:
    """What is stored and what roster and rule give must be the same; if not, both are told."""
    data = MemoryStore()
    rosters, metrics = MemoryRosterRepository(data), MemoryMetricsRepository(data)
    data.in_force = evolve(data.in_force, version=1, roster=ROSTER)
    collection = MemoryCollectionRepository(data)
    collection.register(WIDGETS, WIDGETS.full_name)
    wrong = Attribution(FACT, data.in_force.policy.rule, Credit((Share("Apps", Decimal(1)),), ()), is_bot=False)
    data.attributions[FACT.key] = wrong
    explained = ExplainPullRequest(rosters, collection, metrics)(WIDGETS.full_name, 12)
    assert not explained.is_as_stored
    assert explained.stored == wrong
    assert explained.explanation.teams[0].rounded == Decimal("0.6")


class _ChangingMetrics(MemoryMetricsRepository):
    """Puts another roster in force each time somebody reads, so many times."""

    def __init__(self, store: MemoryStore, times: int) -> None:
        super().__init__(store)
        self._data, self._times = store, times

    def attribution(self, repository_id: int, number: int) -> Attribution | None:
        found = super().attribution(repository_id, number)
        if self._times:
            self._times -= 1
            weight = Decimal("0.5") + Decimal("0.1") * self._times
            put_roster(memory_store(self._data), roster_of(Membership("Apps", "alice", weight)))
        return found


@pytest.mark.parametrize("times", [1, 4])
def test_roster_that_changes_meanwhile_is_read_again(times: int) -> None:
    """Shares of one version are never explained by the roster of another."""
    data = MemoryStore()
    store = _filled(data)
    explain = ExplainPullRequest(store.rosters, store.collection, _ChangingMetrics(data, times))
    explained = explain(WIDGETS.full_name, 12)
    assert explained.is_as_stored
    assert explained.roster_version == 1 + times
    assert explained.explanation.teams[0].rounded == Decimal("0.5")


def test_roster_that_never_rests_is_an_error() -> None:
    """After a few attempts it is said, instead of an explanation that mixes two versions."""
    data = MemoryStore()
    store = _filled(data)
    explain = ExplainPullRequest(store.rosters, store.collection, _ChangingMetrics(data, 5))
    with pytest.raises(RosterChangedError, match="replaced 5 times"):
        explain(WIDGETS.full_name, 12)


def _filled(data: MemoryStore) -> Store:
    store = memory_store(data)
    put_roster(store, roster_of(Membership("Apps", "alice")))
    put_facts(store, FACT)
    return store
