"""What every ApiKeyRepository and ApiKeyUses does: keys by their hash, teams by their id, days of use."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from attrs import evolve

from github_tracker.domain.api_key import ApiKey, Key, KeyRecord, Scope, mint_key
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.roster import Roster
from github_tracker.ports.errors import ApiKeyExistsError, UnknownApiKeyError, UnknownTeamError
from tests.contracts.store import Store, put_roster
from tests.unit.examples import at

MADE = at("2024-05-01T09:30:00.123456+00:00")
REVOKED = at("2024-05-03")
ALICE, BOB = Membership("Apps", "alice"), Membership("Platform", "bob")


def roster(apps: str = "Apps", platform: str = "Platform") -> Roster:
    """Return two teams with keys that stay, under these names."""
    teams = (Team(apps, key="a"), Team(platform, key="p"))
    return Roster(teams, (evolve(ALICE, team=apps), evolve(BOB, team=platform)))


def minted(seed: int = 1) -> Key:
    """Return a key that is the same for the same seed."""
    return mint_key(Random(seed).randbytes)  # noqa: S311  # a key that opens nothing


def record_of(key: Key, **fields: Any) -> KeyRecord:
    """Return the key as it is kept, for reading metrics of all teams unless said otherwise."""
    known = ApiKey(key.public_id, "dashboard", (Scope.METRICS_READ,), MADE)
    return KeyRecord(evolve(known, **fields), key.digest)


class ApiKeyContract:
    """Keys of the metrics API; needs a fixture `store`."""

    @pytest.fixture(autouse=True)
    def _teams(self, store: Store) -> None:
        put_roster(store, roster())

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"scopes": (Scope.TEAMS_READ, Scope.ADMIN), "name": "Ops \u00e9 'quoted' %s {}"},
            {"teams": ("Platform", "Apps"), "scopes": (Scope.METRICS_READ, Scope.TEAMS_READ)},
            {"teams": ()},
            {"expires_at": MADE + timedelta(microseconds=1)},
            {"expires_at": at("2024-09-01"), "revoked_at": REVOKED, "last_used_on": date(2024, 5, 2)},
        ],
        ids=["all teams", "admin", "two teams", "no team", "short", "everything"],
    )
    def test_key_is_found_as_it_was_added(self, store: Store, fields: dict[str, Any]) -> None:
        """With every field, and with the hash of what its owner holds."""
        record = record_of(minted(), **fields)
        store.keys.add(record)
        assert store.keys.find(record.key.public_id) == record
        assert store.keys.all_keys() == (record.key,)

    def test_unknown_key_is_not_found(self, store: Store) -> None:
        """Nor one in another letter case, nor what could be no id."""
        record = record_of(minted())
        store.keys.add(record)
        for text in (minted(2).public_id, record.key.public_id.swapcase(), "", "%", "\0", "\ud800", "x" * 10_000):
            assert store.keys.find(text) is None

    def test_keys_are_listed_by_age(self, store: Store) -> None:
        """The oldest first, then by the code points of their ids."""
        ids = ("Bbbbbbbbbbb", "aaaaaaaaaaa", "Zzzzzzzzzzz")
        for public_id in ids:
            store.keys.add(record_of(minted(ord(public_id[0])), public_id=public_id))
        older = record_of(minted(), public_id="zzzzzzzzzzz", created_at=MADE - timedelta(microseconds=1))
        store.keys.add(older)
        assert [key.public_id for key in store.keys.all_keys()] == [
            "zzzzzzzzzzz",
            "Bbbbbbbbbbb",
            "Zzzzzzzzzzz",
            "aaaaaaaaaaa",
        ]

    def test_adding_the_same_key_again_changes_nothing(self, store: Store) -> None:
        """Even if it was revoked meanwhile: it stays revoked."""
        record = record_of(minted(), teams=("Apps",))
        store.keys.add(record)
        store.keys.revoke(record.key.public_id, REVOKED)
        store.keys.add(record)
        assert [key.revoked_at for key in store.keys.all_keys()] == [REVOKED]

    def test_public_id_is_never_given_twice(self, store: Store) -> None:
        """The first key stays as it was, even once it is revoked."""
        record = record_of(minted())
        store.keys.add(record)
        store.keys.revoke(record.key.public_id, REVOKED)
        with pytest.raises(ApiKeyExistsError, match=record.key.public_id) as caught:
            store.keys.add(record_of(minted(2), public_id=record.key.public_id))
        assert minted(2).digest not in str(caught.value)
        assert store.keys.find(record.key.public_id) == evolve(record, key=evolve(record.key, revoked_at=REVOKED))

    def test_key_for_an_unknown_team_is_not_kept(self, store: Store) -> None:
        """The known ones are named; letter case counts, as it does for reports."""
        for team in ("Nobody", "apps", ""):
            with pytest.raises(UnknownTeamError) as caught:
                store.keys.add(record_of(minted(), teams=("Apps", team)))
            assert (caught.value.team, caught.value.known) == (team, ("Apps", "Platform"))
        assert store.keys.all_keys() == ()

    def test_key_follows_its_team_through_a_new_name(self, store: Store) -> None:
        """And whoever takes the former name stays out of reach."""
        record = record_of(minted(), teams=("Platform",))
        store.keys.add(record)
        put_roster(store, roster(platform="Core"))
        put_roster(store, roster(apps="Platform", platform="Core"))
        found = store.keys.find(record.key.public_id)
        assert found == evolve(record, key=evolve(record.key, teams=("Core",)))
        assert [key.teams for key in store.keys.all_keys()] == [("Core",)]

    def test_key_comes_with_the_numbers_of_its_teams(self, store: Store) -> None:
        """Which they keep under new names; a key for all teams has none, and one that lost its teams has no team."""
        ids = {team.name: team.id for team in store.teams.teams()}
        for number, (teams, wanted) in enumerate(
            [(None, None), (("Platform",), (ids["Platform"],)), (("Apps", "Platform"), tuple(sorted(ids.values())))]
        ):
            record = record_of(minted(number), teams=teams)
            store.keys.add(record)
            for names in ({}, {"apps": "Platform", "platform": "Apps"}):
                put_roster(store, roster(**names))
                found = store.keys.find(record.key.public_id)
                assert found is not None
                assert found.team_ids == wanted
            put_roster(store, roster())

    def test_key_follows_teams_that_swap_their_names(self, store: Store) -> None:
        """What it opened under one name it opens under the other."""
        record = record_of(minted(), teams=("Platform",))
        store.keys.add(record)
        put_roster(store, roster(apps="Platform", platform="Apps"))
        assert store.keys.revoke(record.key.public_id, REVOKED).teams == ("Apps",)

    def test_team_that_left_the_roster_takes_its_name_along(self, store: Store) -> None:
        """A new team of that name is another one; the old one, listed again by its key, is in reach again."""
        record = record_of(minted(), teams=("Platform",))
        store.keys.add(record)
        put_roster(store, Roster((Team("Apps", key="a"), Team("Platform", key="other")), (ALICE, BOB)))
        found = store.keys.find(record.key.public_id)
        assert found is not None
        access, ids = found.key.access(found.team_ids or ()), {team.name: team.id for team in store.teams.teams()}
        assert not access.reaches(ids["Platform"])
        put_roster(store, Roster((Team("Core", key="p"), Team("Platform", key="other")), (BOB,)))
        found = store.keys.find(record.key.public_id)
        assert found is not None
        assert found.key.teams == ("Core",)

    def test_revoked_key_stays_revoked(self, store: Store) -> None:
        """The first time stands, and the key remains to be seen."""
        record = record_of(minted(), teams=("Apps",), last_used_on=date(2024, 5, 2))
        other = record_of(minted(2))
        store.keys.add(record)
        store.keys.add(other)
        revoked = evolve(record.key, revoked_at=REVOKED)
        assert store.keys.revoke(record.key.public_id, REVOKED) == revoked
        assert store.keys.revoke(record.key.public_id, REVOKED + timedelta(days=1)) == revoked
        assert store.keys.find(record.key.public_id) == evolve(record, key=revoked)
        assert store.keys.find(other.key.public_id) == other

    @pytest.mark.parametrize("public_id", ["aaaaaaaaaaa", "", "\0", "\ud800"])
    def test_unknown_key_cannot_be_revoked(self, store: Store, public_id: str) -> None:
        """A misspelt id is told, lest somebody believes that the key is gone."""
        store.keys.add(record_of(minted()))
        with pytest.raises(UnknownApiKeyError):
            store.keys.revoke(public_id, REVOKED)
        assert [key.revoked_at for key in store.keys.all_keys()] == [None]

    def test_latest_day_of_use_is_noted(self, store: Store) -> None:
        """An earlier one that comes late does not turn it back; an unknown key is of no account."""
        record, other = record_of(minted()), record_of(minted(2))
        store.keys.add(record)
        store.keys.add(other)
        noted = []
        for day in (date(2024, 5, 2), date(2024, 5, 1), date(2024, 5, 2), date(2024, 5, 4)):
            store.key_uses.note_use(record.key.public_id, day)
            found = store.keys.find(record.key.public_id)
            noted.append(found and found.key.last_used_on)
        store.key_uses.note_use("aaaaaaaaaaa", date(2024, 5, 4))
        assert noted == [date(2024, 5, 2), date(2024, 5, 2), date(2024, 5, 2), date(2024, 5, 4)]
        assert store.keys.find(other.key.public_id) == other
        assert len(store.keys.all_keys()) == 2
