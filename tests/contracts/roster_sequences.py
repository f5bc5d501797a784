"""The law of re-attribution: however a store came to its roster and policy, it says what a fresh one would."""

from hypothesis import strategies as st

from github_tracker.application.verify import VerifyStore
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import Roster
from tests.contracts.store import GADGETS, WIDGETS, Store, contents_of, put_facts, put_roster, state_of
from tests.strategies import over_allocated_rosters, policies, pull_request_lists, rosters

Step = tuple[Roster, AttributionPolicy, list[PullRequest]]
"""A roster and a policy that come into force, and what is collected then."""


def sequences() -> st.SearchStrategy[list[Step]]:
    """One to four changes of roster, rule, zone and bots, with pull requests that come in between, each once."""
    step = st.tuples(rosters() | over_allocated_rosters(), policies(), pull_request_lists(max_size=4))
    return st.lists(step, min_size=1, max_size=4).map(_each_once)


def assert_same_as_fresh(store: Store, fresh: Store, steps: list[Step]) -> None:
    """One store goes through all steps, the other begins with the last roster and policy."""
    for roster, policy, facts in steps:
        put_roster(store, roster, policy)
        _put(store, facts)
    roster, policy, _ = steps[-1]
    put_roster(fresh, roster, policy)
    _put(fresh, [fact for _, _, facts in steps for fact in facts])
    gone, made = contents_of(store), contents_of(fresh)
    assert gone.stream == made.stream
    assert gone.figures == made.figures
    assert VerifyStore(store.attributions, store.inspector, store.reports, store.rosters)().findings == ()


def _put(store: Store, facts: list[PullRequest]) -> None:
    for repository in (WIDGETS, GADGETS):
        state_of(store, repository)
        put_facts(store, *(fact for fact in facts if fact.repository_id == repository.id), repository=repository)


def _each_once(steps: list[Step]) -> list[Step]:
    seen: set[tuple[int, int]] = set()
    once: list[Step] = []
    for roster, policy, facts in steps:
        new = [fact for fact in facts if fact.key not in seen]
        seen |= {fact.key for fact in new}
        once.append((roster, policy, new))
    return once
