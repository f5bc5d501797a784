"""Who counts as a bot, and which settings are refused (R7, R10, R11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.domain.attribution import Attributor
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster
from tests.strategies import authors, policies, rosters
from tests.unit.examples import at, opened, policy_of, roster_of


@pytest.mark.parametrize(
    ("author", "is_bot"),
    [
        (Author("dependabot[bot]", 1, "Bot"), True),
        (Author("renovate[BOT]"), True),
        (Author("build-user", 1, "Bot"), True),
        (Author("build-user", 1, "User"), False),
        (Author("robot"), False),
        (Author("my[bot]friend"), False),
        (Author("ghost", 1, "Bot"), False),
        (None, False),
    ],
)
def test_a_bot_is_told_by_type_or_ending(author: Author | None, is_bot: bool) -> None:
    """Account type Bot or a login that ends in [bot]; the ghost is nobody (R11)."""
    assert AttributionPolicy().is_bot(author, Roster()) is is_bot


@pytest.mark.parametrize(
    ("pattern", "login", "is_bot"),
    [
        ("ci-*", "ci-deploy", True),
        ("ci-*", "CI-", True),
        ("CI-*", "ci-deploy", True),
        ("ci-*", "my-ci-deploy", False),
        ("*-ci", "my-ci-deploy", False),
        ("ci-?", "ci-1", True),
        ("ci-?", "ci-12", False),
        ("ci.1", "ci-1", False),
        ("ci", "ci-1", False),
        ("own[app]", "own[app]", True),
        ("own[app]", "owna", False),
        ("*", "anybody", True),
    ],
)
def test_a_pattern_stands_for_whole_logins(pattern: str, login: str, is_bot: bool) -> None:
    """Only * and ? are special, and letter case is of no account (R11)."""
    assert policy_of("never", pattern).is_bot(Author(login), Roster()) is is_bot


def test_who_stands_on_the_roster_is_no_bot() -> None:
    """By username, alias or numeric id; neither type, ending nor pattern counts then (R11)."""
    roster = roster_of(
        Membership("Core", "my-app[bot]", aliases=("old-app[bot]",)), Membership("Core", "ci-deploy", github_id=7)
    )
    policy = policy_of("*")
    for author in (Author("My-App[bot]", 1, "Bot"), Author("old-app[bot]"), Author("renamed", 7, "Bot")):
        assert not policy.is_bot(author, roster)
    assert policy.is_bot(Author("other-app[bot]"), roster)


def test_a_bot_with_a_freed_login_is_a_bot() -> None:
    """Its numeric id is not the roster's, so it does not stand on the roster (R2, R11)."""
    roster = roster_of(Membership("Core", "alice", github_id=7))
    assert AttributionPolicy().is_bot(Author("alice", 8, "Bot"), roster)


@given(rosters(), policies(), authors())
def test_a_bot_is_attributed_like_anyone(roster: Roster, policy: AttributionPolicy, author: Author | None) -> None:
    """Being a bot is a flag beside the credit; who is one is on no roster, so all of it is left over (R11)."""
    attribution = Attributor(roster, policy).attribute(opened(author, at("2024-03-01")))
    assert attribution.is_bot == policy.is_bot(author, roster)
    if attribution.is_bot:
        assert attribution.shares == ()
        assert [rest.weight for rest in attribution.rest] == [1]


def test_the_defaults_are_created_and_utc() -> None:
    """By default the memberships at created_at decide, weeks begin in UTC, and no pattern is known (R7, R10)."""
    policy = AttributionPolicy()
    assert (policy.rule, policy.time_zone, policy.bot_patterns) == (AttributionRule.CREATED, "UTC", ())


def test_an_unknown_zone_is_refused() -> None:
    """A policy's weeks and months can always be told (R10)."""
    with pytest.raises(InvalidValueError, match="Mars/Olympus"):
        AttributionPolicy(time_zone="Mars/Olympus")


@given(st.sampled_from(("", " ci-*", "ci-* ", "\t")))
def test_patterns_that_can_never_match_are_refused(pattern: str) -> None:
    """An empty pattern, or one with spaces around it, is a mistake."""
    with pytest.raises(InvalidValueError) as refusal:
        policy_of("fine", pattern)
    assert refusal.value.value == pattern
