"""The roster file: what is refused, and at which place."""

import json

import pytest

from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.roster_file import RosterForm, parse_roster
from tests.unit.roster_texts import (
    MEMBER,
    OVER_ALLOCATED,
    faults_of,
    toml_of,
    with_member,
    with_team,
)

BAD_MEMBERS: dict[str, tuple[dict[str, str], str, str]] = {
    "weight above one": ({"allocation_weight": "1.5"}, "allocation_weight", "1.5"),
    "weight below zero": ({"allocation_weight": "-0.1"}, "allocation_weight", "-0.1"),
    "weight of seven places": ({"allocation_weight": "0.1234567"}, "allocation_weight", "0.1234567"),
    "weight near one third": ({"allocation_weight": "0.33333333333333331"}, "allocation_weight", "0.33333333333333331"),
    "weight too small to divide": ({"allocation_weight": "1e-9999999999"}, "allocation_weight", "1E-9999999999"),
    "weight beyond all measure": ({"allocation_weight": "1e99999999999999999999"}, "allocation_weight", "NaN"),
    "weight of many digits": ({"allocation_weight": "9" * 5000}, "allocation_weight", "9" * 80 + "..."),
    "weight as text": ({"allocation_weight": '"0.5"'}, "allocation_weight", "'0.5'"),
    "weight as boolean": ({"allocation_weight": "true"}, "allocation_weight", "true"),
    "weight as null": ({"allocation_weight": "null"}, "allocation_weight", "null"),
    "weight as list": ({"allocation_weight": "[1]"}, "allocation_weight", "a list of 1"),
    "weight NaN": ({"allocation_weight": "NaN"}, "allocation_weight", "NaN"),
    "weight infinite": ({"allocation_weight": "-Infinity"}, "allocation_weight", "-Infinity"),
    "older name of the weight": ({"allocation": "0.5"}, "allocation", "0.5"),
    "unknown field": ({"nickname": '"al"'}, "nickname", "'al'"),
    "unknown odd field": ({"a b\\n": "1"}, "['a b\\n']", "1"),
    "username as number": ({"username": "5"}, "username", "5"),
    "username null": ({"username": "null"}, "username", "null"),
    "username empty": ({"username": '""'}, "username", "''"),
    "username with a space": ({"username": '"alice b"'}, "username", "'alice b'"),
    "username with a line end": ({"username": '"alice\\n"'}, "username", "'alice\\n'"),
    "username with NUL": ({"username": '"ali\\u0000ce"'}, "username", "'ali\\x00ce'"),
    "username of the ghost": ({"username": '"Ghost"'}, "username", "'Ghost'"),
    "username as address": ({"username": '"a@example.org"'}, "username", "'a@example.org'"),
    "username in other letters": ({"username": '"\\u0430lice"'}, "username", "'\u0430lice'"),
    "aliases as text": ({"aliases": '"bob"'}, "aliases", "'bob'"),
    "aliases null": ({"aliases": "null"}, "aliases", "null"),
    "alias as number": ({"aliases": '["al", 7]'}, "aliases[1]", "7"),
    "alias no login": ({"aliases": '["a b"]'}, "aliases[0]", "'a b'"),
    "id as text": ({"github_id": '"5"'}, "github_id", "'5'"),
    "id as fraction": ({"github_id": "5.0"}, "github_id", "5.0"),
    "id as boolean": ({"github_id": "true"}, "github_id", "true"),
    "id zero": ({"github_id": "0"}, "github_id", "0"),
    "id too large": ({"github_id": str(2**63)}, "github_id", str(2**63)),
    "naive datetime": ({"joined_at": '"2024-01-01T00:00:00"'}, "joined_at", "'2024-01-01T00:00:00'"),
    "day that is none": ({"joined_at": '"2024-02-30"'}, "joined_at", "'2024-02-30'"),
    "hour that is none": ({"left_at": '"2024-02-03T25:00Z"'}, "left_at", "'2024-02-03T25:00Z'"),
    "week date": ({"left_at": '"2024-W01-1"'}, "left_at", "'2024-W01-1'"),
    "date in other digits": ({"left_at": '"\u0662024-01-01"'}, "left_at", "'\u0662024-01-01'"),
    "date as words": ({"left_at": '"soon"'}, "left_at", "'soon'"),
    "date as number": ({"left_at": "1704067200"}, "left_at", "1704067200"),
    "instant before all time": ({"left_at": '"0001-01-01T00:00+01:00"'}, "left_at", "'0001-01-01T00:00+01:00'"),
    "fraction beyond microseconds": (
        {"left_at": '"2024-01-01T00:00:00.1234567Z"'},
        "left_at",
        "'2024-01-01T00:00:00.1234567Z'",
    ),
    "left before joined": ({"joined_at": '"2024-02-01"', "left_at": '"2024-01-01"'}, "left_at", "'2024-01-01'"),
    "left when joined": (
        {"joined_at": '"2024-01-01"', "left_at": '"2024-01-01T01:00+01:00"'},
        "left_at",
        "'2024-01-01T01:00+01:00'",
    ),
}


