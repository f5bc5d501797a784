"""What reading a page of GitHub's list costs, in calls: how much for each pull request on it."""

from datetime import UTC, datetime

import pytest

from github_tracker.adapters.github_rest.payload import (
    PullRequestPayload,
    decode_pull_requests,
    fact_of,
    replaced_characters,
)
from github_tracker.adapters.loopback_github.payload import Renderer, encode
from github_tracker.application.simulation.organisation import simulate
from github_tracker.application.simulation.scenario import Scenario
from github_tracker.domain.pull_request import PullRequest
from tests.call_counts import calls_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ORGANISATION = simulate(Scenario(repositories=1, pull_requests=100))
REPOSITORY = ORGANISATION.repositories[0]
PAGE = len(ORGANISATION.pull_requests)


@pytest.fixture(scope="module")
def body() -> bytes:
    """A page of a simulated repository, as GitHub sends it."""
    renderer = Renderer("https://api.github.example")
    return encode([renderer.pull_request(fact, REPOSITORY) for fact in ORGANISATION.pull_requests])


def facts_of(payloads: list[PullRequestPayload]) -> list[PullRequest]:
    """Return the facts of the entries."""
    return [fact_of(payload, REPOSITORY.id, NOON, keeps_title=True) for payload in payloads]


def test_page_is_decoded_in_one_go(body: bytes) -> None:
    """However many entries a page has, the decoder is called once."""
    assert calls_of(lambda: decode_pull_requests(body, REPOSITORY.full_name)) == 2


def test_calls_for_each_fact_are_few(body: bytes) -> None:
    """From an entry to a checked fact: 18 fields, of which most are converted or checked."""
    payloads = decode_pull_requests(body, REPOSITORY.full_name)
    assert len(facts_of(payloads)) == PAGE
    assert calls_of(lambda: facts_of(payloads)) <= 29 * PAGE


def test_calls_to_count_what_is_replaced_are_few(body: bytes) -> None:
    """Texts without anything to replace are looked at all at once."""
    payloads = decode_pull_requests(body, REPOSITORY.full_name)
    assert calls_of(lambda: sum(map(replaced_characters, payloads))) <= 8 * PAGE
