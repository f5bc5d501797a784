"""One run of the real program, with what GitHub showed when it began."""

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from tests.integration.command_line import CommandLine, Ended
from tests.torture.moving_github import TOKEN, MovingGitHub, Truth
from tests.torture.server import PASSWORD
from tests.torture.tally import Finding, Harm

SECONDS = 120
"""Longer than any run here takes on a busy machine."""


class Program:
    """A running `github-tracker`."""

    def __init__(self, process: "subprocess.Popen[str]", shown_before: Truth) -> None:
        self._process = process
        self.shown_before = shown_before
        """What GitHub showed when the program began."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """End it as the kernel does, with no chance to clean up."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    def wait(self, seconds: float) -> None:
        """Wait that long, or till it ends."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def ended(self) -> Ended:
        """Wait for the end and return what it left; one that never ends is killed, and its exit code tells."""
        try:
            out, err = self._process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            out, err = self._process.communicate()
        return Ended(self._process.returncode, out, err)


@frozen
class Programs:
    """Starts the program on one database and one GitHub."""

    line: CommandLine
    github: MovingGitHub
    database: str

    def start(self, *arguments: str, **variables: str) -> Program:
        """Start a command with further variables."""
        shown = self.github.shown()
        line = self.line.given(
            DB_URL=self.database,
            GITHUB_PAT=TOKEN,
            GITHUB_API_URL=self.github.url,
            REPOSITORIES=self.github.names,
            **variables,
        )
        return Program(line.start(*arguments), shown)

    def collect(self, roster: Path | None, rule: str, *options: str) -> Program:
        """Start a collection; without a roster, the stored one stays."""
        variables = {} if roster is None else {"TEAM_CONFIG_FILE": str(roster)}
        return self.start("collect", "--json", *options, ATTRIBUTION_RULE=rule, **variables)


def faults_of_output(ended: Ended, allowed: frozenset[int]) -> list[Finding]:
    """Return what must not be in what a program left, and an end that is not allowed."""
    found = []
    text = ended.out + ended.err
    if "Traceback (most recent call last)" in text or "failed unexpectedly" in text:
        found.append(Finding(Harm.TRACEBACK, text[-2000:]))
    if TOKEN in text or PASSWORD in text:
        found.append(Finding(Harm.SECRET, text[-2000:]))
    if ended.code not in allowed:
        found.append(Finding(Harm.BAD_END, f"exit code {ended.code}: {ended.err[-500:]}{_faults_told(ended)}"))
    elif ended.code > 0 and not (ended.err.strip() or ended.out.strip()):
        found.append(Finding(Harm.BAD_END, f"exit code {ended.code} without a word"))
    return found


def complete_repositories(ended: Ended) -> set[int]:
    """Return the ids of the repositories of which the run says that it read them to the end."""
    if not ended.out.startswith("{"):
        return set()
    return {
        entry["repository_id"] for entry in ended.json["repositories"] if entry["outcome"] in ("complete", "unchanged")
    }


def _faults_told(ended: Ended) -> str:
    if not ended.out.startswith("{"):
        return ended.out[-500:]
    entries = ended.json["repositories"]
    return "; ".join(f"{entry['name']} {entry['outcome']}: {entry['message']}" for entry in entries if entry["message"])
