"""Replaying history over stored facts: re-attribution, what-if, as known at, and the roster's history."""

from collections.abc import Generator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from github_tracker.adapters.memory import MemoryClock, MemoryTelemetry
from github_tracker.application.as_known_at import FiguresAsKnownAt, NothingKnownError
from github_tracker.application.reattribute import Reattribute
from github_tracker.application.report import Discretion, ReportFigures
from github_tracker.application.roster_history import RosterHistory
from github_tracker.application.sync_roster import NoRosterError, WantedPolicy
from github_tracker.application.what_if import Proposal, TeamAllocation, WhatIf
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.comparison import Comparison
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.membership_change import MembershipChange
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest, Repository
from github_tracker.domain.roster import Roster
from github_tracker.domain.roster_change import AffectedAuthors
from github_tracker.ports.attribution_reader import AttributionReader
from github_tracker.ports.errors import RosterChangedError, UnknownTeamError
from github_tracker.ports.report_repository import ReportScope
from github_tracker.ports.roster_repository import RosterUpdateResult
from tests.contracts.memory import memory_store
from tests.contracts.store import EVERYTHING, GADGETS, WIDGETS, Store, contents_of, put_facts, put_roster, stream_of
from tests.strategies import over_allocated_rosters, policies, pull_request_lists, rosters
from tests.unit.examples import at, merged, roster_of

any_rosters = rosters() | over_allocated_rosters()
wanted_policies = st.builds(
    WantedPolicy,
    st.none() | st.sampled_from(AttributionRule),
    st.none() | st.just("Asia/Kathmandu"),
    st.none() | st.just(("stranger",)),
)
MONDAY = at("2024-01-01")
OLD = roster_of(Membership("A", "alice"), Membership("B", "bob"))
NEW = roster_of(Membership("A", "alice", Decimal("0.5")), Membership("B", "alice", Decimal("0.5")))
FACTS = (
    merged(Author("alice"), MONDAY, at("2024-01-03"), 1),
    merged(Author("bob"), MONDAY, at("2024-02-03"), 2),
)


def filled(roster: Roster, policy: AttributionPolicy, facts: list[PullRequest]) -> Store:
    """Return a store that holds them."""
    store = memory_store()
    put_roster(store, roster, policy)
    for repository in (WIDGETS, GADGETS):
        own = (fact for fact in facts if fact.repository_id == repository.id)
        put_facts(store, *own, repository=repository)
    return store


def example() -> Store:
    """Return a store that holds the examples under the old roster."""
    return filled(OLD, AttributionPolicy(), list(FACTS))


def reattribute(store: Store) -> Reattribute:
    """Return the use case on a store."""
    return Reattribute(store.rosters, store.attributions, MemoryClock(at("2024-06-02")), MemoryTelemetry())


@settings(max_examples=60)
@given(any_rosters, policies(), pull_request_lists(), st.none() | any_rosters, wanted_policies)
def test_dry_run_is_what_then_happens(
    old: Roster, policy: AttributionPolicy, facts: list[PullRequest], new: Roster | None, wanted: WantedPolicy
) -> None:
    """The same changes, computed from both ends; only the dry run leaves everything as it was."""
    store = filled(old, policy, facts)
    before = contents_of(store)
    dry = reattribute(store).preview(new, wanted)
    assert contents_of(store) == before
    real = reattribute(store)(new, wanted, "tests")
    assert dry.result is None
    assert real.result is not None
    assert real == evolve(dry, result=real.result)
    assert bool(real.comparison.prs_changed) <= real.result.is_new_version
    changed = [
        one
        for one, other in zip(before.stream, stream_of(store), strict=True)
        if (one.credit, one.is_bot) != (other.credit, other.is_bot)
    ]
    assert real.comparison.prs_changed == len(changed)


@settings(max_examples=60)
@given(any_rosters, policies(), pull_request_lists(), any_rosters, wanted_policies)
def test_reattribution_tells_what_readers_then_see(
    old: Roster, policy: AttributionPolicy, facts: list[PullRequest], new: Roster, wanted: WantedPolicy
) -> None:
    """Every week and month before, with the changes put in, is every week and month after."""
    store = filled(old, policy, facts)
    weeks = {(week.team, week.week): week for week in store.reports.velocity(EVERYTHING)}
    months = {(month.team, month.month): month for month in store.reports.lead_time(EVERYTHING)}
    found = reattribute(store)(new, wanted, "tests").comparison
    for week in found.weeks:
        if week.before is not None:
            assert weeks.pop((week.before.team, week.before.week)) == week.before
    for month in found.months:
        if month.before is not None:
            assert months.pop((month.before.team, month.before.month)) == month.before
    weeks |= {(week.after.team, week.after.week): week.after for week in found.weeks if week.after is not None}
    months |= {(month.after.team, month.after.month): month.after for month in found.months if month.after is not None}
    assert tuple(weeks[cell] for cell in sorted(weeks)) == store.reports.velocity(EVERYTHING)
    assert tuple(months[cell] for cell in sorted(months)) == store.reports.lead_time(EVERYTHING)


