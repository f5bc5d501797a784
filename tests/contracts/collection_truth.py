"""What must be true of a store at every moment, whoever collects, and what must be in it in the end."""

from collections import Counter
from datetime import datetime

from github_tracker.domain.attribution import Attributor
from github_tracker.domain.checkpoint import OVERLAP
from github_tracker.domain.pull_request import PullRequest, PullRequestState, Repository
from github_tracker.ports.collection_repository import CollectionState
from tests.contracts.moving_github import MovingGitHub
from tests.contracts.store import EVERYTHING, Store, attribution_of, facts_of, shares_of


class StoreWatch:
    """Looks at a store after every step, and remembers how far each repository had come."""

    def __init__(self, store: Store, github: MovingGitHub) -> None:
        self._store = store
        self._github = github
        self._watermarks: dict[int, datetime] = {}

    def states(self) -> dict[int, CollectionState]:
        """Return the states of all repositories by their id."""
        return {state.repository.id: state for state in self._store.collection.states()}

    def check_watermarks(self, is_everything_shown: bool) -> None:
        """None decreases; and none passes what was not seen, as far as lists tell."""
        for repository_id, state in self.states().items():
            before, watermark = self._watermarks.get(repository_id), state.checkpoint.watermark
            assert before is None or (watermark is not None and watermark >= before)
            if watermark is not None:
                self._watermarks[repository_id] = watermark
                if is_everything_shown:
                    self._check_nothing_passed(repository_id, watermark)

    def check_shares(self) -> None:
        """Every share is what attribute() gives by the roster in force; every pull request is there once, and whole."""
        in_force = self._store.rosters.in_force()
        attributor = Attributor(in_force.roster, in_force.policy)
        facts = self._facts()
        for fact in facts:
            stored = attribution_of(self._store, fact)
            assert stored == attributor.attribute(fact)
            assert sum(part.weight for part in stored.shares) + sum(part.weight for part in stored.rest) == 1
        assert all(times == 1 for times in Counter(fact.key for fact in facts).values())
        lines = shares_of(self._store)
        assert len({(line.team, line.repository, line.number) for line in lines}) == len(lines)

    def check_conservation(self) -> None:
        """What the teams earned and what nobody did add up to the merged pull requests that no bot opened (R6)."""
        merged = [fact for fact in self._facts() if fact.state is PullRequestState.MERGED]
        people = [fact for fact in merged if not attribution_of(self._store, fact).is_bot]
        reports = self._store.reports
        earned = sum(week.weighted_prs_merged for week in reports.velocity(EVERYTHING))
        assert earned + sum(week.weighted_prs_merged for week in reports.unattributed(EVERYTHING)) == len(people)

    def check_everything_is_there(self, repository_ids: set[int]) -> None:
        """Every pull request that GitHub shows of these repositories is stored as it stands there."""
        for repository_id in repository_ids:
            shown, stored = self._github.shown(repository_id), self._stored(repository_id)
            assert {number: stored.get(number) for number in shown} == shown

    def _check_nothing_passed(self, repository_id: int, watermark: datetime) -> None:
        """All that lies more than the overlap before the watermark has been seen as it stands."""
        stored = self._stored(repository_id)
        for number, fact in self._github.shown(repository_id).items():
            assert fact.updated_at >= watermark - OVERLAP or stored.get(number) == fact, f"{fact} was passed"

    def _stored(self, repository_id: int) -> dict[int, PullRequest]:
        return {fact.number: fact for fact in facts_of(self._store, Repository(repository_id, ""))}

    def _facts(self) -> list[PullRequest]:
        return [fact for repository_id in self._github.names for fact in self._stored(repository_id).values()]
