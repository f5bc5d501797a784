"""Authenticating: who is let in, for how long that is remembered, and what becomes known of those who are not."""

import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from attrs import evolve

from github_tracker.adapters.memory import (
    MemoryApiKeyRepository,
    MemoryApiKeyUses,
    MemoryClock,
    MemoryStore,
    MemoryTeamDirectory,
)
from github_tracker.application.authenticate import (
    MOST_REMEMBERED,
    REFUSED_FOR,
    Authenticate,
    NotAuthenticatedError,
    Refusal,
)
from github_tracker.application.outside_keys import NoOutsideKeys
from github_tracker.domain.api_key import ApiKey, Key, KeyRecord, Scope
from github_tracker.domain.membership import Team
from github_tracker.domain.roster import Roster
from github_tracker.ports.errors import StorageUnavailableError
from tests.contracts.api_keys import minted, record_of
from tests.contracts.memory import memory_store
from tests.contracts.store import put_roster
from tests.unit.examples import at

NOW = at("2024-05-02T12:00:00+00:00")
REFUSED = "the API key was not accepted"


class Keys(MemoryApiKeyRepository):
    """Counts how often it is asked, and may be down, or a replica that never hears of uses."""

    asked = 0
    is_down = False
    shows_use = True

    def find(self, public_id: str) -> KeyRecord | None:
        """Return the key, or fail."""
        self.asked += 1
        if self.is_down:
            raise StorageUnavailableError("down")
        record = super().find(public_id)
        if record is None or self.shows_use:
            return record
        return evolve(record, key=evolve(record.key, last_used_on=None))


class Uses(MemoryApiKeyUses):
    """Keeps what it is told, and may be read-only."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.told: list[tuple[str, date]] = []
        self.is_read_only = False

    def note_use(self, public_id: str, day: date) -> None:
        """Note the day, or fail."""
        self.told.append((public_id, day))
        if self.is_read_only:
            raise StorageUnavailableError("read-only")
        super().note_use(public_id, day)


class World:
    """A process that authenticates, on stores in memory."""

    def __init__(self) -> None:
        store = self.store = MemoryStore()
        self.directory = MemoryTeamDirectory(store)
        self.clock = MemoryClock(NOW)
        self.keys, self.outside, self.uses = Keys(store), Keys(MemoryStore()), Uses(store)
        self.authenticate = self.process()

    def process(self) -> Authenticate:
        """Return another process on the same stores."""
        return Authenticate(self.keys, self.outside, self.uses, self.directory, self.clock)

    def add(self, key: Key, **fields: object) -> ApiKey:
        """Keep a key in the database."""
        record = record_of(key, **fields)
        self.keys.add(record)
        return record.key

    def is_let_in(self, key: Key) -> bool:
        """Whether the key is accepted now."""
        try:
            self.authenticate(key.reveal())
        except NotAuthenticatedError:
            return False
        return True


@pytest.fixture
def world() -> World:
    """A process that was just started."""
    return World()


@contextmanager
def refused(cause: Refusal, key_id: str | None) -> Iterator[None]:
    """Expect a refusal whose message tells nothing, and whose fields tell the cause."""
    with pytest.raises(NotAuthenticatedError) as caught:
        yield
    assert (caught.value.cause, caught.value.key_id, str(caught.value)) == (cause, key_id, REFUSED)


def test_key_opens_what_it_says(world: World) -> None:
    """Scopes, teams and the key's public id."""
    known = world.add(minted(), scopes=(Scope.TEAMS_READ,), teams=())
    access = world.authenticate(minted().reveal())
    assert access == known.access()
    assert (access.key_id, access.scopes, access.teams) == (known.public_id, frozenset({Scope.TEAMS_READ}), ())


@pytest.mark.parametrize(
    "text", ["", "Bearer", "ght_", "\0", "\ud800", minted().reveal()[:-1], minted().reveal() + "a"]
)
def test_what_is_no_key_is_refused_without_asking_anybody(world: World, text: str) -> None:
    """A typing mistake costs no database a question."""
    world.add(minted())
    with refused(Refusal.MALFORMED, None):
        world.authenticate(text)
    assert (world.keys.asked, world.outside.asked) == (0, 0)


def test_unknown_key_is_refused(world: World) -> None:
    """Well-formed, and nobody's."""
    world.add(minted())
    with refused(Refusal.UNKNOWN, minted(2).public_id):
        world.authenticate(minted(2).reveal())


