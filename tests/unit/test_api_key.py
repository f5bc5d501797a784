"""Keys of the metrics API: their form to the letter, and what they open at which instant."""

import re
import traceback
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from github_tracker.domain.api_key import (
    CLOCK_TOLERANCE,
    ApiKey,
    Key,
    KeyRecord,
    KeyState,
    MalformedKeyError,
    Scope,
    mint_key,
    opens,
    parse_key,
)
from github_tracker.domain.errors import InvalidValueError
from tests.unit.examples import at

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PLAUSIBLE = f"{DIGITS}_-"
MADE = at("2024-05-01")
MOMENT = timedelta(microseconds=1)
KEY = ApiKey("a" * 11, "dashboard", (Scope.METRICS_READ,), MADE)

keys = st.binary(min_size=40, max_size=40).map(lambda data: mint_key(drawn_from(data)))


def drawn_from(data: bytes) -> Callable[[int], bytes]:
    """Return a source of randomness that hands these bytes out in turn."""
    left = bytearray(data)

    def draw(count: int) -> bytes:
        part = bytes(left[:count])
        del left[:count]
        assert len(part) == count
        return part

    return draw


def is_refused(text: str) -> bool:
    """Whether the text is no key."""
    try:
        parse_key(text)
    except MalformedKeyError:
        return True
    return False


@given(keys)
def test_minted_key_is_read_back(key: Key) -> None:
    """Law: the same key comes back, and a key is letters, digits and two underscores of one length."""
    assert parse_key(key.reveal()) == key
    assert re.fullmatch(r"ght_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}", key.reveal(), re.ASCII)
    assert key.reveal().startswith(f"ght_{key.public_id}_")


@given(st.binary(min_size=40, max_size=40), st.integers(0, 40 * 8 - 1))
def test_every_random_bit_counts(data: bytes, bit: int) -> None:
    """Law: all 256 bits of the secret, and the 64 of the id, make another key of one that differs in them."""
    other = (int.from_bytes(data, "big") ^ (1 << bit)).to_bytes(40, "big")
    first, second = mint_key(drawn_from(data)), mint_key(drawn_from(other))
    assert first.digest != second.digest
    assert (first.public_id == second.public_id) == (bit < 256)


@settings(max_examples=5)
@given(keys)
def test_every_wrong_character_is_refused(key: Key) -> None:
    """Law: whichever character of it is mistyped, left out, doubled or swapped with the next, it is no key."""
    text = key.reveal()
    for place, letter in enumerate(text):
        before, after = text[:place], text[place + 1 :]
        for other in PLAUSIBLE:
            assert other == letter or is_refused(before + other + after)
        assert is_refused(before + after)
        assert is_refused(before + letter + letter + after)
        assert after[:1] in (letter, "") or is_refused(before + after[0] + letter + after[1:])


@settings(max_examples=20)
@given(keys)
def test_cut_and_lengthened_keys_are_refused(key: Key) -> None:
    """Law: at either end, by whatever number of characters; also by what a terminal or a file adds."""
    text = key.reveal()
    for place in range(len(text)):
        assert is_refused(text[:place])
        assert is_refused(text[place + 1 :])
    for odd in ("\n", " ", "\0", "=", "\u0660", "\ud800", text, *PLAUSIBLE):
        assert is_refused(text + odd)
        assert is_refused(odd + text)


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        str.lower,
        lambda text: text.replace("ght", "ghp", 1),
        lambda text: text.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),
    ],
    ids=["upper case", "lower case", "another prefix", "wide digits"],
)
def test_key_in_other_letters_is_refused(change: Callable[[str], str]) -> None:
    """A key is read to the letter, and in ASCII."""
    assert is_refused(change(mint_key(drawn_from(bytes(range(40)))).reveal()))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """Law: nothing but MalformedKeyError comes out, and it says nothing of the text."""
    with pytest.raises(MalformedKeyError) as caught:
        parse_key(text)
    assert str(caught.value) in ("not of the form of a key", "mistyped: the checksum does not fit")


def test_digest_is_that_of_common_tools() -> None:
    """Whoever keeps keys outside the database can tell it with sha256sum."""
    key = mint_key(drawn_from(bytes(40)))
    assert key.reveal() == f"ght_{'0' * 11}_{'0' * 43}0mXOtV"
    assert key.digest == sha256(key.reveal().encode("ascii")).hexdigest()


@given(keys)
def test_key_does_not_show_itself(key: Key) -> None:
    """Neither printed, nor in a repr, nor in the repr of what keeps its hash, nor in a traceback."""
    secret = key.reveal().rpartition("_")[2]
    record = KeyRecord(evolve(KEY, public_id=key.public_id), key.digest)
    shown = f"{key} {key!r} {record} {record!r} {record.key.access()!r}"
    with pytest.raises(InvalidValueError) as caught:
        KeyRecord(KEY, key.reveal())
    shown += "".join(traceback.format_exception(caught.value))
    assert secret not in shown
    assert key.digest not in shown


