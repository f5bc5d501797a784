"""One database, one GitHub, and the programs that are let loose on them; every round ends with an audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from attrs import frozen

from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.roster_file import format_roster
from tests.integration.command_line import CommandLine, Ended
from tests.torture.audit import Audit, lost, not_in_force, silent_partials
from tests.torture.moving_github import MovingGitHub
from tests.torture.programs import Program, Programs, complete_repositories, faults_of_output
from tests.torture.rosters import ROSTERS
from tests.torture.server import PrivateServer
from tests.torture.stored import Stored
from tests.torture.tally import Finding, Tally, Torture

WELL = frozenset({0})
WELL_OR_PARTIAL = frozenset({0, 3})
ANY_WORDED = frozenset({0, 1, 3})
KILLED = frozenset({0, -9})

_RULES = ("created", "merged", "effort")


@frozen
class Place:
    """Where worlds are made: one of them at a time, each with a database of its own on the same server."""

    server: PrivateServer
    line: CommandLine
    random: Random
    tally: Tally
    name: str
    """Tells people which one of many this is."""


class World:
    """What a few rounds of one kind share."""

    def __init__(self, place: Place, torture: Torture, programs: Programs) -> None:
        self.server = place.server
        self.random = place.random
        self.tally = place.tally
        self.github = programs.github
        self.torture = torture
        self._programs = programs
        self._where = place.name
        self._audit = Audit(programs.database)
        self._roster = 0
        self._rule = _RULES[0]
        self._audits = 0
        self._has_roster = False
        self.usual_requests = 2 * len(self.github.repositories)
        """About as many as the next run will send."""

    def collect(self, *options: str) -> Program:
        """Start a collection; now and then with another roster or rule than the one before, or with the stored one."""
        if self.random.random() < 0.25:
            self._roster = self.random.randrange(len(ROSTERS))
        if self.random.random() < 0.15:
            self._rule = self.random.choice(_RULES)
        is_given = not self._has_roster or self.random.random() < 0.8
        return self._programs.collect(self._roster_file() if is_given else None, self._rule, *options)

    def sync_another_roster(self) -> Program:
        """Start putting another roster in force."""
        self._roster = (self._roster + self.random.randint(1, len(ROSTERS) - 1)) % len(ROSTERS)
        return self._programs.start("roster", "sync", str(self._roster_file()))

    def examine(self, programs: list[Program], allowed: frozenset[int]) -> list[Ended]:
        """Wait for the programs, and audit what they left: everything that must hold at any moment."""
        ends = [program.ended() for program in programs]
        shown = self.github.shown()
        stored, found = self._audit.look()
        for program, end in zip(programs, ends, strict=True):
            found += faults_of_output(end, allowed)
            found += silent_partials(stored, complete_repositories(end), program.shown_before, shown)
        self._note(found, stored)
        return ends

    def settle(self) -> None:
        """Run once with nothing in the way: it must end well, and then nothing may be missing."""
        self.github.behave()
        before = self.github.requests
        roster = ROSTERS[self._roster]
        program = self._programs.collect(self._roster_file(), self._rule)
        end = program.ended()
        stored, found = self._audit.look()
        found += faults_of_output(end, WELL) + lost(stored, self.github.shown()) + not_in_force(stored, roster)
        self._note(found, stored)
        self.usual_requests = max(self.github.requests - before, len(self.github.repositories))
        self.github.is_moving = True

    def _note(self, found: list[Finding], stored: Stored) -> None:
        self._audits += 1
        self._has_roster = bool(stored.memberships)
        self.tally.add(self.torture, found, f"{self._where}, audit {self._audits}")
        if self.torture is Torture.KILL and stored.unfinished:
            self.tally.remark("audits after kill -9 that found a reading cut in the middle")

    def _roster_file(self) -> Path:
        return self._programs.line.folder / _file_name(ROSTERS[self._roster])


@contextmanager
def world(place: Place, torture: Torture) -> Iterator[World]:
    """Give a world of which nothing has been collected yet, and remove its database in the end."""
    for roster in ROSTERS:
        (place.line.folder / _file_name(roster)).write_text(format_roster(roster), encoding="utf-8")
    database = place.server.database()
    with MovingGitHub(place.random).serving() as github:
        yield World(place, torture, Programs(place.line, github, database))
    place.server.drop(database)


def _file_name(roster: Roster) -> str:
    return f"roster-{ROSTERS.index(roster)}.json"
