"""What went wrong, counted by kind of torture, and the table that it ends with."""

from collections import Counter
from enum import StrEnum
from threading import Lock

from attrs import frozen
from rich.console import Console
from rich.table import Table


class Torture(StrEnum):
    """What is done to the program."""

    KILL = "kill -9"
    TERMINATION = "terminated backends"
    RESTART = "immediate restarts"
    PAIR = "concurrent pairs"
    FAULT = "GitHub faults"


class Harm(StrEnum):
    """What must never come of it."""

    LOST = "lost"
    """GitHub shows a pull request that the table lacks, or has as it was before."""
    DUPLICATED = "duplicated"
    """Two rows for what is one."""
    STALE = "stale"
    """A share, a rest or a flag that the roster in force does not give, or a column that is not the fact's."""
    UNBALANCED = "unbalanced"
    """Shares and rests of a pull request that are not 1 together."""
    LOCK_LEFT = "locks left"
    """A lock, a transaction or a connection after its program has ended."""
    SILENT_PARTIAL = "silent partials"
    """A run said complete although something was missing that GitHub showed from its beginning to its end."""
    WATERMARK = "watermarks back"
    """A watermark that became earlier, or vanished."""
    BAD_END = "bad ends"
    """An exit code that is not allowed there, or a failure without a word."""
    TRACEBACK = "tracebacks"
    SECRET = "secrets"
    """The token or the password in what a program wrote or stored."""


@frozen
class Finding:
    """One harm, with what is needed to look into it."""

    harm: Harm
    what: str


class Tally:
    """Counts rounds and harms for several threads, and keeps the first findings for people to read."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rounds: Counter[Torture] = Counter()
        self._harms: Counter[tuple[Torture, Harm]] = Counter()
        self._remarks: Counter[str] = Counter()
        self.findings: list[str] = []

    def add_round(self, torture: Torture) -> None:
        """Count a round that did what it was to do."""
        with self._lock:
            self._rounds[torture] += 1

    def add(self, torture: Torture, findings: list[Finding], where: str) -> None:
        """Count what was found after a round; `where` tells which one."""
        with self._lock:
            for finding in findings:
                self._harms[torture, finding.harm] += 1
                self.findings.append(f"{torture}, {where}: {finding.harm}: {finding.what}")

    def remark(self, text: str) -> None:
        """Count something worth knowing that is no harm."""
        with self._lock:
            self._remarks[text] += 1

    def rounds(self, torture: Torture) -> int:
        """Return how many rounds of this kind there were."""
        return self._rounds[torture]

    @property
    def is_clean(self) -> bool:
        """Whether nothing at all went wrong."""
        return not self.findings

    def print(self, out: Console, most_findings: int = 40) -> None:
        """Print the findings, the remarks, and the table."""
        for text in self.findings[:most_findings]:
            out.print(text, markup=False, highlight=False)
        for text, count in sorted(self._remarks.items()):
            out.print(f"{text}: {count}", markup=False, highlight=False)
        table = Table("", "rounds", *Harm)
        for torture in Torture:
            counts = [self._rounds[torture], *(self._harms[torture, harm] for harm in Harm)]
            table.add_row(torture, *map(str, counts))
        out.print(table)
