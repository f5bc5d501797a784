"""Keys from outside the database: read again every minute, every fault found at its place, and no value shown."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.adapters.memory import MemoryClock, MemorySecretStore
from github_tracker.application.outside_keys import KeyOfProcess, NoOutsideKeys, OutsideKeys
from github_tracker.domain.api_key import KeyState, Scope
from github_tracker.domain.instants import LEAST_INSTANT
from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.containers import outside_keys, simulation_container
from github_tracker.entrypoints.key_list import read_key_list
from github_tracker.entrypoints.settings import read_settings
from github_tracker.ports.errors import SecretUnavailableError
from github_tracker.ports.secret_store import Secret, SecretName
from tests.contracts.api_keys import minted, record_of
from tests.unit.examples import at

HIDDEN = "a value that may hold a secret (not shown)"
CANARY = minted().reveal()
AFTER_CREATION = "an instant after created_at"
OFFSET = "an offset from UTC at its end, such as Z or +01:00; without one it names no instant"


def entry(seed: int = 1, **fields: Any) -> dict[str, Any]:
    """Return one key as the list gives it; a field of None is left out."""
    key = minted(seed)
    given = {"public_id": key.public_id, "sha256": key.digest, "name": "wall", "scopes": ["metrics:read"], **fields}
    return {name: value for name, value in given.items() if value is not None}


def faults_of(text: str) -> list[tuple[str, str, str]]:
    """Return the faults of a list that is refused."""
    with pytest.raises(BadInputError) as caught:
        read_key_list(text)
    return [(fault.path, fault.found, fault.wanted) for fault in caught.value.faults]


def test_list_is_read() -> None:
    """What is left out is all teams, never, and since ever."""
    text = json.dumps(
        [
            entry(1),
            entry(2, scopes=["admin"], created_at="2024-05-01T02:00:00+02:00", expires_at="2024-06-01"),
            {**entry(3, scopes=["teams:read", "metrics:read"], teams=["Platform"]), "expires_at": None},
        ]
    )
    assert read_key_list(text) == (
        record_of(minted(1), name="wall", created_at=LEAST_INSTANT),
        record_of(
            minted(2), name="wall", scopes=(Scope.ADMIN,), created_at=at("2024-05-01"), expires_at=at("2024-06-01")
        ),
        record_of(
            minted(3),
            name="wall",
            scopes=(Scope.METRICS_READ, Scope.TEAMS_READ),
            teams=("Platform",),
            created_at=LEAST_INSTANT,
        ),
    )
    assert read_key_list("[]") == ()


def test_key_without_a_beginning_is_live() -> None:
    """At any instant, the very first included."""
    (record,) = read_key_list(json.dumps([entry()]))
    assert record.key.state_at(LEAST_INSTANT) is KeyState.LIVE


@pytest.mark.parametrize(
    ("fields", "path", "found", "wanted"),
    [
        ({"public_id": CANARY}, "[0].public_id", HIDDEN, "11 letters and digits"),
        ({"sha256": CANARY}, "[0].sha256", HIDDEN, "64 digits from 0 to f"),
        ({"sha256": 5}, "[0].sha256", HIDDEN, "text"),
        ({"name": " "}, "[0].name", HIDDEN, "1 to 100 printable characters, not only spaces"),
        ({"scopes": []}, "[0].scopes", HIDDEN, "at least one of metrics:read, teams:read, admin"),
        ({"scopes": "admin"}, "[0].scopes", HIDDEN, "a list"),
        ({"scopes": ["admin", CANARY]}, "[0].scopes[1]", HIDDEN, "one of metrics:read, teams:read, admin"),
        ({"scopes": ["admin"], "teams": ["a"]}, "[0].teams", HIDDEN, "none beside admin, which opens all teams"),
        ({"teams": [""]}, "[0].teams[0]", HIDDEN, "a printable name without spaces around it"),
        ({"created_at": "2024-05-02", "expires_at": "2024-05-01"}, "[0].expires_at", HIDDEN, AFTER_CREATION),
        ({"expires_at": "2024-05-01T00:00:00"}, "[0].expires_at", HIDDEN, OFFSET),
        ({"sha256": None}, "[0].sha256", "nothing", "a value; this field cannot be left out"),
    ],
)  # fmt: skip
def test_fault_is_told_at_its_place(fields: dict[str, Any], path: str, found: str, wanted: str) -> None:
    """With what would be right there, and without what stands there."""
    given = {name: value for name, value in {**entry(), **fields}.items() if value is not None}
    assert faults_of(json.dumps([given])) == [(path, found, wanted)]


def test_all_faults_are_told_at_once() -> None:
    """Of every key."""
    text = json.dumps([entry(1, sha256="?", name=""), entry(2), entry(3, scopes=["?"])])
    assert [path for path, *_ in faults_of(text)] == ["[0].sha256", "[0].name", "[2].scopes[0]"]


def test_unknown_field_is_not_named() -> None:
    """Somebody may have written the key itself there."""
    ((path, found, wanted),) = faults_of(json.dumps([{**entry(), CANARY: 1}]))
    assert (path, found) == ("[0]['(an unknown field)']", HIDDEN)
    assert wanted.startswith("only the fields public_id, sha256, name")
    assert CANARY not in wanted


def test_two_keys_of_one_id_are_refused() -> None:
    """Which of them counts would be a guess."""
    text = json.dumps([entry(1), entry(2), entry(1, name="other")])
    assert [path for path, *_ in faults_of(text)] == ["[0].public_id", "[2].public_id"]


@given(
    st.recursive(
        st.sampled_from([CANARY, None, 1, True, "metrics:read", *entry().values()])
        | st.dictionaries(st.sampled_from([*entry(), CANARY]), st.sampled_from([CANARY, *entry().values()])),
        lambda inner: st.lists(inner, max_size=3),
    )
)
def test_any_list_is_read_or_refused(document: object) -> None:
    """Law: nothing but BadInputError comes out, and nothing of a key is in its message."""
    said = ""
    try:
        read_key_list(json.dumps(document))
    except BadInputError as exc:
        said = str(exc)
    assert minted().reveal()[16:] not in said
    assert minted().digest not in said


@pytest.mark.parametrize("text", [CANARY, f'["{CANARY}', f'{{"{CANARY}": 1}}', "[" * 100_000])
def test_what_is_no_list_is_refused_without_being_shown(text: str) -> None:
    """Such as the key itself in place of the list."""
    assert CANARY not in str(faults_of(text))


def test_list_is_a_setting() -> None:
    """Every fault begins with the variable's name; a sound list is a secret like the others."""
    text = json.dumps([entry()])
    settings = read_settings({"API_KEYS": text})
    assert settings.api_keys is not None
    assert settings.api_keys.reveal() == text
    assert minted().digest not in repr(settings)
    with pytest.raises(BadInputError) as caught:
        read_settings({"API_KEYS": json.dumps([entry(sha256=CANARY)])})
    assert str(caught.value) == f"API_KEYS: [0].sha256: found {HIDDEN}, wanted 64 digits from 0 to f"


