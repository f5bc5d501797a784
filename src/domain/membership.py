"""Who belonged to which team, when, and for how much (R1, R4)."""

import re
from datetime import datetime
from decimal import Decimal

from attrs import Attribute, field, frozen

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import to_utc_or_none
from github_tracker.domain.pull_request import GHOST_LOGIN, login_key

WEIGHT_PLACES = 6
"""Decimal places a weight may have at most (R4)."""

WEIGHT_UNIT = Decimal(1).scaleb(-WEIGHT_PLACES)
"""The smallest weight above zero; shares and rest are multiples of it (R6)."""

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(\[bot\])?")


def wanted_instead_of_login(login: str) -> str | None:
    """Return what is wanted where this is no login that a member can have; None if it is one."""
    if not _LOGIN.fullmatch(login):
        return "a GitHub login (letters, digits and hyphens)"
    if login_key(login) == GHOST_LOGIN:
        return "a person; GitHub shows every deleted account as this one"
    return None


def wanted_instead_of_github_id(github_id: int) -> str | None:
    """Return what is wanted where this is no number of an account; None if it is one."""
    return None if 0 < github_id < 2**63 else "a positive whole number below 2^63"


def _check_login(_instance: object, attribute: "Attribute[str]", login: str) -> None:
    if (wanted := wanted_instead_of_login(login)) is not None:
        raise InvalidValueError(attribute.name, login, wanted)


def _check_logins(instance: object, attribute: "Attribute[tuple[str, ...]]", logins: tuple[str, ...]) -> None:
    for login in logins:
        _check_login(instance, attribute, login)  # type: ignore[arg-type]  # only the attribute's name is read


def _check_github_id(_instance: object, attribute: "Attribute[int | None]", github_id: int | None) -> None:
    if github_id is not None and (wanted := wanted_instead_of_github_id(github_id)) is not None:
        raise InvalidValueError(attribute.name, github_id, wanted)


def _check_weight(_instance: object, attribute: "Attribute[Decimal]", weight: object) -> None:
    is_in_range = isinstance(weight, Decimal) and weight.is_finite() and 0 <= weight <= 1
    if not (is_in_range and isinstance(weight, Decimal) and round(weight, WEIGHT_PLACES) == weight):
        wanted = f"an exact decimal from 0 to 1 with at most {WEIGHT_PLACES} places"
        raise InvalidValueError(attribute.name, str(weight), wanted)


def _check_name(_instance: object, attribute: "Attribute[str]", name: str) -> None:
    if not name or name != name.strip() or not name.isprintable():
        raise InvalidValueError(attribute.name, name, "a printable name without spaces around it")


@frozen
class Team:
    """A team by its name; the optional key stays when the name changes, and keeps the team's history together."""

    name: str = field(validator=_check_name)
    description: str = ""
    key: str | None = None


@frozen
class Membership:
    """One person in one team over the half-open interval [joined_at, left_at) with a weight (R1, R4).

    >>> from datetime import UTC
    >>> platform = Membership("Platform", "alice", Decimal("0.5"), left_at=datetime(2024, 7, 1, tzinfo=UTC))
    >>> platform.holds_at(datetime(2024, 6, 30, 23, 59, 59, 999999, tzinfo=UTC))
    True
    >>> platform.holds_at(datetime(2024, 7, 1, tzinfo=UTC))
    False
    """

    team: str
    login: str = field(validator=_check_login)
    weight: Decimal = field(default=Decimal(1), validator=_check_weight)
    joined_at: datetime | None = field(default=None, converter=to_utc_or_none)
    """None: since ever."""
    left_at: datetime | None = field(default=None, converter=to_utc_or_none)
    """None: still there."""
    aliases: tuple[str, ...] = field(default=(), validator=_check_logins)
    """Other logins of the same person, such as the one before a rename (R2)."""
    github_id: int | None = field(default=None, validator=_check_github_id)
    """GitHub's numeric id of the account; decides before the login does (R2)."""

    def __attrs_post_init__(self) -> None:
        if self.joined_at is not None and self.left_at is not None and self.joined_at >= self.left_at:
            wanted = f"an instant after joined_at {self.joined_at.isoformat()}"
            raise InvalidValueError("left_at", self.left_at.isoformat(), wanted)

    @property
    def login_keys(self) -> frozenset[str]:
        """Every login of this entry in the form that is compared."""
        return frozenset(map(login_key, (self.login, *self.aliases)))

    def holds_at(self, instant: datetime) -> bool:
        """Whether the instant lies in [joined_at, left_at) (R1)."""
        return (self.joined_at is None or self.joined_at <= instant) and (
            self.left_at is None or instant < self.left_at
        )

    def overlaps(self, other: "Membership") -> bool:
        """Whether some instant lies in both windows; windows that only touch do not overlap."""
        return _starts_before_end(self, other) and _starts_before_end(other, self)


def _starts_before_end(one: Membership, other: Membership) -> bool:
    return one.joined_at is None or other.left_at is None or one.joined_at < other.left_at
