"""A small simulated organisation behind a GitHub of its own, and the command line that is set to collect it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from attrs import frozen

from github_tracker.adapters.loopback_github import LoopbackGitHub
from github_tracker.application.simulation.organisation import SimulatedOrganisation, simulate
from github_tracker.application.simulation.scenario import Scenario
from github_tracker.entrypoints.roster_file import format_roster
from tests.integration.command_line import CommandLine, command_line
from tests.integration.prepared_data import put_prepared_data

TOKEN = "ghp_canary0token"
SMALL = Scenario(teams=3, members_per_team=4, repositories=3, pull_requests=250)


@frozen
class World:
    """A small simulated organisation behind a GitHub of its own, and a command line that is set to collect it."""

    organisation: SimulatedOrganisation
    github: LoopbackGitHub
    line: CommandLine

    @property
    def roster(self) -> Any:  # decoded JSON
        """The organisation's roster file, decoded; to be changed at will."""
        return json.loads(format_roster(self.organisation.roster), parse_float=Decimal)

    @property
    def names(self) -> list[str]:
        """The repositories."""
        return [repository.full_name for repository in self.organisation.repositories]

    def write_roster(self, name: str, document: object) -> Path:
        """Write a roster file in the form that its ending names."""
        path = self.line.folder / name
        path.write_text(json_text(document) if path.suffix == ".json" else toml_text(document), encoding="utf-8")
        return path

    def served(self) -> list[tuple[str, Any]]:
        """Return all pull requests as GitHub serves them, each with its repository's name."""
        return [(name, pull) for name in self.names for pull in self._served_of(name)]

    def _served_of(self, name: str) -> Iterator[Any]:
        page = 1
        while found := self._get(f"/repos/{name}/pulls?state=all&per_page=100&page={page}"):
            yield from found
            page += 1

    def _get(self, path: str) -> Any:  # decoded JSON
        with urlopen(Request(self.github.url + path, headers={"Authorization": f"Bearer {TOKEN}"})) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def world() -> Iterator[World]:
    """Give the small organisation, served, with its roster file written and nothing collected yet.

    The embedded server is left running, so that no command has to start it.
    """
    organisation = simulate(SMALL)
    names = ",".join(repository.full_name for repository in organisation.repositories)
    with (
        LoopbackGitHub(organisation.repositories, organisation.pull_requests, TOKEN) as github,
        command_line(GITHUB_PAT=TOKEN, GITHUB_API_URL=github.url, REPOSITORIES=names) as line,
    ):
        path = line.folder / "teams.json"
        path.write_text(format_roster(organisation.roster), encoding="utf-8")
        made = World(organisation, github, line.given(TEAM_CONFIG_FILE=str(path)))
        put_prepared_data(made.line.folder / made.line.variables["DATA_FOLDER"])
        made.line.succeed("db", "url")
        yield made


def expected_shares(roster: Any, served: list[tuple[str, Any]]) -> set[tuple[str, ...]]:  # decoded JSON
    """Return the lines of `report shares` by brute force, under the rule `created` (R1, R2, R7, R8)."""
    rows: set[tuple[str, ...]] = set()
    for repository, pull in served:
        user, created = pull["user"] or {"login": "ghost", "id": 0}, datetime.fromisoformat(pull["created_at"])
        for team in roster["teams"]:
            for member in team["members"]:
                logins = {member["username"].lower(), *map(str.lower, member["aliases"])}
                is_login, is_id = user["login"].lower() in logins, member["github_id"] == user["id"]
                has_joined = not member["joined_at"] or datetime.fromisoformat(member["joined_at"]) <= created
                is_there = not member["left_at"] or created < datetime.fromisoformat(member["left_at"])
                if (
                    (is_id if member["github_id"] else is_login)
                    and has_joined
                    and is_there
                    and (weight := member["allocation_weight"])
                ):
                    rows.add((team["name"], repository, str(pull["number"]), user["login"], str(weight), "created"))
    return rows


def shares_of(line: CommandLine, *arguments: str) -> set[tuple[str, ...]]:
    """Return the lines of `report shares`, none of which may come twice."""
    rows = line.succeed("report", "shares", "--format", "csv", *arguments).rows
    assert len({tuple(row.values()) for row in rows}) == len(rows)
    return {tuple(row.values()) for row in rows}


def json_text(document: object) -> str:
    """Return a roster as JSON; decimals stand as they are."""
    return json.dumps(document, default=float, indent=1)


def toml_text(document: Any) -> str:  # decoded JSON
    """Return a roster as TOML; what is null is left out."""
    lines = [f'over_allocation = "{document["over_allocation"]}"']
    for team in document["teams"]:
        lines += ["[[teams]]", *_toml_lines(team)]
        for member in team["members"]:
            lines += ["[[teams.members]]", *_toml_lines(member)]
    return "\n".join(lines)


def _toml_lines(fields: Mapping[str, object]) -> list[str]:
    given = {name: value for name, value in fields.items() if value is not None and name != "members"}
    # Instants are written as TOML's own; all other values look the same in JSON.
    return [
        f"{name} = {value if name in ('joined_at', 'left_at') else json.dumps(value, default=float)}"
        for name, value in given.items()
    ]