@pytest.mark.parametrize(("fields", "path", "found"), BAD_MEMBERS.values(), ids=BAD_MEMBERS)
def test_member_that_cannot_be_is_refused_at_its_field(fields: dict[str, str], path: str, found: str) -> None:
    """One fault, with the exact path of the field and the value that stands there."""
    (fault,) = faults_of(with_member(**fields))
    separator = "" if path.startswith("[") else "."
    assert (fault.path, fault.found) == (f"{MEMBER}{separator}{path}", found)
    assert fault.wanted


BAD_FILES: dict[str, tuple[str, str, str]] = {
    "empty text": ("", "line 1, column 1", "broken JSON (Expecting value)"),
    "cut text": ('{"teams": [', "line 1, column 12", "broken JSON (Expecting value)"),
    "missing comma": ('{"teams": []\n "x": 1}', "line 2, column 2", "broken JSON (Expecting ',' delimiter)"),
    "two documents": ("[] []", "line 1, column 4", "broken JSON (Extra data)"),
    "raw NUL in text": ('["\0"]', "line 1, column 3", "broken JSON (Invalid control character at)"),
    "nesting beyond measure": ("[" * 200_000, "roster", "a number or a nesting beyond all measure"),
    "number alone": ("3", "roster", "3"),
    "null alone": ("null", "roster", "null"),
    "empty older form": ("[]", "roster", "an empty list"),
    "empty object": ("{}", "teams", "nothing"),
    "no teams": ('{"teams": []}', "teams", "an empty list"),
    "teams null": ('{"teams": null}', "teams", "null"),
    "teams as object": ('{"teams": {"Platform": []}}', "teams", "an object"),
    "team as text": ('{"teams": ["Platform"]}', "teams[0]", "'Platform'"),
    "team without a name": ('{"teams": [{"members": []}]}', "teams[0].name", "nothing"),
    "name empty": (with_team(name='""'), "teams[0].name", "''"),
    "name with a space around": (with_team(name='" a"'), "teams[0].name", "' a'"),
    "name with NUL": (with_team(name='"a\\u0000"'), "teams[0].name", "'a\\x00'"),
    "name as number": (with_team(name="7"), "teams[0].name", "7"),
    "key empty": (with_team(key='""'), "teams[0].key", "''"),
    "key as number": (with_team(key="1"), "teams[0].key", "1"),
    "description null": (with_team(description="null"), "teams[0].description", "null"),
    "description with NUL": (with_team(description='"a\\u0000"'), "teams[0].description", "'a\\x00'"),
    "description with half a pair": (with_team(description='"\\ud800"'), "teams[0].description", "'\\ud800'"),
    "members as object": (with_team(members='{"alice": 1}'), "teams[0].members", "an object"),
    "member as text": (with_team(members='["alice"]'), "teams[0].members[0]", "'alice'"),
    "member without username": (with_team(members="[{}]"), "teams[0].members[0].username", "nothing"),
    "unknown team field": (with_team(memberz="[]"), "teams[0].memberz", "an empty list"),
    "repeated name": ('{"teams": [{"name": "a", "name": "b"}]}', "teams[0].name", "'a' and 'b'"),
    "repeated thrice": ('{"teams": [{"name": "a", "name": 2, "name": null}]}', "teams[0].name", "'a' and 2 and null"),
    "repeated teams": ('{"teams": [], "teams": [{"name": "a"}]}', "teams", "an empty list and a list of 1"),
    "unknown policy": ('{"over_allocation": "warn", "teams": [{"name": "a"}]}', "over_allocation", "'warn'"),
    "policy as boolean": ('{"over_allocation": true, "teams": [{"name": "a"}]}', "over_allocation", "true"),
    "policy as list": ('{"over_allocation": [], "teams": [{"name": "a"}]}', "over_allocation", "an empty list"),
    "unknown root field": ('{"version": 1, "teams": [{"name": "a"}]}', "version", "1"),
    "older form, both weights": (
        '[{"name": "a", "members": [{"username": "b", "allocation": 1, "allocation_weight": 1}]}]',
        "[0].members[0].allocation_weight",
        "1",
    ),
    "older form, bad weight": (
        '[{"name": "a", "members": [{"username": "b", "allocation": 2}]}]',
        "[0].members[0].allocation",
        "2",
    ),
    "older form, member as text": ('[{"name": "a", "members": ["b"]}]', "[0].members[0]", "'b'"),
}


