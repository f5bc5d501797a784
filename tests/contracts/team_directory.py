"""What every TeamDirectory answers: teams under the numbers they keep, and nothing that may not be seen."""

from decimal import Decimal

import pytest

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.roster import Roster
from github_tracker.domain.team_identity import KnownTeam
from tests.contracts.store import Store, put_roster
from tests.unit.examples import at, roster_of

ALICE = Membership("apps", "alice", Decimal("0.5"), left_at=at("2024-03-01"))
ALICE_AGAIN = Membership("apps", "alice", joined_at=at("2024-06-01"), aliases=("al",), github_id=7)
BOB = Membership("Platform", "bob")


def ids_of(store: Store) -> dict[str, int]:
    """Return the number of each team by its name."""
    return {team.name: team.id for team in store.teams.teams()}


class TeamDirectoryContract:
    """Teams and their members for readers; needs a fixture `store` that is empty."""

    def test_empty_store_knows_no_team(self, store: Store) -> None:
        """Neither one nor many."""
        assert store.teams.teams() == ()
        assert store.teams.team(1) is None
        assert store.teams.members(1) == ()

    def test_teams_come_by_name_with_what_the_roster_says(self, store: Store) -> None:
        """Key, description and whether they are listed stand beside the number."""
        put_roster(store, Roster((Team("apps", "All apps", "apps-key"), Team("Platform"))))
        first, second = store.teams.teams()
        assert first == KnownTeam(first.id, "Platform", "", None, is_listed=True)
        assert second == KnownTeam(second.id, "apps", "All apps", "apps-key", is_listed=True)
        assert first.id != second.id

    def test_team_keeps_its_number_under_another_name(self, store: Store) -> None:
        """By its key; the one that takes its old name gets a number of its own."""
        put_roster(store, Roster((Team("apps", key="a"),)))
        number = ids_of(store)["apps"]
        put_roster(store, Roster((Team("Applications", key="a"), Team("apps", key="b"))))
        assert ids_of(store)["Applications"] == number
        assert ids_of(store)["apps"] != number

    def test_team_that_is_no_longer_listed_is_still_known(self, store: Store) -> None:
        """It says so, has no members, and comes back under its number."""
        put_roster(store, roster_of(ALICE, BOB))
        number = ids_of(store)["apps"]
        put_roster(store, roster_of(BOB))
        found = store.teams.team(number)
        assert found is not None
        assert (found.name, found.is_listed, store.teams.members(number)) == ("apps", False, ())
        put_roster(store, roster_of(ALICE, BOB))
        assert ids_of(store)["apps"] == number
        assert store.teams.members(number) == (ALICE,)

    @pytest.mark.parametrize("other", [0, -1, 2**31, 2**63 - 1])
    def test_number_that_is_nobodys_finds_nothing(self, store: Store, other: int) -> None:
        """However large it is."""
        put_roster(store, roster_of(ALICE))
        assert store.teams.team(other) is None
        assert store.teams.members(other) == ()

    def test_only_visible_teams_are_given_out(self, store: Store) -> None:
        """To a reader of some teams the others are not there."""
        put_roster(store, roster_of(ALICE, BOB))
        ids = ids_of(store)
        visible = (ids["apps"],)
        assert [team.name for team in store.teams.teams(visible)] == ["apps"]
        assert store.teams.teams(()) == ()
        assert store.teams.team(ids["apps"], visible) == store.teams.team(ids["apps"])
        assert store.teams.team(ids["Platform"], visible) is None

    def test_members_are_those_of_the_team_by_login_and_time(self, store: Store) -> None:
        """Every window of its own people, in full, and nobody else's."""
        zoe = Membership("apps", "Zoe", Decimal("0.25"))
        put_roster(store, roster_of(ALICE_AGAIN, ALICE, BOB, zoe))
        assert store.teams.members(ids_of(store)["apps"]) == (zoe, ALICE, ALICE_AGAIN)
