"""The in-memory GitHub keeps the contract of the port, and its pages are as small as a test wants them."""

import pytest

from github_tracker.adapters.memory import MemoryClock, MemoryGitHubSource
from github_tracker.domain.checkpoint import Checkpoint
from tests.contracts.github_source import NOW, WIDGETS, GitHubSourceContract, fact, numbers


@pytest.fixture
def stage() -> MemoryGitHubSource:
    """A GitHub in memory with one empty repository."""
    github = MemoryGitHubSource(MemoryClock(NOW))
    github.put_repository(WIDGETS)
    return github


@pytest.fixture
def source(stage: MemoryGitHubSource) -> MemoryGitHubSource:
    """It is its own source."""
    return stage


class TestMemoryGitHubSource(GitHubSourceContract):
    """What every source promises."""


def test_pages_hold_as_many_as_are_wanted() -> None:
    """For tests of what happens between pages, a few are enough."""
    github = MemoryGitHubSource(MemoryClock(NOW), page_size=2)
    github.put_repository(WIDGETS)
    github.put(*map(fact, range(1, 6)))
    assert [numbers([page]) for page in github.pages(WIDGETS, Checkpoint())] == [[1, 2], [3, 4], [5]]
