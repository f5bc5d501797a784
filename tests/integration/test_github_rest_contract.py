"""The REST source keeps the contract of the port, over real HTTP."""

from collections.abc import Iterator

import pytest

from github_tracker.adapters.memory import MemoryClock
from github_tracker.ports.github_source import GitHubSource
from tests.contracts.github_source import NOW, WIDGETS, GitHubSourceContract
from tests.integration.rest_reader import Reader
from tests.scripted_github import ScriptedGitHub


@pytest.fixture
def clock() -> MemoryClock:
    """Time that passes only in waits."""
    return MemoryClock(NOW)


@pytest.fixture
def stage(clock: MemoryClock) -> Iterator[ScriptedGitHub]:
    """A GitHub with one empty repository."""
    with ScriptedGitHub(clock) as github:
        github.put_repository(WIDGETS)
        yield github


@pytest.fixture
def source(stage: ScriptedGitHub, clock: MemoryClock) -> GitHubSource:
    """A source that reads from it."""
    return Reader(stage.url, clock).source


class TestGitHubRestSource(GitHubSourceContract):
    """What every source promises."""