def test_unset_list_knows_no_key() -> None:
    """Keys are then in the database alone."""
    source = outside_keys(read_settings({}), simulation_container())
    assert isinstance(source, NoOutsideKeys)
    assert source.find(minted().public_id) is None


class World:
    """A secret that is read as time passes."""

    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.secrets = MemorySecretStore({})
        self.source = OutsideKeys(self.secrets, read_key_list, self.clock)

    def put(self, text: str) -> None:
        """Let the secret be this."""
        self.secrets.replace(SecretName.API_KEYS, Secret(text))

    def knows(self, seed: int) -> bool:
        """Whether the key is found."""
        return self.source.find(minted(seed).public_id) is not None


@pytest.mark.parametrize(("seconds", "knows"), [(59, (True, False)), (60, (False, True))])
def test_list_is_read_again_after_a_minute(seconds: int, knows: tuple[bool, bool]) -> None:
    """A key that was taken out is gone then, and one that was put in is there."""
    world = World()
    world.put(json.dumps([entry(1)]))
    assert world.knows(1)
    world.put(json.dumps([entry(2)]))
    world.clock.sleep(seconds)
    assert (world.knows(1), world.knows(2)) == knows


@pytest.mark.parametrize("text", [None, CANARY, json.dumps([entry(sha256=CANARY)])])
def test_list_that_cannot_be_read_knows_nobody(text: str | None) -> None:
    """It says what is wrong with it and shows nothing; the next who asks soon gets the same answer, then a new one."""
    world = World()
    if text is not None:
        world.put(text)
    for _ in range(2):
        with pytest.raises(SecretUnavailableError, match=r"^API_KEYS: ") as caught:
            world.knows(1)
        assert CANARY not in str(caught.value)
        world.put(json.dumps([entry()]))
    world.clock.sleep(5)
    assert world.knows(1)


def test_list_that_became_unreadable_lets_nobody_in() -> None:
    """Nobody can tell who was taken out."""
    world = World()
    world.put(json.dumps([entry()]))
    assert world.knows(1)
    world.put("not a list")
    world.clock.sleep(60)
    with pytest.raises(SecretUnavailableError):
        world.knows(1)


def test_key_of_a_process_is_known_beside_others() -> None:
    """One source more, and nothing of the other one hidden."""
    own, other = minted(1), minted(2)
    others = KeyOfProcess(record_of(other), NoOutsideKeys())
    source = KeyOfProcess(record_of(own), others)
    assert source.find(own.public_id) == record_of(own)
    assert source.find(other.public_id) == record_of(other)
    assert source.find(minted(3).public_id) is None
    assert source.all_keys() == ()
