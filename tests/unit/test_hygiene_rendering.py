"""How findings are written: what to act upon first, with lines that a roster file takes as they are."""

import io
import json

import pytest
from rich.console import Console

from github_tracker.domain.hygiene import (
    Hygiene,
    NarrowWindows,
    PersonWithoutTeam,
    RenamedPerson,
    ReusedLogin,
    SilentPerson,
    UnknownAuthor,
)
from github_tracker.domain.membership import Membership
from github_tracker.entrypoints.cli.hygiene_rendering import MOST_SHOWN, hygiene_json, print_hygiene
from github_tracker.entrypoints.roster_file import RosterForm, parse_roster
from tests.unit.examples import at

ENTRY = Membership("Platform", "alice", aliases=("al",))
DAY = at("2024-01-01T12:00")
EVERYTHING = Hygiene(
    unknown=(
        UnknownAuthor("[red]", 7, 5, DAY.date(), DAY.date()),
        UnknownAuthor("bo", None, 1, DAY.date(), DAY.date()),
    ),
    bots=(UnknownAuthor("ci-1", 8, 1, DAY.date(), DAY.date()),),
    renamed=(
        RenamedPerson(ENTRY, 5, ("alice-new",), 2, is_credited=True),
        RenamedPerson(ENTRY, 6, ("alice-2", "alice-3"), 1, is_credited=False),
    ),
    reused=(ReusedLogin(ENTRY, "al", (5, 9), 3),),
    silent=(SilentPerson("cral", "carl"), SilentPerson("dora", None)),
    without_team=(PersonWithoutTeam("erik", DAY), PersonWithoutTeam("fay", None)),
    narrow=(NarrowWindows("gil", DAY, at("2023-12-31"), at("2024-02-01"), at("2024-02-03")),),
)
LINES = """\
Renamed: alice (id 6) opened 1 pull request as alice-2, alice-3; no team earns them. Write at alice in Platform: \
"aliases": ["al", "alice-2", "alice-3"]
Reused login: al was the account 5 and then 9; 3 pull requests of the later count for the person. If that is the \
first one, write at alice in Platform: "github_id": 5
Misspelt? cral opened nothing, carl did and stands in no team.
No team has these authors (2, 6 pull requests):
login  id  pull requests  first       last
[red]   7              5  2024-01-01  2024-01-01
bo      -              1  2024-01-01  2024-01-01
Bots that no team has (1, 1 pull request):
login  id  pull requests  first       last
ci-1    8              1  2024-01-01  2024-01-01
Renamed: alice (id 5) opened 2 pull requests as alice-new; the person earns them already, by the id. Write at alice \
in Platform: "aliases": ["al", "alice-new"]
gil joined on 2024-01-01 and opened the first on 2023-12-31.
gil left on 2024-02-01 and opened the last on 2024-02-03.
In no team at present: erik (left on 2024-01-01), fay.
Without any pull request: dora.
"""


def printed(hygiene: Hygiene) -> str:
    """Return what people read."""
    out = io.StringIO()
    print_hygiene(hygiene, RosterForm.JSON, Console(file=out, width=1000))
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def test_everything_is_told_once() -> None:
    """What should be acted upon comes first; names are never taken for styles."""
    assert printed(EVERYTHING) == LINES


def test_nothing_found_is_said() -> None:
    """Silence would leave open whether it was looked at."""
    assert printed(Hygiene()) == "The stored pull requests agree with it.\n"


def test_long_list_of_authors_is_cut_and_counted() -> None:
    """JSON holds all of them."""
    unknown = tuple(UnknownAuthor(f"a{number}", None, 1, DAY.date(), DAY.date()) for number in range(MOST_SHOWN + 3))
    lines = printed(Hygiene(unknown=unknown)).splitlines()
    assert len(lines) == 1 + 1 + MOST_SHOWN + 1
    assert lines[-1] == "and 3 more, see --json."
    assert len(json.loads(hygiene_json(Hygiene(unknown=unknown), RosterForm.JSON))["unknown"]) == MOST_SHOWN + 3


@pytest.mark.parametrize("form", RosterForm)
def test_suggested_lines_are_in_the_syntax_of_the_file(form: RosterForm) -> None:
    """Put into a roster file, they say what they should."""
    document = json.loads(hygiene_json(EVERYTHING, form))
    aliases, github_id = document["renamed"][1]["suggestion"], document["reused"][0]["suggestion"]
    text = {
        RosterForm.JSON: '{"teams": [{"name": "P", "members": [{"username": "alice", '
        f"{aliases}, {github_id}"
        "}]}]}",
        RosterForm.TOML: f'[[teams]]\nname = "P"\n[[teams.members]]\nusername = "alice"\n{aliases}\n{github_id}\n',
    }[form]
    assert parse_roster(text, form).memberships == (
        Membership("P", "alice", aliases=("al", "alice-2", "alice-3"), github_id=5),
    )


def test_json_holds_every_finding() -> None:
    """With instants in full, and whether something should be acted upon."""
    document = json.loads(hygiene_json(EVERYTHING, RosterForm.JSON))
    assert document["is_to_be_acted_upon"] is True
    assert {name: len(found) for name, found in document.items() if isinstance(found, list)} == {
        "renamed": 2,
        "reused": 1,
        "unknown": 2,
        "bots": 1,
        "silent": 2,
        "without_team": 2,
        "narrow_windows": 1,
    }
    assert document["without_team"] == [
        {"login": "erik", "left_at": "2024-01-01T12:00:00+00:00"},
        {"login": "fay", "left_at": None},
    ]
    assert document["unknown"][1] == {
        "login": "bo",
        "github_id": None,
        "pull_requests": 1,
        "first_day": "2024-01-01",
        "last_day": "2024-01-01",
    }