def test_known_id_with_another_secret_is_refused(world: World) -> None:
    """The public id is public, and opens nothing."""
    world.add(minted(2), public_id=minted().public_id)
    with refused(Refusal.MISMATCH, minted().public_id):
        world.authenticate(minted().reveal())


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"expires_at": NOW}, Refusal.EXPIRED),
        ({"revoked_at": NOW}, Refusal.REVOKED),
        ({"revoked_at": NOW, "expires_at": NOW}, Refusal.REVOKED),
        ({"created_at": NOW + timedelta(minutes=6)}, Refusal.NOT_YET),
    ],
    ids=["expired", "revoked", "both", "not yet"],
)
def test_key_out_of_its_time_is_refused(world: World, fields: dict[str, object], cause: Refusal) -> None:
    """Also when it is presented again, from what is remembered."""
    world.add(minted(), **fields)
    for _ in range(2):
        with refused(cause, minted().public_id):
            world.authenticate(minted().reveal())
    assert world.uses.told == []


def test_causes_are_told_only_to_whoever_holds_the_secret(world: World) -> None:
    """With a wrong secret, a revoked key is refused like any other: not even the log learns its state first."""
    world.add(minted(2), public_id=minted().public_id, revoked_at=NOW)
    with refused(Refusal.MISMATCH, minted().public_id):
        world.authenticate(minted().reveal())


def test_keys_of_one_name_work_side_by_side(world: World) -> None:
    """So that one replaces the other without an interruption."""
    old = world.add(minted(1))
    world.add(minted(2))
    assert world.is_let_in(minted(1))
    assert world.is_let_in(minted(2))
    world.keys.revoke(old.public_id, NOW)
    world.clock.sleep(60)
    assert (world.is_let_in(minted(1)), world.is_let_in(minted(2))) == (False, True)


@pytest.mark.parametrize(("seconds", "is_let_in", "asked"), [(59, True, 1), (60, False, 2), (61, False, 2)])
def test_revoked_key_opens_nothing_after_a_minute(world: World, seconds: int, is_let_in: bool, asked: int) -> None:
    """Until then the database is not asked."""
    known = world.add(minted())
    assert world.is_let_in(minted())
    world.keys.revoke(known.public_id, NOW)
    world.clock.sleep(seconds)
    assert (world.is_let_in(minted()), world.keys.asked) == (is_let_in, asked)


def test_being_presented_again_does_not_prolong_the_minute(world: World) -> None:
    """A revoked key that is used all the time is refused all the same."""
    known = world.add(minted())
    answers = []
    for second in range(0, 80, 20):
        answers.append(world.is_let_in(minted()))
        if second == 0:
            world.keys.revoke(known.public_id, NOW)
        world.clock.sleep(20)
    assert answers == [True, True, True, False]


def test_remembered_key_does_not_outlive_its_end(world: World) -> None:
    """To the second, without the database being asked."""
    world.add(minted(), expires_at=NOW + timedelta(seconds=30))
    assert world.is_let_in(minted())
    world.clock.sleep(29)
    assert world.is_let_in(minted())
    world.clock.sleep(1)
    with refused(Refusal.EXPIRED, minted().public_id):
        world.authenticate(minted().reveal())
    assert world.keys.asked == 1


def test_refused_key_is_asked_for_again_soon(world: World) -> None:
    """A new key may not have reached a replica at once; until then one who insists costs no question."""
    assert [world.is_let_in(minted()) for _ in range(5)] == [False] * 5
    assert world.keys.asked == 1
    world.add(minted())
    world.clock.sleep(REFUSED_FOR.total_seconds())
    assert world.is_let_in(minted())


def test_what_is_remembered_has_its_bounds(world: World) -> None:
    """A flood of keys that nobody knows grows nothing without end, and drives nobody out who was let in."""
    world.add(minted(0))
    assert world.is_let_in(minted(0))
    for seed in range(1, MOST_REMEMBERED + 10):
        assert not world.is_let_in(minted(seed))
    asked = world.keys.asked
    assert world.is_let_in(minted(0))
    assert not world.is_let_in(minted(MOST_REMEMBERED))
    assert world.keys.asked == asked
    assert not world.is_let_in(minted(1))
    assert world.keys.asked == asked + 1


def test_nobody_is_refused_because_the_database_is_down(world: World) -> None:
    """That is another error; who was let in stays so for the rest of the minute, and nothing is remembered of it."""
    world.add(minted(1))
    world.add(minted(2))
    assert world.is_let_in(minted(1))
    world.keys.is_down = True
    assert world.is_let_in(minted(1))
    with pytest.raises(StorageUnavailableError):
        world.authenticate(minted(2).reveal())
    world.keys.is_down = False
    assert world.is_let_in(minted(2))


def test_key_from_outside_decides_before_the_database(world: World) -> None:
    """At once, though the database's answer is remembered; a wrong secret there is not made good elsewhere."""
    known = world.add(minted())
    assert world.is_let_in(minted())
    outside = record_of(minted(), scopes=(Scope.ADMIN,))
    world.outside.add(outside)
    assert world.authenticate(minted().reveal()) == outside.key.access()
    world.outside.revoke(known.public_id, NOW)
    assert not world.is_let_in(minted())
    world.outside.add(record_of(minted(3), public_id=minted(2).public_id))
    world.add(minted(2))
    with refused(Refusal.MISMATCH, minted(2).public_id):
        world.authenticate(minted(2).reveal())