@given(keys, keys)
def test_key_opens_only_its_own_record(key: Key, other: Key) -> None:
    """Law: no other key does, nor one that nobody knows, not even by the digest that stands in for none."""
    assert opens(key, KeyRecord(KEY, key.digest))
    assert opens(other, KeyRecord(KEY, key.digest)) == (other == key)
    assert not opens(key, None)


@pytest.mark.parametrize(
    ("fields", "since", "state"),
    [
        ({}, timedelta(0), KeyState.LIVE),
        ({}, -CLOCK_TOLERANCE, KeyState.LIVE),
        ({}, -CLOCK_TOLERANCE - MOMENT, KeyState.NOT_YET),
        ({}, timedelta(days=36_500), KeyState.LIVE),
        ({"expires_at": MADE + timedelta(days=1)}, timedelta(days=1) - MOMENT, KeyState.LIVE),
        ({"expires_at": MADE + timedelta(days=1)}, timedelta(days=1), KeyState.EXPIRED),
        ({"revoked_at": MADE + timedelta(days=1)}, timedelta(days=1) - MOMENT, KeyState.LIVE),
        ({"revoked_at": MADE + timedelta(days=1)}, timedelta(days=1), KeyState.REVOKED),
        ({"revoked_at": MADE, "expires_at": MADE + MOMENT}, timedelta(days=1), KeyState.REVOKED),
    ],
)
def test_state_follows_the_instant(fields: dict[str, Any], since: timedelta, state: KeyState) -> None:
    """Ends are no longer part of the time in which it is live, and the beginning forgives a clock that is late."""
    assert evolve(KEY, **fields).state_at(MADE + since) is state


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"public_id": "a" * 10}, "public_id"),
        ({"public_id": "a" * 10 + "\u00e9"}, "public_id"),
        ({"public_id": "a" * 11 + "\n"}, "public_id"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": ()}, "scopes"),
        ({"scopes": (Scope.ADMIN,), "teams": ("Platform",)}, "teams"),
        ({"scopes": (Scope.ADMIN, Scope.METRICS_READ), "teams": ()}, "teams"),
        ({"expires_at": MADE}, "expires_at"),
        ({"created_at": MADE.replace(tzinfo=None)}, "instant"),
    ],
)
def test_impossible_key_is_refused(fields: dict[str, Any], field: str) -> None:
    """At the door, with the field that is wrong."""
    with pytest.raises(InvalidValueError) as caught:
        evolve(KEY, **fields)
    assert caught.value.field == field


@pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n"])
def test_digest_is_64_hexadecimal_digits(digest: str) -> None:
    """In one spelling, since it is compared as text."""
    with pytest.raises(InvalidValueError):
        KeyRecord(KEY, digest)


def test_scopes_and_teams_are_in_one_order() -> None:
    """Keys that open the same are equal, however they were asked for."""
    one = evolve(KEY, scopes=(Scope.TEAMS_READ, Scope.METRICS_READ, Scope.TEAMS_READ), teams=("b", "a", "b"))
    assert (one.scopes, one.teams) == ((Scope.METRICS_READ, Scope.TEAMS_READ), ("a", "b"))


def test_access_is_what_the_key_says() -> None:
    """Scopes are apart from each other, save that admin is all of them; no team is not all teams."""
    reader, admin = evolve(KEY, teams=("Platform",)).access([2]), evolve(KEY, scopes=(Scope.ADMIN,)).access([2])
    assert [reader.allows(scope) for scope in Scope] == [True, False, False]
    assert [admin.allows(scope) for scope in Scope] == [True, True, True]
    assert [reader.reaches(team_id) for team_id in (1, 2, 3)] == [False, True, False]
    assert admin.reaches(3)
    assert not evolve(KEY, teams=("Platform",)).access().reaches(2)


def test_hundred_thousand_mutated_keys_are_refused() -> None:
    """Of one to four wrong characters anywhere in it, none passes for the key; few even pass for some key."""
    chance = Random(7)  # noqa: S311  # repeatable, and opens nothing
    key = mint_key(chance.randbytes)
    record = KeyRecord(KEY, key.digest)
    text, accepted, well_formed = key.reveal(), 0, 0
    for _ in range(100_000):
        letters = list(text)
        for place in chance.sample(range(len(letters)), chance.randint(1, 4)):
            letters[place] = chance.choice(DIGITS.replace(letters[place], ""))
        try:
            mutated = parse_key("".join(letters))
        except MalformedKeyError:
            continue
        well_formed += 1
        accepted += opens(mutated, record)
    assert (accepted, well_formed) == (0, 0)
