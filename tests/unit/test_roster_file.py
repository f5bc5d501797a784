"""The roster file: what is accepted and what it means, how it is written, and how files are read."""

import json
from collections.abc import Callable
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.roster_file import RosterForm, format_roster, parse_roster, read_roster_file
from tests.unit.examples import at, roster_of
from tests.unit.roster_texts import (
    MEMBER,
    OVER_ALLOCATED,
    the_member,
    toml_of,
    with_member,
    with_team,
)


def test_over_allocation_is_accepted_where_allowed() -> None:
    """R5: the roster itself says so."""
    roster = parse_roster('{"over_allocation": "allow", ' + OVER_ALLOCATED, RosterForm.JSON)
    assert roster.over_allocation is OverAllocation.ALLOW
    assert [entry.weight for entry in roster.memberships] == [Decimal("0.6"), Decimal("0.5")]


def test_defaults_of_a_member() -> None:
    """Weight 1, since ever, still there, no other login, no id."""
    assert the_member(with_member()) == Membership("Platform", "alice", Decimal(1), None, None, (), None)


def test_defaults_of_a_team_and_of_the_file() -> None:
    """No key, no description, no members; too much is refused."""
    roster = parse_roster(with_team(), RosterForm.JSON)
    assert roster == Roster((Team("Platform", "", None),), (), OverAllocation.REFUSE)


def test_null_instants_are_open_ends() -> None:
    """Null says the same as leaving the field out."""
    member = the_member(with_member(joined_at="null", left_at="null", github_id="null"))
    assert (member.joined_at, member.left_at, member.github_id) == (None, None, None)


@pytest.mark.parametrize("weight", ["0", "0.1", "0.333333", "1", "1.0", "0.5000000000", "1e-6", "1E0", "-0.0"])
def test_weight_is_exactly_what_is_written(weight: str) -> None:
    """R4: the decimal digits, never the nearest float."""
    for member in (
        the_member(with_member(allocation_weight=weight)),
        the_member(toml_of(f"allocation_weight = {weight}"), RosterForm.TOML),
    ):
        assert isinstance(member.weight, Decimal)
        assert member.weight == Decimal(weight)


INSTANTS = [
    ("2024-01-01", "2024-01-01T00:00:00"),
    ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00"),
    ("2024-01-01 01:30:00+02:00", "2023-12-31T23:30:00"),
    ("2024-01-01T00:00:00.000001-05:00", "2024-01-01T05:00:00.000001"),
]


@pytest.mark.parametrize(("written", "instant"), INSTANTS)
def test_instants_are_read_into_utc(written: str, instant: str) -> None:
    """R3: a bare date is 00:00 UTC, an offset is converted, in JSON, TOML text and TOML's own form alike."""
    members = [
        the_member(with_member(joined_at=f'"{written}"')),
        the_member(toml_of(f'joined_at = "{written}"'), RosterForm.TOML),
        the_member(toml_of(f"joined_at = {written}"), RosterForm.TOML),
    ]
    assert [member.joined_at for member in members] == [at(instant)] * 3
    assert all(member.joined_at is not None and member.joined_at.tzinfo is UTC for member in members)


@pytest.mark.parametrize("weight", ["allocation", "allocation_weight"])
def test_older_form_takes_either_weight(weight: str) -> None:
    """A bare list of teams is read, with both names for the weight."""
    text = f'[{{"name": "Platform", "members": [{{"username": "alice", "{weight}": 0.25}}, {{"username": "bob"}}]}}]'
    roster = parse_roster(text, RosterForm.JSON)
    assert [(entry.login, entry.weight) for entry in roster.memberships] == [("alice", Decimal("0.25")), ("bob", 1)]


def test_order_of_teams_and_members_is_of_no_account() -> None:
    """Two files that list the same in another order are the same roster."""
    teams = [
        {"name": "B", "members": [{"username": "z"}, {"username": "y"}]},
        {"name": "A", "members": [{"username": "x"}]},
    ]
    turned = [teams[1], {"name": "B", "members": [{"username": "y"}, {"username": "z"}]}]
    assert parse_roster(json.dumps(teams), RosterForm.JSON) == parse_roster(json.dumps(turned), RosterForm.JSON)


def test_formatted_roster_is_the_published_form() -> None:
    """One member a line; the weight is a plain number."""
    roster = roster_of(
        Membership("Plätze", "alice", Decimal("0.000001"), at("2024-01-01"), aliases=("al",), github_id=5)
    )
    assert format_roster(roster) == (
        '{\n  "over_allocation": "refuse",\n  "teams": [\n    {\n      "name": "Plätze",\n      "key": null,\n'
        '      "description": "",\n      "members": [\n'
        '        {"username": "alice", "aliases": ["al"], "github_id": 5, "allocation_weight": 0.000001, '
        '"joined_at": "2024-01-01T00:00:00+00:00", "left_at": null}\n      ]\n    }\n  ]\n}\n'
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Return what writes a file and tells its path."""

    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_file_is_read_by_its_ending(write: Callable[[str, bytes], Path]) -> None:
    """The ending in whatever case tells the form; a byte order mark is of no account."""
    expected = parse_roster(with_member(), RosterForm.JSON)
    assert read_roster_file(write("roster.JSON", with_member().encode())) == expected
    assert read_roster_file(write("bom.json", b"\xef\xbb\xbf" + with_member().encode())) == expected
    assert read_roster_file(write("roster.toml", toml_of("").encode())) == expected


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("roster.yaml", b"{}", "the ending '.yaml'"),
        ("roster", b"{}", "the ending ''"),
        ("roster.json", b'{"\xff', "byte 0xff at position 2"),
    ],
)
def test_unusable_file_is_a_fault_of_the_file(
    name: str, content: bytes, found: str, write: Callable[[str, bytes], Path]
) -> None:
    """The path of the fault is the file's."""
    path = write(name, content)
    with pytest.raises(BadInputError) as caught:
        read_roster_file(path)
    (fault,) = caught.value.faults
    assert (fault.path, fault.found) == (str(path), found)


def test_missing_file_and_folder_are_faults_of_the_file(tmp_path: Path) -> None:
    """What the system says is told, without a traceback's words."""
    folder = tmp_path / "folder.json"
    folder.mkdir()
    for path, found in (
        (tmp_path / "none.json", "No such file or directory"),
        (folder, "Is a directory"),
        (Path("a\0.json"), "an impossible path"),
    ):
        with pytest.raises(BadInputError) as caught:
            read_roster_file(path)
        assert [fault.found for fault in caught.value.faults] == [found]


def test_fault_in_a_file_has_its_place_in_the_file(write: Callable[[str, bytes], Path]) -> None:
    """Whoever called knows the file; the path is that of the value."""
    with pytest.raises(BadInputError) as caught:
        read_roster_file(write("roster.json", with_member(github_id="0").encode()))
    assert [fault.path for fault in caught.value.faults] == [f"{MEMBER}.github_id"]


def test_windows_that_touch_are_no_overlap() -> None:
    """R1: half-open windows; who leaves and joins at one instant is never in twice."""
    members = '[{"username": "a", "left_at": "2024-01-01"}, {"username": "a", "joined_at": "2024-01-01"}]'
    first, second = parse_roster(with_team(members=members), RosterForm.JSON).memberships
    assert first.left_at == second.joined_at == at("2023-12-31") + timedelta(days=1)
