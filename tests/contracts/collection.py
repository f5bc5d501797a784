"""What every CollectionRepository keeps: repositories by every name they ever had, outcomes and runs."""

from datetime import datetime

import pytest
from attrs import evolve

from github_tracker.domain.anomaly import Anomaly, AnomalyKind
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, Repository
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport
from github_tracker.ports.collection_repository import CollectionState, NotedOutcome
from tests.contracts.store import GADGETS, WIDGETS, Store, facts_of, put_facts, put_roster, shares_of, state_of
from tests.unit.examples import at, merged, roster_of

FACT = merged(Author("alice"), at("2024-01-01"), at("2024-01-02"))
RENAMED = evolve(WIDGETS, full_name="acme-labs/Sprockets")
REPORT = RepositoryReport("Acme/Widgets", Outcome.COMPLETE, repository_id=1)
NOON = at("2024-06-01T12:00")
LATER = at("2024-06-02T12:00")

RUN = RunReport(
    started_at=at("2024-06-01T12:00:00.000001"),
    finished_at=at("2024-06-01T12:05"),
    outcome=RunOutcome.PARTIAL,
    roster_version=3,
    repositories=(
        RepositoryReport(
            name="Acme/Gadgets",
            outcome=Outcome.DEFERRED,
            repository_id=2,
            code="limited",
            message="GitHub's limit ends at 13:00: “wait” \U0001f422",
            retry_at=at("2024-06-01T13:00:00.5"),
            pages=2,
            requests=5,
            facts_seen=200,
            facts_changed=10,
            facts_repaired=3,
            shares_changed=20,
            replaced_characters=1,
            requests_left=0,
        ),
        RepositoryReport(name="Acme/Widgets", outcome=Outcome.UNCHANGED, is_empty=True),
    ),
    anomalies=(Anomaly(AnomalyKind.NO_PULL_REQUESTS, "not one: “hm” \U0001f422"),),
)


def names_in_shares(store: Store) -> list[str]:
    """Return the repositories' names that readers see."""
    return [line.repository for line in shares_of(store)]