@settings(max_examples=60)
@given(any_rosters, policies(), pull_request_lists())
def test_as_known_now_is_what_is_stored(roster: Roster, policy: AttributionPolicy, facts: list[PullRequest]) -> None:
    """Exactly: the same weeks, rests, months and roster version."""
    store = filled(roster, policy, facts)
    known, stored = (
        FiguresAsKnownAt(store.rosters, store.attributions, Discretion()),
        ReportFigures(store.reports, store.rosters, Discretion()),
    )
    now = at("2030-01-01")
    velocity, lead_time = known.velocity(EVERYTHING, now), known.lead_time(EVERYTHING, now)
    assert evolve(velocity, basis=evolve(velocity.basis, as_known_at=None)) == stored.velocity(EVERYTHING)
    assert evolve(lead_time, basis=evolve(lead_time.basis, as_known_at=None)) == stored.lead_time(EVERYTHING)


@settings(max_examples=40)
@given(any_rosters, policies(), pull_request_lists(), any_rosters, policies())
def test_as_known_then_is_what_was_stored_then(
    old: Roster,
    policy: AttributionPolicy,
    facts: list[PullRequest],
    new: Roster,
    later_policy: AttributionPolicy,
) -> None:
    """Whatever roster, rule, zone or patterns came after it."""
    store = filled(old, policy, facts)
    then = ReportFigures(store.reports, store.rosters, Discretion()).velocity(EVERYTHING)
    instant = store.rosters.history()[-1].recorded_at
    put_roster(store, new, later_policy, instant + timedelta(days=1))
    found = FiguresAsKnownAt(store.rosters, store.attributions, Discretion()).velocity(EVERYTHING, instant)
    assert evolve(found, basis=evolve(found.basis, as_known_at=None)) == then


@settings(max_examples=60)
@given(any_rosters, policies(), pull_request_lists(), st.integers(2, 4))
def test_small_groups_are_withheld_then_as_now(
    roster: Roster, policy: AttributionPolicy, facts: list[PullRequest], size: int
) -> None:
    """The same cells of the same figures, whether the views or the facts gave them."""
    store, discretion = filled(roster, policy, facts), Discretion(size)
    known = FiguresAsKnownAt(store.rosters, store.attributions, discretion)
    stored, now = ReportFigures(store.reports, store.rosters, discretion), at("2030-01-01")
    velocity, lead_time = known.velocity(EVERYTHING, now), known.lead_time(EVERYTHING, now)
    assert evolve(velocity, basis=evolve(velocity.basis, as_known_at=None)) == stored.velocity(EVERYTHING)
    assert evolve(lead_time, basis=evolve(lead_time.basis, as_known_at=None)) == stored.lead_time(EVERYTHING)


def test_as_known_at_counts_pull_requests_of_later() -> None:
    """The roster is that of the instant, the facts are those of today."""
    store = example()
    instant = store.rosters.history()[0].recorded_at
    put_roster(store, NEW, changed_at=instant + timedelta(days=1))
    put_facts(store, merged(Author("bob"), MONDAY, at("2024-06-09"), 3))
    found = FiguresAsKnownAt(store.rosters, store.attributions, Discretion()).velocity(ReportScope("B"), instant)
    assert [(week.week, week.prs_merged) for week in found.weeks] == [(date(2024, 1, 29), 1), (date(2024, 6, 3), 1)]
    assert (found.basis.roster_version, found.basis.as_known_at) == (1, instant)


def test_version_of_an_instant_is_the_last_one_recorded_by_then() -> None:
    """From its very instant on, until the next one; its rule and zone hold with it."""
    store = example()
    policy = AttributionPolicy(AttributionRule.EFFORT, "Asia/Tokyo")
    put_roster(store, NEW, policy, at("2024-06-03"))
    put_roster(store, OLD, changed_at=at("2024-06-05"))
    known = FiguresAsKnownAt(store.rosters, store.attributions, Discretion())
    for instant, version in (
        ("2024-06-02T23:59:59.999999", 1),
        ("2024-06-03", 2),
        ("2024-06-04", 2),
        ("2024-06-05", 3),
    ):
        assert known.lead_time(EVERYTHING, at(instant)).basis.roster_version == version
    found = known.velocity(EVERYTHING, at("2024-06-04"))
    assert found.basis.policy == policy
    assert [(week.team, week.weighted_prs_merged) for week in found.weeks] == [
        ("A", Decimal("0.5")),
        ("B", Decimal("0.5")),
    ]


