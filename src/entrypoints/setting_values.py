"""What each setting may be: the text of one variable becomes a value, or the faults that keep it from being one.

A text that holds a secret, or may hold one, is never shown in a fault.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import time_zone
from github_tracker.domain.policy import AttributionRule
from github_tracker.entrypoints.bad_input import BadInputError, Fault, shown
from github_tracker.entrypoints.key_list import read_key_list
from github_tracker.ports.secret_store import Secret, SecretName

MOST_CONCURRENT = 32
"""Repositories collected at once at most; GitHub itself refuses more than 100 concurrent requests."""

_T = TypeVar("_T")
_VISIBLE = re.compile(r"[!-~]+")
_FULL_NAME = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9_.-]+/(?!\.{1,2}$)[A-Za-z0-9_.-]+")
_ADDRESS = re.compile(r"(?:[a-z+]+://[^/]+/|[^/@]+@[^/:]+:|[^/]+\.[a-z]+/)([^/:]+/[^/:]+?)(?:\.git)?(?:/.*)?")
TOKEN = re.compile(r"gh[a-z]_|github_pat_")
"""How tokens of GitHub begin, and keys of ours."""
_PORT = re.compile(r"[0-9]{1,5}")
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_POSTGRESQL = ("postgresql://", "postgres://")
_API_WANTED = "a URL such as https://api.github.com or https://HOST/api/v3"
_DATABASE_WANTED = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special characters in it percent-encoded"
_NAME_WANTED = "names such as owner/name, separated by commas"


class LogLevel(StrEnum):
    """From which severity on the log speaks."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def read_token(text: str) -> Secret:
    """Return the token for GitHub; one with spaces or other odd characters could not travel in a header."""
    if not _VISIBLE.fullmatch(text):
        wanted = "one token of ASCII letters, digits and signs"
        raise _refused(SecretName.GITHUB_TOKEN, "spaces or other odd characters in it (value not shown)", wanted)
    return Secret(text)


def read_database_url(text: str) -> Secret:
    """Return the database's URL after a look at its form; several hosts, or none, are for the database's client."""
    found = None
    if not text.startswith(_POSTGRESQL):
        found = "another beginning than postgresql://"
    elif re.search(r"\s", text) or not text.isprintable():
        found = "spaces or other odd characters"
    elif not _has_parsable_ports(text):
        found = "a port that is no number from 1 to 65535, or an unencoded special character in the password"
    elif not _is_readable_by_the_client(text):
        found = "an option or a form that PostgreSQL's client does not know"
    if found is not None:
        raise _refused(SecretName.DATABASE_URL, f"{found} (value not shown)", _DATABASE_WANTED)
    return Secret(text)


def _is_readable_by_the_client(url: str) -> bool:
    """What the client says of an address that it cannot read quotes the address, so only the verdict is passed on."""
    from psycopg import ProgrammingError  # noqa: PLC0415  # only those who set DB_URL pay for the import
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415  # as above

    try:
        conninfo_to_dict(url)
    except ProgrammingError:
        return False
    return True


def read_api_keys(text: str) -> Secret:
    """Return the list of keys, once every key in it was read; no fault shows a value out of it."""
    try:
        read_key_list(text)
    except BadInputError as exc:
        raise BadInputError(exc.faults_within(SecretName.API_KEYS)) from None
    return Secret(text)


def read_api_url(text: str) -> str:
    """Return the URL of GitHub's REST API without a trailing slash."""
    found = None
    wanted = _API_WANTED
    parts = _split(text)
    if "@" in text:
        found = "a user or password in the URL (value not shown)"
        wanted = f"{_API_WANTED}; the token belongs into GITHUB_PAT"
    elif "?" in text or "#" in text:
        found = "a query or fragment (value not shown)"
    elif parts is None or not _VISIBLE.fullmatch(text) or parts.scheme not in ("http", "https") or not parts.hostname:
        found = _value_or_hint(text)
    elif not _has_parsable_ports(text):
        found = "a port that is no number from 1 to 65535 (value not shown)"
    if found is not None:
        raise _refused("GITHUB_API_URL", found, wanted)
    return text.rstrip("/")