@pytest.mark.parametrize(("text", "path", "found"), BAD_FILES.values(), ids=BAD_FILES)
def test_file_that_cannot_be_is_refused_at_its_place(text: str, path: str, found: str) -> None:
    """One fault, with the exact place and what stands there."""
    (fault,) = faults_of(text)
    assert (fault.path, fault.found) == (path, found)
    assert fault.wanted


BAD_TOML: dict[str, tuple[str, str, str]] = {
    "cut line": ("teams = [\nx", "line 2, column 1", "broken TOML (Invalid value)"),
    "key twice": ("teams = []\nteams = []\n", "line 2, column 11", "broken TOML (Cannot overwrite a value)"),
    "end too early": ("teams =", "end of the file", "broken TOML (Invalid value)"),
    "empty text": ("", "teams", "nothing"),
    "number beyond measure": ("a = " + "9" * 5000, "roster", "a number or a nesting beyond all measure"),
    "naive datetime": ("left_at = 2024-01-01T00:00:00", f"{MEMBER}.left_at", "2024-01-01T00:00:00"),
    "time of day": ("left_at = 07:30:00", f"{MEMBER}.left_at", "07:30:00"),
    "weight NaN": ("allocation_weight = nan", f"{MEMBER}.allocation_weight", "nan"),
    "weight of seven places": ("allocation_weight = 0.0000001", f"{MEMBER}.allocation_weight", "1E-7"),
    "date as username": ("aliases = [2024-01-01]", f"{MEMBER}.aliases[0]", "2024-01-01"),
}


@pytest.mark.parametrize(("text", "path", "found"), BAD_TOML.values(), ids=BAD_TOML)
def test_toml_that_cannot_be_is_refused_at_its_place(text: str, path: str, found: str) -> None:
    """TOML's own dates and numbers are judged like JSON's."""
    (fault,) = faults_of(toml_of(text) if path.startswith(MEMBER) else text, RosterForm.TOML)
    assert (fault.path, fault.found.lower() if "NaN" in fault.found else fault.found) == (path, found)


def test_every_fault_is_listed_at_once() -> None:
    """Faults in other fields, entries and teams, and those between sound entries, come in one error."""
    text = """{"over_allocation": "never", "teams": [
        {"name": "Platform", "nmae": 1, "members": [
            {"username": "a b", "joined_at": "2024-02-01", "left_at": "2024-01-01", "allocation_weight": 7},
            {"username": "carol"}, {"username": "Carol", "joined_at": "2024-01-01"}]},
        {"name": "", "members": [{"username": 1, "joined_at": "x"}]}]}"""
    assert [fault.path for fault in faults_of(text)] == [
        "over_allocation",
        "teams[0].members[0].username",
        "teams[0].members[0].allocation_weight",
        "teams[0].members[0].left_at",
        "teams[0].nmae",
        "teams[1].name",
        "teams[1].members[0].username",
        "teams[1].members[0].joined_at",
        "teams",
    ]