class CollectionContract:
    """Names, renames, outcomes and runs; needs a fixture `store`."""

    def test_claim_is_held_by_one_at_a_time(self, store: Store) -> None:
        """Others are told so, other repositories are free, and in the end this one is free again."""
        big = 2**40
        with store.collection.claim(1) as is_first, store.collection.claim(1) as is_second:
            assert (is_first, is_second) == (True, False)
            with store.collection.claim(2) as is_other, store.collection.claim(big) as is_big:
                assert (is_other, is_big) == (True, True)
            with store.collection.claim(1) as is_third:
                assert not is_third
        with store.collection.claim(1) as is_again:
            assert is_again

    def test_claim_ends_with_what_goes_wrong_in_it(self, store: Store) -> None:
        """The fault gets through, and the claim is gone."""
        with pytest.raises(LookupError), store.collection.claim(1):
            raise LookupError
        with store.collection.claim(1) as is_claimed:
            assert is_claimed

    def test_claim_stops_no_one_from_storing(self, store: Store) -> None:
        """It only saves work: a page of somebody else is stored as ever."""
        with store.collection.claim(WIDGETS.id), store.collection.claim(WIDGETS.id):
            put_roster(store, roster_of(Membership("Apps", "alice")))
            assert put_facts(store, FACT).facts_changed == 1

    def test_unknown_repository_is_not_found(self, store: Store) -> None:
        """Neither in an empty store nor beside another one."""
        assert store.collection.find("Acme/Widgets") is None
        store.collection.register(WIDGETS, WIDGETS.full_name)
        assert store.collection.find("Acme/Gadgets") is None

    def test_registered_repository_has_seen_nothing(self, store: Store) -> None:
        """Its state is that of a repository that was never collected."""
        assert store.collection.register(WIDGETS, WIDGETS.full_name) == CollectionState(WIDGETS)
        assert store.collection.find(WIDGETS.full_name) == CollectionState(WIDGETS)

    def test_registering_twice_leaves_one_with_its_state(self, store: Store) -> None:
        """The second time finds how far the collection has come, and changes nothing."""
        put_facts(store, FACT, checkpoint=Checkpoint("here"))
        known = state_of(store)
        assert known.version == 1
        assert store.collection.register(WIDGETS, WIDGETS.full_name) == known
        assert state_of(store) == known

    @pytest.mark.parametrize("branch", ["trunk", None])
    def test_default_branch_follows(self, store: Store, branch: str | None) -> None:
        """What GitHub says now is kept."""
        store.collection.register(WIDGETS, WIDGETS.full_name)
        changed = evolve(WIDGETS, default_branch=branch)
        assert store.collection.register(changed, WIDGETS.full_name).repository == changed
        assert state_of(store).repository == changed

    @pytest.mark.parametrize("name", ["Acme/Widgets", "ACME/WIDGETS", "old-acme/widgets", "Old-Acme/Widgets"])
    def test_repository_is_found_by_both_names_without_case(self, store: Store, name: str) -> None:
        """GitHub's name and the configured one lead to it."""
        state = store.collection.register(WIDGETS, "Old-Acme/widgets")
        assert store.collection.find(name) == state

    def test_several_are_found_by_the_names_that_were_asked_for(self, store: Store) -> None:
        """Own, former and configured names, without case, each as `find` would find it; unknown ones are left out."""
        former = store.collection.register(evolve(GADGETS, full_name="Acme/Widgets"), "acme/parts")
        taking = store.collection.register(WIDGETS, "old-acme/widgets")
        names = ("acme/WIDGETS", "Old-Acme/widgets", "acme/parts", "Acme/widgets", "acme/widget", "it's/a\\b")
        found = store.collection.find_all(iter(names))
        assert found == {name: store.collection.find(name) for name in names[:4]}
        assert [found[name].repository.id for name in names[:4]] == [taking.repository.id] * 2 + [
            former.repository.id,
            taking.repository.id,
        ]
        assert store.collection.find_all(()) == {}

    def test_renamed_repository_keeps_its_state_and_all_its_names(self, store: Store) -> None:
        """Every name it had leads to it, and its shares carry the new one."""
        put_roster(store, roster_of(Membership("Platform", "alice")))
        store.collection.register(WIDGETS, "old-acme/widgets")
        put_facts(store, FACT, checkpoint=Checkpoint("here"))
        state = store.collection.register(RENAMED, "old-acme/widgets")
        assert state == CollectionState(RENAMED, Checkpoint("here"), version=1)
        for name in ("acme-labs/sprockets", "acme/widgets", "old-acme/widgets"):
            assert store.collection.find(name) == state
        assert names_in_shares(store) == ["acme-labs/Sprockets"]

    def test_shares_stored_after_a_rename_carry_the_new_name(self, store: Store) -> None:
        """Old and new shares of one repository stand under one name."""
        put_roster(store, roster_of(Membership("Platform", "alice")))
        put_facts(store, FACT)
        store.collection.register(RENAMED, WIDGETS.full_name)
        put_facts(store, evolve(FACT, title="other"), evolve(FACT, number=2), repository=RENAMED)
        assert names_in_shares(store) == ["acme-labs/Sprockets"] * 2

    def test_rename_of_letter_case_alone_is_a_rename(self, store: Store) -> None:
        """Names compare without case and are shown as GitHub spells them."""
        put_roster(store, roster_of(Membership("Platform", "alice")))
        put_facts(store, FACT)
        spelt = evolve(WIDGETS, full_name="ACME/widgets")
        assert store.collection.register(spelt, "Acme/Widgets").repository == spelt
        assert names_in_shares(store) == ["ACME/widgets"]

    def test_repository_can_be_renamed_back(self, store: Store) -> None:
        """There and back again, both names lead to it."""
        store.collection.register(WIDGETS, WIDGETS.full_name)
        store.collection.register(RENAMED, WIDGETS.full_name)
        state = store.collection.register(WIDGETS, RENAMED.full_name)
        assert state == CollectionState(WIDGETS)
        assert store.collection.find(RENAMED.full_name) == state

    def test_name_is_taken_from_the_repository_that_held_it(self, store: Store) -> None:
        """The name leads to its new owner; the former one stays known by its id, with facts, state and shares."""
        put_roster(store, roster_of(Membership("Platform", "alice")))
        put_facts(store, FACT, checkpoint=Checkpoint("here"))
        taker = Repository(2, "acme/widgets")
        assert store.collection.register(taker, "acme/widgets") == CollectionState(taker)
        assert store.collection.find("Acme/Widgets") == CollectionState(taker)
        assert facts_of(store) == (FACT,)
        (name,) = names_in_shares(store)
        assert name.lower() != "acme/widgets"
        assert store.collection.register(RENAMED, RENAMED.full_name).checkpoint == Checkpoint("here")
        assert names_in_shares(store) == ["acme-labs/Sprockets"]

    def test_two_repositories_can_swap_their_names(self, store: Store) -> None:
        """One after the other; in the end each name leads to the other one, and the shares say so."""
        put_roster(store, roster_of(Membership("Platform", "alice")))
        put_facts(store, FACT)
        put_facts(store, evolve(FACT, repository_id=2, number=2), repository=GADGETS)
        for repository, name in ((WIDGETS, "Acme/Gadgets"), (GADGETS, "Acme/Widgets")):
            swapped = evolve(repository, full_name=name)
            assert store.collection.register(swapped, repository.full_name).repository == swapped
        assert state_of(store, evolve(WIDGETS, full_name="Acme/Gadgets")).repository.id == 1
        assert state_of(store, evolve(GADGETS, full_name="Acme/Widgets")).repository.id == 2
        assert [(line.repository, line.number) for line in shares_of(store)] == [
            ("Acme/Gadgets", 1),
            ("Acme/Widgets", 2),
        ]

    def test_own_name_goes_before_a_former_one(self, store: Store) -> None:
        """A name that a repository gave up belongs to whoever bears it now."""
        store.collection.register(WIDGETS, WIDGETS.full_name)
        store.collection.register(RENAMED, WIDGETS.full_name)
        heir = Repository(2, "Acme/Widgets")
        assert store.collection.register(heir, heir.full_name) == CollectionState(heir)
        assert store.collection.find("acme/widgets") == CollectionState(heir)
        assert store.collection.find("acme-labs/sprockets") == CollectionState(RENAMED)

    def test_configured_name_leads_to_whom_it_was_last_configured_for(self, store: Store) -> None:
        """One name, resolved by GitHub to another repository than before."""
        store.collection.register(WIDGETS, "alias/one")
        store.collection.register(GADGETS, "Alias/One")
        assert store.collection.find("alias/one") == CollectionState(GADGETS)
        assert store.collection.find(WIDGETS.full_name) == CollectionState(WIDGETS)

    @pytest.mark.parametrize("outcome", Outcome)
    def test_outcome_is_noted(self, store: Store, outcome: Outcome) -> None:
        """How it ended stands in the state; neither version nor checkpoint move."""
        put_facts(store, FACT, checkpoint=Checkpoint("here"))
        before = state_of(store)
        report = evolve(REPORT, outcome=outcome, code="limited", message="until 13:00 \U0001f422")
        store.collection.record_outcome(1, report, NOON)
        noted = evolve(before, last_outcome=outcome, last_code="limited", last_message="until 13:00 \U0001f422")
        assert state_of(store) == noted
        store.collection.record_outcome(1, evolve(REPORT, outcome=outcome), NOON)
        assert state_of(store) == evolve(before, last_outcome=outcome)

    def test_states_of_all_repositories_stand_by_name(self, store: Store) -> None:
        """Without case, each with how far it has come; none in an empty store."""
        assert store.collection.states() == ()
        last = Repository(3, "zeta/last")
        for repository in (last, WIDGETS, GADGETS):
            store.collection.register(repository, repository.full_name)
        put_facts(store, FACT, checkpoint=Checkpoint("here"))
        assert store.collection.states() == (CollectionState(GADGETS), state_of(store), CollectionState(last))

    def test_missing_repository_is_marked_from_the_first_time_on(self, store: Store) -> None:
        """It stays missing since then, however often it is missed again."""
        store.collection.register(WIDGETS, WIDGETS.full_name)
        gone = evolve(REPORT, outcome=Outcome.FAILED, code="unavailable", message="not found")
        for instant in (NOON, LATER):
            store.collection.record_outcome(1, gone, instant)
            noted = CollectionState(WIDGETS, last_outcome=Outcome.FAILED, missing_since=NOON)
            assert state_of(store) == evolve(noted, last_code="unavailable", last_message="not found")

    def test_outcomes_of_several_are_noted_at_once(self, store: Store) -> None:
        """Each as by itself; of one repository's the last one counts."""
        for repository in (WIDGETS, GADGETS):
            store.collection.register(repository, repository.full_name)
        gone = evolve(REPORT, outcome=Outcome.FAILED, code="unavailable", message="not\ufffdfound")
        store.collection.record_outcomes(
            [
                NotedOutcome(1, evolve(REPORT, outcome=Outcome.COMPLETE), NOON),
                NotedOutcome(2, gone, NOON),
                NotedOutcome(1, evolve(REPORT, outcome=Outcome.DEFERRED, code="limited"), LATER),
            ]
        )
        assert state_of(store, GADGETS) == CollectionState(
            GADGETS,
            last_outcome=Outcome.FAILED,
            last_code="unavailable",
            last_message="not\ufffdfound",
            missing_since=NOON,
        )
        assert (state_of(store).last_outcome, state_of(store).last_code) == (Outcome.DEFERRED, "limited")
        store.collection.record_outcomes([])
        store.collection.record_outcomes([NotedOutcome(2, evolve(REPORT, outcome=Outcome.UNCHANGED), LATER)])
        assert state_of(store, GADGETS) == CollectionState(GADGETS, last_outcome=Outcome.UNCHANGED)

    @pytest.mark.parametrize(
        ("report", "missing_since"),
        [
            (evolve(REPORT, outcome=Outcome.COMPLETE), None),
            (evolve(REPORT, outcome=Outcome.UNCHANGED), None),
            (evolve(REPORT, outcome=Outcome.FAILED, code="transient"), NOON),
            (evolve(REPORT, outcome=Outcome.DEFERRED, code="limited"), NOON),
            (evolve(REPORT, outcome=Outcome.COMPLETE, code="unavailable"), NOON),
        ],
        ids=["complete", "unchanged", "failed otherwise", "deferred", "complete and missing"],
    )
    def test_only_a_complete_collection_ends_being_missing(
        self, store: Store, report: RepositoryReport, missing_since: datetime | None
    ) -> None:
        """A run that could not ask to the end does not know whether the repository is back."""
        store.collection.register(WIDGETS, WIDGETS.full_name)
        store.collection.record_outcome(1, evolve(REPORT, outcome=Outcome.FAILED, code="unavailable"), NOON)
        store.collection.record_outcome(1, report, LATER)
        assert state_of(store).missing_since == missing_since
        assert state_of(store).last_outcome == report.outcome

    def test_outcome_reaches_no_other_repository(self, store: Store) -> None:
        """Each has its own."""
        for repository in (WIDGETS, GADGETS):
            store.collection.register(repository, repository.full_name)
        store.collection.record_outcome(2, evolve(REPORT, outcome=Outcome.FAILED, code="unavailable"), NOON)
        assert state_of(store) == CollectionState(WIDGETS)

    def test_no_run_is_latest_before_the_first(self, store: Store) -> None:
        """An empty store has none."""
        assert store.collection.latest_run() is None

    def test_run_is_read_back_as_it_was_recorded(self, store: Store) -> None:
        """With every field of every repository's report."""
        store.collection.record_run(RUN)
        assert store.collection.latest_run() == RUN

    def test_latest_run_is_the_one_that_finished_last(self, store: Store) -> None:
        """Whatever the order in which they began or were recorded."""
        long = evolve(RUN, started_at=at("2024-01-01"), finished_at=at("2024-06-03"), repositories=())
        short = evolve(RUN, started_at=at("2024-06-02"), finished_at=at("2024-06-02T00:01"))
        for report in (RUN, long, short):
            store.collection.record_run(report)
        assert store.collection.latest_run() == long

    def test_of_runs_that_finished_at_once_the_last_recorded_is_latest(self, store: Store) -> None:
        """A tie does not bring back an older one."""
        other = evolve(RUN, started_at=at("2024-06-01T12:01"), repositories=())
        store.collection.record_run(RUN)
        store.collection.record_run(other)
        assert store.collection.latest_run() == other

    def test_run_recorded_twice_stays_as_it_was(self, store: Store) -> None:
        """It is known by its beginning and end, so that a commit without an answer can be repeated."""
        store.collection.record_run(RUN)
        store.collection.record_run(RUN)
        assert store.collection.latest_run() == RUN
