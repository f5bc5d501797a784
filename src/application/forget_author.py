"""Forget a person: pseudonyms in place of logins and ids, now and whenever GitHub names them again (R13)."""

from contextlib import closing

from attrs import frozen

from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.forgetting import Forgetting, plan_forgetting
from github_tracker.domain.hygiene import AuthorActivity
from github_tracker.domain.pull_request import login_key
from github_tracker.ports.author_directory import AuthorDirectory
from github_tracker.ports.clock import Clock
from github_tracker.ports.forgotten_authors import ForgettingOrder, ForgettingResult, ForgottenAuthors
from github_tracker.ports.roster_repository import RosterInForce, RosterRepository


class CannotForgetError(GitHubTrackerError):
    """Nobody, or nobody who could be forgotten, goes by this login."""


@frozen
class FreshPseudonym:
    """Chosen at random, so that nothing leads back from it."""

    login: str
    first_id: int


@frozen
class ForgettingPlan:
    """Who would be forgotten, and what that changes."""

    order: ForgettingOrder
    result: ForgettingResult


class ForgetAuthor:
    """Finds all that a person is known by, and forgets it."""

    def __init__(
        self, forgotten: ForgottenAuthors, authors: AuthorDirectory, rosters: RosterRepository, clock: Clock
    ) -> None:
        self._forgotten = forgotten
        self._authors = authors
        self._rosters = rosters
        self._clock = clock

    def plan(self, login: str, fresh: FreshPseudonym, changed_by: str) -> ForgettingPlan:
        """Return what would change, writing nothing. Raises CannotForgetError."""
        in_force = self._rosters.in_force()
        with closing(self._authors.activities()) as found:
            activities = tuple(found)
        _refuse_if_forgotten(login, in_force)
        rosters = [version.roster for version in self._rosters.history()]
        forgetting = plan_forgetting(login, rosters, activities, fresh.login, fresh.first_id)
        if forgetting is None:
            raise CannotForgetError(
                f"login {login!r}: no stored pull request and no roster names it; check its spelling"
            )
        _refuse_bots(login, forgetting, in_force, activities)
        order = ForgettingOrder(forgetting, in_force.version, changed_by, self._clock.now())
        return ForgettingPlan(order, self._forgotten.rehearse(order))

    def __call__(self, plan: ForgettingPlan) -> ForgettingResult:
        """Do what was planned. Raises RosterChangedError if the roster is another one meanwhile: plan again."""
        return self._forgotten.forget(plan.order)


def _refuse_if_forgotten(login: str, in_force: RosterInForce) -> None:
    pseudonyms = {mark.pseudonym for mark in in_force.disguise.marks}
    known_as = in_force.disguise.of_login(login)
    if known_as is not None or login_key(login) in pseudonyms:
        raise CannotForgetError(f"login {login!r} is forgotten already; nothing was changed")


def _refuse_bots(
    login: str, forgetting: Forgetting, in_force: RosterInForce, activities: tuple[AuthorActivity, ...]
) -> None:
    """A pseudonym would match none of the patterns, so that figures would count the bot from then on."""
    own = dict(forgetting.logins)
    for activity in activities:
        if activity.author.login_key in own and in_force.policy.is_bot(activity.author, in_force.roster):
            raise CannotForgetError(f"login {login!r} is a bot's, and there is no person to be forgotten")
