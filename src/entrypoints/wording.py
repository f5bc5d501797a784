"""How counts, weights, instants and foreign text are worded, on the command line and elsewhere."""

import unicodedata
from datetime import datetime
from decimal import Decimal

from github_tracker.domain.instants import start_of_day

_JOINERS = "\u200c\u200d"
"""Invisible, harmless, and part of many emoji and of Persian and Indian words."""


def count_of(count: int, thing: str) -> str:
    """Return a number with what it counts, in the plural where it is not one.

    >>> count_of(1, "request"), count_of(0, "day"), count_of(2, "repository"), count_of(2, "person")
    ('1 request', '0 days', '2 repositories', '2 people')
    """
    return f"{count} {thing if count == 1 else _plural(thing)}"


def exact(weight: Decimal) -> str:
    """Return a weight without trailing zeros and without an exponent.

    >>> exact(Decimal("1.500000")), exact(Decimal("1E+1"))
    ('1.5', '10')
    """
    return f"{weight.normalize():f}"


def moment(instant: datetime) -> str:
    """Write an instant in UTC; midnight is what a bare date in a roster file means, so it is shown as one."""
    if instant == start_of_day(instant.date()):
        return f"{instant:%Y-%m-%d}"
    return f"{instant.replace(tzinfo=None)}"


def harmless(text: str) -> str:
    r"""Return foreign text on one line, with what could command a terminal or turn the reading order round spelt out.

    >>> print(harmless("a\x1b[2Jb\u202ec\nd"))
    a\x1b[2Jb\u202ec\nd
    """
    if text.isprintable():
        return text
    return "".join(map(_harmless_letter, text))


def _harmless_letter(letter: str) -> str:
    if letter.isprintable() or letter in _JOINERS:
        return letter
    # Unusual spaces are spaces; tabs and line breaks are control characters and shown as such.
    return " " if unicodedata.category(letter) == "Zs" else repr(letter)[1:-1]


def _plural(thing: str) -> str:
    if thing.endswith("person"):
        return f"{thing.removesuffix('person')}people"
    return f"{thing[:-1]}ies" if thing.endswith("y") and thing[-2] not in "aeiou" else f"{thing}s"