def test_message_has_one_line_for_each_fault() -> None:
    """The lines say path, what was found and what was wanted."""
    with pytest.raises(BadInputError) as caught:
        parse_roster(with_member(allocation_weight="1.5", left_at="7"), RosterForm.JSON)
    assert str(caught.value).splitlines() == [
        f"{MEMBER}.left_at: found 7, wanted a date such as 2024-01-31 (00:00 UTC)"
        " or an instant such as 2024-01-31T09:30:00+01:00",
        f"{MEMBER}.allocation_weight: found 1.5, wanted a number from 0 to 1 with at most 6 decimal places",
    ]


def test_value_is_shown_on_one_line_and_cut() -> None:
    """A long or odd value does not spoil the message."""
    (fault,) = faults_of(with_member(username=json.dumps("a\n" * 1000)))
    assert fault.found == repr("a\n" * 1000)[:80] + "..."
    assert "\n" not in str(fault)


def test_naive_datetime_is_told_what_it_lacks() -> None:
    """R3: the message asks for an offset, in JSON and in TOML's own form."""
    (in_json,) = faults_of(with_member(joined_at='"2024-01-01T00:00:00"'))
    (in_toml,) = faults_of(toml_of("joined_at = 2024-01-01T00:00:00"), RosterForm.TOML)
    wanted = "an offset from UTC at its end, such as Z or +01:00; without one it names no instant"
    assert (in_json.wanted, in_toml.wanted) == (wanted, wanted)


def test_unknown_field_names_the_known_and_the_closest() -> None:
    """A misspelt field is told what was probably meant."""
    (fault,) = faults_of(with_member(alocation_weight="0.5"))
    assert fault.wanted == (
        "only the fields username, aliases, github_id, joined_at, left_at, allocation_weight;"
        " did you mean allocation_weight?"
    )


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ('{"username": "bob"}, {"username": "BOB"}', ("'bob'", "'Platform'", "every instant", "overlap")),
        ('{"username": "a", "aliases": ["z"]}, {"username": "b", "aliases": ["z"]}', ("'z'", "a and b")),
        ('{"username": "a", "github_id": 1}, {"username": "b", "github_id": 1}', ("github_id 1", "a and b")),
    ],
)
def test_contradicting_members_are_told_in_a_sentence(members: str, words: tuple[str, ...]) -> None:
    """What lies between entries has no field of its own; the sentence names whom and when."""
    faults = faults_of(with_team(members=f"[{members}]"))
    assert {fault.path for fault in faults} == {"teams"}
    assert all(word in faults[0].found for word in words)
    assert str(faults[0]) == f"teams: {faults[0].found}"


def test_over_allocation_is_refused_by_default() -> None:
    """R5: the sentence names login, sum, instant and teams."""
    (fault,) = faults_of("{" + OVER_ALLOCATED)
    assert fault.path == "teams"
    assert all(word in fault.found for word in ("'alice'", "1.1", "2024-01-01", "A 0.6", "B 0.5"))


@pytest.mark.parametrize("names", [("A", "A"), ("A", "a")])
def test_team_listed_twice_is_refused(names: tuple[str, str]) -> None:
    """Also where one of them has a key and the other has none."""
    text = json.dumps({"teams": [{"name": names[0]}, {"name": names[1], "key": "k"}]})
    (fault,) = faults_of(text)
    assert fault.path == "teams"
    assert "listed 2 times" in fault.found


def test_older_form_finds_faults_between_entries_too() -> None:
    """A broken entry does not hide what is wrong between the sound ones."""
    text = '[{"name": "A", "members": [{"username": 1}, {"username": "b"}, {"username": "b"}]}, {"name": 2}]'
    paths = [fault.path for fault in faults_of(text)]
    assert paths[:2] == ["[0].members[0].username", "[1].name"]
    assert set(paths[2:]) == {"teams"}