def swapped(key: str) -> Roster:
    """Return a roster on which the team of this key is called Platform, and the other one Apps."""
    return Roster(tuple(Team("Platform" if one == key else "Apps", key=one) for one in ("first", "second")))


def test_remembered_key_opens_the_same_teams_under_new_names(world: World) -> None:
    """Though it is not asked for again: another team that took over the name stays out of reach."""
    store = memory_store(world.store)
    put_roster(store, swapped("first"))
    first = next(team.id for team in world.directory.teams() if team.key == "first")
    world.add(minted(), teams=("Platform",))
    assert world.authenticate(minted().reveal()).teams == (first,)
    asked = world.keys.asked
    put_roster(store, swapped("second"))
    assert world.authenticate(minted().reveal()).teams == (first,)
    assert world.keys.asked == asked


def test_key_from_outside_opens_the_teams_that_bear_its_names_at_the_time(world: World) -> None:
    """At once, since nobody there knows numbers; an unknown name opens nothing."""
    store = memory_store(world.store)
    put_roster(store, swapped("first"))
    ids = {team.key: team.id for team in world.directory.teams()}
    known = record_of(minted(), teams=("Platform", "Unknown"))
    authenticate = Authenticate(world.keys, Listed(known), world.uses, world.directory, world.clock)
    assert authenticate(minted().reveal()).teams == (ids["first"],)
    put_roster(store, swapped("second"))
    assert authenticate(minted().reveal()).teams == (ids["second"],)


class Listed(NoOutsideKeys):
    """Knows one key from outside."""

    def __init__(self, record: KeyRecord) -> None:
        self._record = record

    def find(self, public_id: str) -> KeyRecord | None:
        """Return it."""
        return self._record if public_id == self._record.key.public_id else None


def test_use_is_noted_once_a_day(world: World) -> None:
    """However often it is used, in whichever process; a key from outside is in no list to be noted in."""
    known = world.add(minted())
    world.outside.add(record_of(minted(2)))
    for _ in range(13):
        assert world.is_let_in(minted())
        assert world.is_let_in(minted(2))
        world.clock.sleep(3601)
    world.process()(minted().reveal())
    days = [date(2024, 5, 2), date(2024, 5, 3)]
    assert world.uses.told == [(known.public_id, day) for day in days]
    assert [key.last_used_on for key in world.keys.all_keys()] == [date(2024, 5, 3)]


def test_use_that_a_replica_shows_late_is_not_noted_twice(world: World) -> None:
    """The process remembers what it noted."""
    world.add(minted())
    world.keys.shows_use = False
    for _ in range(5):
        assert world.is_let_in(minted())
        world.clock.sleep(61)
    assert len(world.uses.told) == 1


def test_use_that_cannot_be_noted_stops_nobody(world: World) -> None:
    """It is tried again when the key is looked up again, and no sooner."""
    known = world.add(minted())
    world.uses.is_read_only = True
    assert all(world.is_let_in(minted()) for _ in range(3))
    assert len(world.uses.told) == 1
    world.uses.is_read_only = False
    world.clock.sleep(61)
    assert world.is_let_in(minted())
    assert world.uses.told == [(known.public_id, NOW.date())] * 2
    assert [key.last_used_on for key in world.keys.all_keys()] == [NOW.date()]


def test_many_threads_at_once_are_all_answered(world: World) -> None:
    """Those with a key and those without, while memory overflows."""
    for seed in range(50):
        world.add(minted(seed))
    seeds = [seed % 100 for seed in range(2000)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda seed: world.is_let_in(minted(seed)), seeds))
    assert answers == [seed < 50 for seed in seeds]


def test_no_secret_shows_in_errors_and_logs(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Not with the traceback, nor in what the process remembers, nor at the finest level of the log."""
    world.add(minted(), revoked_at=NOW)
    world.add(minted(2))
    world.add(minted(4), public_id=minted(3).public_id)
    world.authenticate(minted(2).reveal())
    shown = [repr(vars(world.authenticate))]
    mistyped = minted(6).reveal()[:-1] + "\u00e9"
    with caplog.at_level(logging.DEBUG):
        for text in (*(minted(seed).reveal() for seed in (1, 3, 5)), mistyped):
            with pytest.raises(NotAuthenticatedError) as caught:
                world.authenticate(text)
            shown += [*traceback.format_exception(caught.value), repr(caught.value), repr(vars(caught.value))]
    for seed in range(1, 7):
        secret = minted(seed).reveal().rpartition("_")[2]
        assert secret[:20] not in "".join([*shown, caplog.text])
