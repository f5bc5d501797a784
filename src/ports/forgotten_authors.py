"""The role of the store for people who want to be forgotten (R13)."""

from abc import ABC, abstractmethod
from datetime import datetime

from attrs import frozen

from github_tracker.domain.forgetting import Forgetting


@frozen
class ForgettingResult:
    """What forgetting changed, or would change."""

    facts_changed: int
    """Pull requests that lost login, id, title and head branch."""
    shares_changed: int
    """Shares that show a pseudonym now; nobody's weight is another."""
    memberships_changed: int
    """Entries of the roster in force; those of former versions are not counted."""


@frozen
class ForgettingOrder:
    """Whom to forget, as found in one version of the roster, with who says so and when."""

    forgetting: Forgetting
    roster_version: int
    changed_by: str
    changed_at: datetime


class ForgottenAuthors(ABC):
    """Replaces people by pseudonyms, once and for whatever comes later."""

    @abstractmethod
    def forget(self, order: ForgettingOrder) -> ForgettingResult:
        """Put pseudonyms in place of logins and ids, in facts, shares and every version of the roster, all or nothing.

        Remembers them by marks only, which stand in the roster in force from then on, under a new version of it: so
        no page is stored that was read before (RosterChangedError there). Every figure, and every attribution by any
        version of the roster, stays what it was. Raises RosterChangedError if the version is not the one in force.
        """

    @abstractmethod
    def rehearse(self, order: ForgettingOrder) -> ForgettingResult:
        """Return what `forget` would change; nothing is written."""