@pytest.mark.parametrize(
    "scope", [ReportScope("A"), ReportScope(since=date(2024, 1, 2)), ReportScope("B", until=date(2024, 2, 1))], ids=str
)
def test_as_known_at_keeps_to_the_scope(scope: ReportScope) -> None:
    """As the stored figures do."""
    store = example()
    known, now = FiguresAsKnownAt(store.rosters, store.attributions, Discretion()), at("2030-01-01")
    assert known.velocity(scope, now).weeks == store.reports.velocity(scope)
    assert known.velocity(scope, now).unattributed == store.reports.unattributed(scope)
    assert known.lead_time(scope, now).months == store.reports.lead_time(scope)


def test_nothing_is_known_before_the_first_roster() -> None:
    """The error says from when on something is; the very instant of the first one is known."""
    store = example()
    first = store.rosters.history()[0].recorded_at
    known = FiguresAsKnownAt(store.rosters, store.attributions, Discretion())
    assert known.lead_time(EVERYTHING, first).basis.roster_version == 1
    with pytest.raises(NothingKnownError, match=r"the first one came at 2024-06-01T00:00:00\+00:00"):
        known.lead_time(EVERYTHING, first - timedelta(microseconds=1))
    with pytest.raises(NothingKnownError, match="none has been put in force yet"):
        FiguresAsKnownAt(memory_store().rosters, store.attributions, Discretion()).velocity(EVERYTHING, first)


def test_team_of_another_time_is_unknown() -> None:
    """A team is looked for on the roster of the instant."""
    store = example()
    put_roster(store, roster_of(Membership("C", "alice")), changed_at=at("2024-06-05"))
    known = FiguresAsKnownAt(store.rosters, store.attributions, Discretion())
    assert known.velocity(ReportScope("A"), at("2024-06-04")).weeks
    with pytest.raises(UnknownTeamError):
        known.velocity(ReportScope("C"), at("2024-06-04"))


def test_reattributing_without_any_roster_is_refused() -> None:
    """The dry run refuses what the real one does."""
    store = memory_store()
    with pytest.raises(NoRosterError):
        reattribute(store).preview(None, WantedPolicy(AttributionRule.MERGED))
    with pytest.raises(NoRosterError):
        reattribute(store)(None, WantedPolicy(AttributionRule.MERGED), "tests")
    with pytest.raises(NoRosterError):
        WhatIf(store.rosters, store.attributions, MemoryClock())(Proposal(rule=AttributionRule.MERGED))


def test_what_is_so_already_is_nothing_to_do() -> None:
    """Nothing is recorded and nothing changes."""
    store = example()
    found = reattribute(store)(OLD, WantedPolicy(AttributionRule.CREATED), "tests")
    assert found.result == RosterUpdateResult(1, is_new_version=False)
    assert found.is_nothing_to_do
    assert (found.comparison.prs_compared, found.comparison.prs_changed) == (2, 0)
    assert len(store.rosters.history()) == 1


def test_first_roster_takes_everything_from_nobody() -> None:
    """Before it, no login was known."""
    store = memory_store()
    put_facts(store, *FACTS)
    dry = reattribute(store).preview(OLD, WantedPolicy())
    real = reattribute(store)(OLD, WantedPolicy(), "tests")
    assert real == evolve(dry, result=real.result)
    earned = real.comparison.before.earned, real.comparison.after.earned
    assert (real.version_before, *earned) == (0, Decimal(0), Decimal(2))


class _Interrupted(AttributionReader):
    """Lets somebody else act before each stream."""

    def __init__(self, store: Store, others: list[Roster]) -> None:
        self._store = store
        self._others = others

    def attributions(self, authors: AffectedAuthors | None = None) -> Generator[Attribution]:
        if self._others:
            put_roster(self._store, self._others.pop())
        with closing(self._store.attributions.attributions(authors)) as found:
            yield from found

    def repositories(self) -> tuple[Repository, ...]:
        return self._store.attributions.repositories()


def _overtaken(store: Store, *others: Roster) -> Reattribute:
    reader = _Interrupted(store, list(others))
    return Reattribute(store.rosters, reader, MemoryClock(at("2024-06-02")), MemoryTelemetry())


def test_dry_run_begins_again_when_the_roster_changes_meanwhile() -> None:
    """What is told is about the roster that is then in force."""
    store = example()
    found = _overtaken(store, roster_of(Membership("B", "alice"))).preview(NEW, WantedPolicy())
    assert found == reattribute(store).preview(NEW, WantedPolicy())
    assert found.version_before == 2


