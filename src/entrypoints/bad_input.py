"""What is wrong with what people hand in: every fault at once, each with where it stands and what would do."""

from collections.abc import Iterable
from datetime import date, time

from attrs import evolve, frozen

from github_tracker.domain.errors import GitHubTrackerError

_SHOWN_LENGTH = 80


@frozen
class Fault:
    """One thing that is wrong, at one place."""

    path: str
    """Where: such as teams[0].members[1].allocation_weight, or a variable's name."""
    found: str
    """What stands there, or a whole sentence if `wanted` is empty. Never a secret."""
    wanted: str = ""
    """What would be right there."""

    def __str__(self) -> str:
        return f"{self.path}: found {self.found}, wanted {self.wanted}" if self.wanted else f"{self.path}: {self.found}"


class BadInputError(GitHubTrackerError):
    """Configuration that was refused before any work; `faults` lists everything that is wrong with it.

    `hints` are remarks that may explain a fault and are none themselves.
    """

    def __init__(self, faults: Iterable[Fault], hints: Iterable[str] = ()) -> None:
        self.faults = tuple(faults)
        self.hints = tuple(hints)
        super().__init__("\n".join([*map(str, self.faults), *(f"hint: {hint}" for hint in self.hints)]))

    def faults_within(self, place: str) -> tuple[Fault, ...]:
        """Return the faults with the place they all lie in before their paths."""
        return tuple(evolve(fault, path=f"{place}: {fault.path}") for fault in self.faults)


def shown(value: object) -> str:
    """Return the value as a message shows it: escaped, on one line, not too long, lists and objects by their kind.

    >>> shown("alice"), shown(None), shown([1, 2])
    ("'alice'", 'null', 'a list of 2')
    """
    text = _text_of(value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."


def shown_name(text: str) -> str:
    """Return a file's or variable's name as a message shows it: bare if it can be printed so, else escaped."""
    return text if text.isprintable() else repr(text)


def _text_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return repr(value)
        case list():
            return f"a list of {len(value)}" if value else "an empty list"
        case dict():
            return "an object"
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)
