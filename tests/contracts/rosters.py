"""What every RosterRepository does with rosters: one in force, every version kept, nothing written twice."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.ports.roster_repository import RosterInForce, RosterUpdateResult, RosterVersion
from tests.contracts.store import Store, contents_of, put_roster
from tests.unit.examples import MICROSECOND, at, policy_of, roster_of

MOVED = at("2024-03-01T12:00:00.000001")

RICH = Roster(
    teams=(
        Team("Platform", "Builds what others build on.\n\tTabs, “quotes” and ünicode \U0001f3d7", "platform"),
        Team("Öl & Söhne / 2", key="öl"),
        Team("Nobody's"),
        Team("apps"),
    ),
    memberships=(
        Membership("Platform", "Alice", Decimal("0.333333"), None, MOVED, ("alice-old", "A2"), 2**63 - 1),
        Membership("Platform", "alice", Decimal("0.50"), MOVED, None, github_id=2**63 - 1),
        Membership("apps", "ALICE", Decimal("0.000001"), at("0001-01-01"), at("9999-12-31T23:59:59.999999")),
        Membership("Öl & Söhne / 2", "bob", Decimal(0)),
        Membership("apps", "helper[bot]", Decimal("1.000000"), MOVED, MOVED + MICROSECOND),
    ),
)
RICH_POLICY = AttributionPolicy(AttributionRule.EFFORT, "Pacific/Auckland", ("ci-*", "Überbot?", "[x]*"))

ONE = roster_of(Membership("Platform", "alice"))

NEXT_UPDATES = {
    "weight": (roster_of(Membership("Platform", "alice", Decimal("0.5"))), AttributionPolicy()),
    "leaving": (roster_of(Membership("Platform", "alice", left_at=MOVED)), AttributionPolicy()),
    "joining": (roster_of(Membership("Platform", "alice", joined_at=MOVED)), AttributionPolicy()),
    "alias": (roster_of(Membership("Platform", "alice", aliases=("al",))), AttributionPolicy()),
    "id": (roster_of(Membership("Platform", "alice", github_id=7)), AttributionPolicy()),
    "letter case of a login": (roster_of(Membership("Platform", "Alice")), AttributionPolicy()),
    "another team": (roster_of(Membership("Apps", "alice")), AttributionPolicy()),
    "one more": (roster_of(*ONE.memberships, Membership("Platform", "bob")), AttributionPolicy()),
    "nobody": (Roster((Team("Platform"),)), AttributionPolicy()),
    "no team": (Roster(), AttributionPolicy()),
    "description": (evolve(ONE, teams=(Team("Platform", "other"),)), AttributionPolicy()),
    "key": (evolve(ONE, teams=(Team("Platform", key="p"),)), AttributionPolicy()),
    "over-allocation": (evolve(ONE, over_allocation=OverAllocation.ALLOW), AttributionPolicy()),
    "rule": (ONE, AttributionPolicy(AttributionRule.MERGED)),
    "zone": (ONE, AttributionPolicy(time_zone="Europe/Berlin")),
    "bots": (ONE, policy_of("ci-*")),
}


class RosterContract:
    """Putting in force and looking back; needs a fixture `store`."""

    def test_nothing_is_in_force_in_an_empty_store(self, store: Store) -> None:
        """Version 0, no team, the default policy, no history."""
        assert store.rosters.in_force() == RosterInForce(0, Roster(), AttributionPolicy())
        assert store.rosters.history() == ()

    def test_first_roster_is_version_one(self, store: Store) -> None:
        """Its memberships are all new, and it is in force."""
        result = put_roster(store, ONE)
        assert result == RosterUpdateResult(1, is_new_version=True, memberships_added=1)
        assert store.rosters.in_force() == RosterInForce(1, ONE, AttributionPolicy())

    def test_roster_is_read_back_as_it_was_given(self, store: Store) -> None:
        """Every field of teams, memberships and policy, to the microsecond and the sixth decimal."""
        put_roster(store, RICH, RICH_POLICY)
        found = store.rosters.in_force()
        assert found == RosterInForce(1, RICH, RICH_POLICY)
        assert found.roster.people[0].login_keys == {"alice", "alice-old", "a2"}

    def test_empty_roster_with_the_default_policy_is_already_in_force(self, store: Store) -> None:
        """Putting nothing in force in an empty store makes no version."""
        assert put_roster(store, Roster()) == RosterUpdateResult(0, is_new_version=False)
        assert store.rosters.history() == ()

    def test_same_again_is_no_new_version(self, store: Store) -> None:
        """Neither who says it nor when, nor the order of the entries, makes it another one."""
        put_roster(store, RICH, RICH_POLICY)
        before = contents_of(store)
        again = Roster(RICH.teams[::-1], RICH.memberships[::-1])
        result = put_roster(store, again, RICH_POLICY, at("2025-01-01"), "somebody else")
        assert result == RosterUpdateResult(1, is_new_version=False)
        assert contents_of(store) == before

    @pytest.mark.parametrize(("roster", "policy"), NEXT_UPDATES.values(), ids=NEXT_UPDATES)
    def test_anything_else_is_a_new_version(self, store: Store, roster: Roster, policy: AttributionPolicy) -> None:
        """It is in force as given, and both versions can be read."""
        put_roster(store, ONE)
        result = put_roster(store, roster, policy, at("2024-07-01"), "second")
        before, after = set(ONE.memberships), set(roster.memberships)
        assert (result.version, result.is_new_version) == (2, True)
        assert (result.memberships_added, result.memberships_removed) == (len(after - before), len(before - after))
        assert store.rosters.in_force() == RosterInForce(2, roster, policy)
        assert store.rosters.history() == (
            RosterVersion(1, at("2024-06-01"), "tests", AttributionPolicy(), ONE),
            RosterVersion(2, at("2024-07-01"), "second", policy, roster),
        )

    def test_every_version_is_kept_exactly(self, store: Store) -> None:
        """There and back through all of them, with entries that go and come again."""
        updates = [(ONE, AttributionPolicy()), (RICH, RICH_POLICY), *NEXT_UPDATES.values(), (RICH, RICH_POLICY)]
        updates += [*reversed(NEXT_UPDATES.values()), (ONE, AttributionPolicy())]
        for number, (roster, policy) in enumerate(updates, start=1):
            put_roster(store, roster, policy, at("2024-06-01") + timedelta(days=number), f"user {number}")
        assert store.rosters.history() == tuple(
            RosterVersion(number, at("2024-06-01") + timedelta(days=number), f"user {number}", policy, roster)
            for number, (roster, policy) in enumerate(updates, start=1)
        )

    def test_history_tells_the_windows_of_one_person_apart(self, store: Store) -> None:
        """One of two windows in one team goes, comes again and changes; each version still holds both or one."""
        first = Membership("Platform", "alice", left_at=MOVED)
        second = Membership("Platform", "alice", joined_at=MOVED)
        rosters = [
            roster_of(first, second),
            roster_of(second),
            roster_of(first, second),
            roster_of(first, evolve(second, weight=Decimal("0.5"))),
            roster_of(first),
        ]
        for roster in rosters:
            put_roster(store, roster)
        assert [version.roster for version in store.rosters.history()] == rosters

    @pytest.mark.parametrize("step", [timedelta(0), timedelta(days=-1)], ids=["stands still", "goes back"])
    def test_recorded_at_increases_whatever_the_clock_does(self, store: Store, step: timedelta) -> None:
        """Each version is recorded after the one before, by the smallest step if need be."""
        start = at("2024-06-01")
        for number, (roster, policy) in enumerate(NEXT_UPDATES.values()):
            put_roster(store, roster, policy, start + number * step)
        recorded = [version.recorded_at for version in store.rosters.history()]
        assert recorded == [start + number * MICROSECOND for number in range(len(NEXT_UPDATES))]

    def test_time_of_another_offset_is_the_same_instant(self, store: Store) -> None:
        """Instants come back in UTC (R3)."""
        joined = datetime.fromisoformat("2024-03-31T03:30:00+02:00")
        put_roster(store, roster_of(Membership("Platform", "alice", joined_at=joined)), changed_at=joined)
        (version,) = store.rosters.history()
        assert [version.recorded_at, version.roster.memberships[0].joined_at] == [joined, joined]
        assert [version.recorded_at.tzinfo, (version.roster.memberships[0].joined_at or joined).tzinfo] == [UTC, UTC]

    def test_person_may_be_over_allocated_where_that_is_allowed(self, store: Store) -> None:
        """Such a roster is kept as any other (R5)."""
        both = (Membership("Apps", "alice"), Membership("Platform", "alice"))
        roster = roster_of(*both, over_allocation=OverAllocation.ALLOW)
        put_roster(store, roster)
        assert store.rosters.in_force().roster == roster

    def test_abutting_windows_can_be_shifted(self, store: Store) -> None:
        """Windows of one person in one team may touch, move and swap weights, in any order of writing."""
        edges = [at(f"2024-0{month}-01") for month in range(1, 7)]
        layouts = [(0, 2, 4, 5), (0, 1, 2, 5), (0, 3, 4, 5), (1, 2, 3, 4), (0, 1, 4, 5), (0, 2, 3, 5)]
        for layout in layouts:
            bounds = [edges[place] for place in layout]
            windows = zip(bounds, bounds[1:], (Decimal("0.1"), Decimal("0.2"), Decimal("0.3")), strict=False)
            entries = [Membership("Platform", "alice", weight, start, end) for start, end, weight in windows]
            put_roster(store, roster_of(*entries))
            assert store.rosters.in_force().roster == roster_of(*entries)
