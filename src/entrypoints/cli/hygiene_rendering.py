"""How the findings of `roster check --against-facts` are written: for people, and as JSON."""

import json
from collections.abc import Iterator
from datetime import datetime

from rich.console import Console

from github_tracker.domain.hygiene import Hygiene, RenamedPerson, ReusedLogin, UnknownAuthor
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.entrypoints.roster_file import RosterForm

MOST_SHOWN = 20
"""Authors in a table; JSON holds all."""

_COLUMNS = (
    Column("login"),
    Column("id", is_figure=True, least_needed=1),
    Column("pull requests", is_figure=True),
    Column("first"),
    Column("last"),
)


def print_hygiene(hygiene: Hygiene, form: RosterForm, out: Console) -> None:
    """Print what should be acted upon, then what is good to know, each with what to write into a roster file."""
    for line in _faults(hygiene, form):
        out.print(line, markup=False, highlight=False)
    for title, authors in (("No team has these authors", hygiene.unknown), ("Bots that no team has", hygiene.bots)):
        _print_authors(title, authors, out)
    for line in _remarks(hygiene, form):
        out.print(line, markup=False, highlight=False)
    if hygiene == Hygiene():
        out.print("The stored pull requests agree with it.")


def hygiene_json(hygiene: Hygiene, form: RosterForm) -> str:
    """Return all findings as JSON; `suggestion` is a line of a roster file."""
    document = {
        "is_to_be_acted_upon": hygiene.is_to_be_acted_upon,
        "renamed": [
            {
                "login": found.entry.login,
                "team": found.entry.team,
                "github_id": found.github_id,
                "new_logins": list(found.new_logins),
                "pull_requests": found.pull_requests,
                "is_credited": found.is_credited,
                "suggestion": aliases_line(found, form),
            }
            for found in hygiene.renamed
        ],
        "reused": [
            {
                "login": found.login,
                "team": found.entry.team,
                "github_ids": list(found.github_ids),
                "pull_requests": found.pull_requests,
                "suggestion": id_line(found, form),
            }
            for found in hygiene.reused
        ],
        "unknown": [_author(found) for found in hygiene.unknown],
        "bots": [_author(found) for found in hygiene.bots],
        "silent": [{"login": found.login, "nearest": found.nearest} for found in hygiene.silent],
        "without_team": [{"login": found.login, "left_at": _iso(found.left_at)} for found in hygiene.without_team],
        "narrow_windows": [
            {
                "login": found.login,
                "joined_at": _iso(found.joined_at),
                "first_at": _iso(found.first_at),
                "left_at": _iso(found.left_at),
                "last_at": _iso(found.last_at),
            }
            for found in hygiene.narrow
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def aliases_line(found: RenamedPerson, form: RosterForm) -> str:
    """Return the line that gives the entry the missing aliases beside those it has."""
    return _line("aliases", [*found.entry.aliases, *found.new_logins], form)


def id_line(found: ReusedLogin, form: RosterForm) -> str:
    """Return the line that ties the entry to the account that had the login first."""
    return _line("github_id", found.github_ids[0], form)


def _line(name: str, value: object, form: RosterForm) -> str:
    """Write one field; lists and numbers look the same in JSON and TOML."""
    text = json.dumps(value)
    return f"{name} = {text}" if form is RosterForm.TOML else f'"{name}": {text}'


def _faults(hygiene: Hygiene, form: RosterForm) -> Iterator[str]:
    for renamed in hygiene.renamed:
        if not renamed.is_credited:
            yield _renamed(renamed, "no team earns them", form)
    for reused in hygiene.reused:
        ids = " and then ".join(map(str, reused.github_ids))
        yield (
            f"Reused login: {reused.login} was the account {ids}; {_opened(reused.pull_requests)} of the later count "
            f"for the person. If that is the first one, write at {reused.entry.login} in {reused.entry.team}: "
            f"{id_line(reused, form)}"
        )
    for silent in hygiene.silent:
        if silent.nearest is not None:
            yield f"Misspelt? {silent.login} opened nothing, {silent.nearest} did and stands in no team."


def _remarks(hygiene: Hygiene, form: RosterForm) -> Iterator[str]:
    for renamed in hygiene.renamed:
        if renamed.is_credited:
            yield _renamed(renamed, "the person earns them already, by the id", form)
    for narrow in hygiene.narrow:
        if narrow.joined_at is not None:
            yield f"{narrow.login} joined on {_day(narrow.joined_at)} and opened the first on {_day(narrow.first_at)}."
        if narrow.left_at is not None:
            yield f"{narrow.login} left on {_day(narrow.left_at)} and opened the last on {_day(narrow.last_at)}."
    without = [
        found.login if found.left_at is None else f"{found.login} (left on {_day(found.left_at)})"
        for found in hygiene.without_team
    ]
    if without:
        yield f"In no team at present: {', '.join(without)}."
    silent = [found.login for found in hygiene.silent if found.nearest is None]
    if silent:
        yield f"Without any pull request: {', '.join(silent)}."


def _renamed(found: RenamedPerson, consequence: str, form: RosterForm) -> str:
    entry = found.entry
    return (
        f"Renamed: {entry.login} (id {found.github_id}) opened {_opened(found.pull_requests)} as "
        f"{', '.join(found.new_logins)}; {consequence}. Write at {entry.login} in {entry.team}: "
        f"{aliases_line(found, form)}"
    )


def _opened(count: int) -> str:
    return count_of(count, "pull request")


def _print_authors(title: str, authors: tuple[UnknownAuthor, ...], out: Console) -> None:
    if not authors:
        return
    opened = _opened(sum(author.pull_requests for author in authors))
    out.print(f"{title} ({len(authors)}, {opened}):", markup=False, highlight=False)
    rows = [
        (
            author.login,
            "-" if author.github_id is None else str(author.github_id),
            str(author.pull_requests),
            author.first_day.isoformat(),
            author.last_day.isoformat(),
        )
        for author in authors[:MOST_SHOWN]
    ]
    print_columns(out, _COLUMNS, rows)
    if len(authors) > MOST_SHOWN:
        out.print(f"and {len(authors) - MOST_SHOWN} more, see --json.", markup=False, highlight=False)


def _author(found: UnknownAuthor) -> dict[str, str | int | None]:
    return {
        "login": found.login,
        "github_id": found.github_id,
        "pull_requests": found.pull_requests,
        "first_day": found.first_day.isoformat(),
        "last_day": found.last_day.isoformat(),
    }


def _day(instant: datetime) -> str:
    """Return the UTC day: enough to find the entry by; JSON has the time too."""
    return f"{instant:%Y-%m-%d}"


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
