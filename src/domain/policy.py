"""What decides besides the roster: the attribution rule, the reporting time zone and who counts as a bot."""

import re
from enum import StrEnum
from functools import lru_cache

from attrs import field, frozen

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import time_zone
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster

BOT_SUFFIX = "[bot]"
"""GitHub gives every app's account this ending."""


class AttributionRule(StrEnum):
    """Which instant decides whose pull request it is (R7)."""

    CREATED = "created"
    """The memberships at created_at; a share never changes unless the roster does."""
    MERGED = "merged"
    """The memberships at merged_at; of an unmerged one, those at created_at."""
    EFFORT = "effort"
    """The average over [created_at, merged_at); without such a stretch, as `created`."""


def _check_zone(_instance: object, _attribute: object, name: str) -> None:
    time_zone(name)


def _check_patterns(_instance: object, _attribute: object, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        if not pattern or pattern != pattern.strip():
            raise InvalidValueError("bot pattern", pattern, "a login in which * stands for any characters")


@frozen
class AttributionPolicy:
    """The settings that the stored shares and the views follow; recorded with every roster version."""

    rule: AttributionRule = AttributionRule.CREATED
    time_zone: str = field(default="UTC", validator=_check_zone)
    """IANA name of the zone in which weeks and months begin (R10)."""
    bot_patterns: tuple[str, ...] = field(default=(), validator=_check_patterns)
    """Logins of bots besides GitHub's own; * stands for any characters, ? for one, letter case is of no account."""

    def is_bot(self, author: Author | None, roster: Roster) -> bool:
        """Whether the author is a bot: by account type, by [bot], or by pattern; never one who is on the roster (R11).

        >>> AttributionPolicy(bot_patterns=("ci-*",)).is_bot(Author("CI-deploy"), Roster())
        True
        """
        if author is None or author.is_ghost or roster.person_of(author) is not None:
            return False
        return self.shows_a_bot(author)

    def shows_a_bot(self, author: Author) -> bool:
        """Whether an author who is neither a ghost nor on the roster is a bot, by one of these signs (R11)."""
        if author.account_type == "Bot" or author.login_key.endswith(BOT_SUFFIX):
            return True
        return any(_expression(pattern).fullmatch(author.login) for pattern in self.bot_patterns)


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    """Only * and ? are special: in fnmatch the brackets of [bot] would be a set of letters."""
    translated = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(translated, re.IGNORECASE | re.DOTALL)