def read_repositories(text: str) -> tuple[str, ...]:
    """Return the names in their order, one that comes again in whatever letter case dropped."""
    faults = []
    names: dict[str, str] = {}
    for place, entry in enumerate(_items(text), start=1):
        if _FULL_NAME.fullmatch(entry):
            names.setdefault(entry.lower(), entry)
            continue
        meant = _ADDRESS.fullmatch(entry)
        hint = f"; write {meant[1]}" if meant is not None and _FULL_NAME.fullmatch(meant[1]) else ""
        faults.append(Fault("REPOSITORIES", f"{_value_or_hint(entry)} as entry {place}", _NAME_WANTED + hint))
    if faults:
        raise BadInputError(faults)
    return tuple(names.values())


def read_bot_patterns(text: str) -> tuple[str, ...]:
    """Return the patterns in their order; none for an empty text."""
    patterns = _items(text)
    faults = [
        Fault("BOT_PATTERNS", shown(pattern), "printable logins in which * stands for any characters")
        for pattern in patterns
        if not pattern.isprintable()
    ]
    if faults:
        raise BadInputError(faults)
    return patterns


def read_rule(text: str) -> AttributionRule:
    """Return the rule that decides who earns a pull request (R7)."""
    return _choice("ATTRIBUTION_RULE", text.lower(), {rule.value: rule for rule in AttributionRule})


def read_log_level(text: str) -> LogLevel:
    """Return the level; WARN is WARNING."""
    return _choice("LOG_LEVEL", text.upper(), {**{level.value: level for level in LogLevel}, "WARN": LogLevel.WARNING})


def read_truth(name: str, text: str) -> bool:
    """Return what a variable of that name says by true, yes, 1 or false, no, 0."""
    return _choice(name, text.lower(), _TRUTH)


def read_time_zone(text: str) -> str:
    """Return the name of a time zone that is known here (R10)."""
    try:
        time_zone(text)
    except InvalidValueError as exc:
        raise _refused("REPORT_TIME_ZONE", shown(text), exc.wanted) from exc
    return text


def read_group_size(text: str) -> int:
    """Return how many people a figure must be about to be shown; 0 and 1 withhold nothing."""
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise _refused("MIN_GROUP_SIZE", shown(text), "a whole number from 0 to 9999, such as 3")
    return int(text)


def read_concurrency(text: str) -> int:
    """Return how many repositories are collected at once."""
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST_CONCURRENT:
        raise _refused("COLLECT_CONCURRENCY", shown(text), f"a whole number from 1 to {MOST_CONCURRENT}")
    return int(text)


def read_count(name: str, text: str, allowed: range) -> int:
    """Return the whole number that a variable of that name holds."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) not in allowed:
        wanted = f"a whole number from {allowed.start} to {allowed.stop - 1}"
        raise _refused(name, shown(text), wanted)
    return int(text)


def _refused(name: str, found: str, wanted: str) -> BadInputError:
    return BadInputError([Fault(name, found, wanted)])


def _choice(name: str, text: str, choices: Mapping[str, _T]) -> _T:
    if text not in choices:
        raise _refused(name, shown(text), f"one of {', '.join(choices)}")
    return choices[text]


def _items(text: str) -> tuple[str, ...]:
    return tuple(item for item in map(str.strip, text.split(",")) if item)


def _value_or_hint(text: str) -> str:
    """Show the text unless a password, a key in a query or a token may stand in it."""
    may_be_secret = any(sign in text for sign in "@?#") or TOKEN.search(text)
    return "a value that may hold a secret (not shown)" if may_be_secret else shown(text)


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # a bracket that never closes and the like; the message may quote what must not be shown
        return None


def _has_parsable_ports(url: str) -> bool:
    """Whether each of the hosts, which commas may separate, has a port or none."""
    parts = _split(url)
    if parts is None:
        return False
    for host in parts.netloc.rpartition("@")[2].split(","):
        address, colon, port = host.rpartition("]")[2].rpartition(":")
        if ":" in address or (colon and not (_PORT.fullmatch(port) and 0 < int(port) < 65_536)):
            return False
    return True