def test_roster_that_never_rests_is_told() -> None:
    """The dry run gives up; the real one has been done, and says that it cannot be counted."""
    store = example()
    with pytest.raises(RosterChangedError, match="faster"):
        _overtaken(store, *[OLD, roster_of(Membership("B", "alice"))] * 3).preview(NEW, WantedPolicy())
    with pytest.raises(RosterChangedError, match="is in force, but a later one came"):
        _overtaken(store, OLD)(NEW, WantedPolicy(), "tests")


@settings(max_examples=60)
@given(any_rosters, policies(), pull_request_lists(), any_rosters)
def test_what_if_tells_what_reattribution_would_change(
    old: Roster, policy: AttributionPolicy, facts: list[PullRequest], new: Roster
) -> None:
    """Over all time; only pull requests that never merged are left out. Nothing is written."""
    store = filled(old, policy, facts)
    before = contents_of(store)
    tried = WhatIf(store.rosters, store.attributions, MemoryClock())(Proposal(new, AttributionRule.MERGED))
    assert contents_of(store) == before
    dry = reattribute(store).preview(new, WantedPolicy(AttributionRule.MERGED))
    assert _without_counts(tried.comparison) == _without_counts(dry.comparison)
    assert tried.memberships == dry.memberships


def _without_counts(comparison: Comparison) -> Comparison:
    return evolve(comparison, prs_compared=0, prs_changed=0)


def test_what_if_keeps_to_the_days_of_merging() -> None:
    """The first day counts, the last does not; days are those of the reporting zone."""
    store = example()
    ask = WhatIf(store.rosters, store.attributions, MemoryClock())
    for since, until, merged_prs in (
        (date(2024, 1, 3), date(2024, 2, 3), 1),
        (date(2024, 1, 4), None, 1),
        (None, date(2024, 2, 4), 2),
        (date(2024, 1, 4), date(2024, 2, 3), 0),
    ):
        found = ask(Proposal(NEW, since=since, until=until)).comparison
        assert (found.prs_compared, found.before.prs_merged, found.after.prs_merged) == (merged_prs,) * 3
    put_roster(store, OLD, AttributionPolicy(time_zone="America/New_York"))
    assert ask(Proposal(NEW, since=date(2024, 1, 3), until=date(2024, 2, 2))).comparison.prs_compared == 0


def test_what_if_tells_allocation_at_the_end_of_the_time() -> None:
    """The last instant before --to, but never a future one; teams of either roster, also those without members."""
    store = example()
    left = roster_of(Membership("A", "alice", Decimal("0.4"), left_at=at("2024-03-01")), Membership("C", "bob"))
    ask = WhatIf(store.rosters, store.attributions, MemoryClock(at("2024-05-01")))
    found = ask(Proposal(left, until=date(2024, 3, 1)))
    assert found.allocated_at == at("2024-02-29T23:59:59.999999")
    assert found.allocation == (
        TeamAllocation("A", Decimal(1), Decimal("0.4")),
        TeamAllocation("B", Decimal(1), Decimal(0)),
        TeamAllocation("C", Decimal(0), Decimal(1)),
    )
    for until in (None, date(2030, 1, 1)):
        later = ask(Proposal(left, until=until))
        assert (later.allocated_at, later.allocation[0].after) == (at("2024-05-01"), Decimal(0))


def test_history_tells_each_version_by_its_changes() -> None:
    """The first one brings everything; a version of another policy changes nobody."""
    store = memory_store()
    put_roster(store, OLD, changed_by="ann")
    put_roster(store, roster_of(*OLD.memberships[:1]), changed_at=at("2024-06-03"), changed_by="ben")
    put_roster(store, roster_of(*OLD.memberships[:1]), AttributionPolicy(AttributionRule.EFFORT), at("2024-06-04"))
    first, second, third = RosterHistory(store.rosters)()
    assert first.memberships == tuple(MembershipChange(None, entry) for entry in OLD.memberships)
    assert (first.teams_added, first.changed_by) == ((Team("A"), Team("B")), "ann")
    assert second.memberships == (MembershipChange(OLD.memberships[1], None),)
    assert (second.teams_removed, second.changed_by, second.recorded_at) == ((Team("B"),), "ben", at("2024-06-03"))
    assert third.memberships == ()
    assert (third.policy.before.rule, third.policy.after.rule) == (AttributionRule.CREATED, AttributionRule.EFFORT)


def test_store_without_a_roster_has_no_history() -> None:
    """Nothing was ever put in force."""
    assert RosterHistory(memory_store().rosters)() == ()
