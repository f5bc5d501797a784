"""What every RosterRepository does with a change that was derived from an earlier look at the roster."""

from collections.abc import Callable

import pytest
from attrs import evolve

from github_tracker.adapters.memory import MemoryClock, MemoryTelemetry
from github_tracker.application.change_roster import MOST_ROSTER_CHANGES
from github_tracker.application.edit_roster import EditRoster
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster
from github_tracker.domain.roster_edit import Join, RosterEditError
from github_tracker.ports.errors import RosterChangedError
from github_tracker.ports.roster_repository import (
    RosterInForce,
    RosterRepository,
    RosterUpdate,
    RosterUpdateResult,
    RosterVersion,
)
from tests.contracts.store import Store, contents_of, put_facts, put_roster, stream_of
from tests.unit.examples import at, merged, roster_of

ALICE = Membership("Apps", "alice")
BOB = Membership("Apps", "bob")
CAROL = Membership("Apps", "carol")
FACT = merged(Author("bob"), at("2024-01-01"), at("2024-01-02"))
MEANWHILE = roster_of(ALICE, BOB)


class Overtaken(RosterRepository):
    """Others do something between the look at the roster and the change, as often as there is something to be done."""

    def __init__(self, rosters: RosterRepository, *meanwhile: Callable[[], object]) -> None:
        self._rosters = rosters
        self._meanwhile = list(meanwhile)

    def in_force(self) -> RosterInForce:
        """Look, and let the others come in between."""
        found = self._rosters.in_force()
        if self._meanwhile:
            self._meanwhile.pop(0)()
        return found

    def put_in_force(self, update: RosterUpdate) -> RosterUpdateResult:
        """Change it."""
        return self._rosters.put_in_force(update)

    def history(self) -> tuple[RosterVersion, ...]:
        """Return every version."""
        return self._rosters.history()


def sync_of(rosters: RosterRepository) -> SyncRoster:
    """Return the use case over these rosters."""
    return SyncRoster(rosters, MemoryClock(at("2024-06-02")), MemoryTelemetry())


class RosterDerivationContract:
    """A former look never undoes what came after it; needs a fixture `store`."""

    @pytest.fixture(autouse=True)
    def _roster(self, store: Store) -> None:
        put_roster(store, roster_of(ALICE))
        put_facts(store, FACT)

    @pytest.mark.parametrize("version", [0, 2])
    @pytest.mark.parametrize("roster", [roster_of(ALICE), MEANWHILE], ids=["same", "another"])
    def test_unexpected_version_is_refused_and_nothing_written(
        self, store: Store, roster: Roster, version: int
    ) -> None:
        """Be it former or never there, and even where the roster says the same."""
        before = contents_of(store)
        update = RosterUpdate(roster, AttributionPolicy(), "tests", at("2024-06-02"), expected_version=version)
        with pytest.raises(RosterChangedError, match=f"derived from roster version {version}, but 1 is in force"):
            store.rosters.put_in_force(update)
        assert contents_of(store) == before

    def test_expected_version_is_replaced(self, store: Store) -> None:
        """Once; the same update is then one of a former version."""
        update = RosterUpdate(MEANWHILE, AttributionPolicy(), "tests", at("2024-06-02"), expected_version=1)
        assert store.rosters.put_in_force(update).version == 2
        with pytest.raises(RosterChangedError):
            store.rosters.put_in_force(update)
        same = evolve(update, expected_version=2)
        assert store.rosters.put_in_force(same) == RosterUpdateResult(2, is_new_version=False)

    def test_first_roster_is_derived_from_version_0(self, store: Store) -> None:
        """An update that expects nothing to be there is refused where something is."""
        update = RosterUpdate(MEANWHILE, AttributionPolicy(), "tests", at("2024-06-02"), expected_version=0)
        with pytest.raises(RosterChangedError):
            store.rosters.put_in_force(update)

    def test_kept_roster_is_the_one_of_others(self, store: Store) -> None:
        """Without a configured roster, a new rule keeps what another process has put in force meanwhile."""
        rosters = Overtaken(store.rosters, lambda: put_roster(store, MEANWHILE))
        result = sync_of(rosters)(None, WantedPolicy(AttributionRule.MERGED), "tests")
        in_force = store.rosters.in_force()
        assert (result.version, in_force.roster, in_force.policy.rule) == (3, MEANWHILE, AttributionRule.MERGED)
        assert [share.team for one in stream_of(store) for share in one.shares] == ["Apps"]

    def test_kept_policy_is_the_one_of_others(self, store: Store) -> None:
        """Without a configured rule, a new roster keeps the rule that another process has put in force meanwhile."""
        policy = AttributionPolicy(AttributionRule.EFFORT)
        rosters = Overtaken(store.rosters, lambda: put_roster(store, roster_of(ALICE), policy))
        sync_of(rosters)(MEANWHILE, WantedPolicy(), "tests")
        assert (store.rosters.in_force().roster, store.rosters.in_force().policy) == (MEANWHILE, policy)

    def test_edit_is_made_of_what_others_left(self, store: Store) -> None:
        """Both changes are there, in a version each."""
        rosters = Overtaken(store.rosters, lambda: put_roster(store, MEANWHILE))
        edit = EditRoster(rosters, store.attributions, MemoryClock(at("2024-06-02")), MemoryTelemetry())
        done = edit(Join("Apps", "carol"), "carol's lead")
        assert store.rosters.in_force().roster == roster_of(ALICE, BOB, CAROL)
        assert (done.version_before, [change.entry for change in done.memberships]) == (2, [CAROL])
        assert [version.changed_by for version in store.rosters.history()] == ["tests", "tests", "carol's lead"]

    def test_edit_that_others_made_impossible_is_refused(self, store: Store) -> None:
        """What it says is checked against the roster that is there by then."""
        rosters = Overtaken(store.rosters, lambda: put_roster(store, roster_of(Membership("Core", "alice"))))
        edit = EditRoster(rosters, store.attributions, MemoryClock(at("2024-06-02")), MemoryTelemetry())
        with pytest.raises(RosterEditError, match="no team is named 'Apps'; known are Core"):
            edit(Join("Apps", "carol"), "tests")
        assert store.rosters.in_force().version == 2

    def test_who_is_overtaken_all_the_time_gives_up(self, store: Store) -> None:
        """Nothing is written, and the message says so."""
        rosters = Overtaken(
            store.rosters,
            *[lambda: put_roster(store, MEANWHILE), lambda: put_roster(store, roster_of(ALICE))] * MOST_ROSTER_CHANGES,
        )
        with pytest.raises(RosterChangedError, match="others keep changing the roster; nothing was changed, try again"):
            sync_of(rosters)(None, WantedPolicy(AttributionRule.MERGED), "tests")
        assert store.rosters.in_force().policy == AttributionPolicy()
