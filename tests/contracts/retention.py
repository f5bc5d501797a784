"""What every Retention does: nothing below the floor stays or comes back, and nothing else is touched."""

from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.errors import ContradictedFactError
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState
from github_tracker.ports.metrics_repository import PageStored
from github_tracker.ports.retention import Losses, MonthLoss, RepositoryLoss
from tests.contracts.store import (
    GADGETS,
    WIDGETS,
    Store,
    attribution_of,
    contents_of,
    facts_of,
    page_of,
    put_facts,
    put_roster,
    stream_of,
)
from tests.unit.examples import MICROSECOND, at, merged, opened, policy_of, roster_of, with_merged_at

FLOOR = at("2024-03-15")
LATER = at("2024-04-01")
ROSTER = roster_of(
    Membership("Platform", "alice", Decimal("0.25")),
    Membership("apps", "alice", Decimal("0.5")),
    Membership("apps", "bob"),
)
ALICE, BOB = Author("alice"), Author("bob")
START = at("2024-01-01")


def closed(number: int, closed_at: datetime | None) -> PullRequest:
    """Return a pull request of bob's that was closed without merging."""
    return evolve(with_merged_at(opened(BOB, START, number), None), closed_at=closed_at)


OLD = (
    merged(ALICE, START, at("2024-01-31T23:59"), number=1),
    evolve(merged(BOB, START, FLOOR - MICROSECOND, number=2), closed_at=LATER),
    closed(3, FLOOR - MICROSECOND),
    merged(Author("ci-deploy"), START, at("2024-02-02"), number=4),
    merged(None, START, at("2024-02-02"), number=5),
)
OLD_GADGET = evolve(OLD[0], repository_id=GADGETS.id)
KEPT = (
    merged(BOB, START, FLOOR, number=10),
    evolve(merged(BOB, START, at("2024-03-20"), number=11), closed_at=START),
    closed(12, FLOOR),
    closed(13, None),
    opened(ALICE, START, number=14),
    merged(ALICE, START, at("2024-05-01"), number=15),
)
LOST = Losses(
    repositories=(RepositoryLoss(WIDGETS, 5, 4, 3), RepositoryLoss(GADGETS, 1, 2, 1)),
    months=(
        MonthLoss("Platform", at("2024-01-01").date(), 2, 0),
        MonthLoss("apps", at("2024-01-01").date(), 2, 0),
        MonthLoss("apps", at("2024-03-01").date(), 1, 2),
    ),
)


class RetentionContract:
    """Pruning and what follows from it; needs a fixture `store`."""

    @pytest.fixture(autouse=True)
    def _filled(self, store: Store) -> None:
        put_roster(store, ROSTER, policy_of("ci-*"))
        put_facts(store, *OLD, *KEPT)
        put_facts(store, OLD_GADGET, repository=GADGETS)

    def test_everything_is_kept_without_a_floor(self, store: Store) -> None:
        """There is none at first."""
        assert store.retention.floor() is None
        assert len(stream_of(store)) == len(OLD) + len(KEPT) + 1

    def test_rehearsal_counts_and_changes_nothing(self, store: Store) -> None:
        """By repository, and by team and month of merging, of which one is lost in part; bots and ghosts have none."""
        before = contents_of(store)
        assert store.retention.rehearse(FLOOR) == LOST
        assert contents_of(store) == before

    def test_rehearsal_is_of_the_floor_that_is_asked_for(self, store: Store) -> None:
        """Whichever is in force."""
        store.retention.prune(FLOOR)
        put_facts(store, *KEPT)
        assert store.retention.rehearse(START) == Losses((), ())
        lost = store.retention.rehearse(LATER)
        assert lost.repositories == (RepositoryLoss(WIDGETS, 3, 3, 0),)
        assert lost.months == (MonthLoss("apps", at("2024-03-01").date(), 2, 0),)

    def test_what_ended_before_the_floor_goes_with_its_shares_and_rests(self, store: Store) -> None:
        """And nothing else: what ended at the floor stays, so does what is open, and what has no instant of closing."""
        assert store.retention.prune(FLOOR) == LOST.repositories
        assert store.retention.floor() == FLOOR
        assert facts_of(store) == KEPT
        assert facts_of(store, GADGETS) == ()
        assert [found.pull_request for found in stream_of(store)] == list(KEPT)
        with closing(store.inspector.findings()) as findings:
            assert list(findings) == []

    def test_other_figures_and_states_stay(self, store: Store) -> None:
        """Those of months after the floor, of each pull request, and how far each repository was read."""
        before = contents_of(store)
        store.retention.prune(FLOOR)
        after = contents_of(store)
        since = at("2024-04-01").date()
        for name, instant in (("velocity", "week"), ("lead_time", "month"), ("unattributed", "week")):
            kept, all_of_it = getattr(after.figures, name), getattr(before.figures, name)
            assert [one for one in kept if getattr(one, instant) >= since] == [
                one for one in all_of_it if getattr(one, instant) >= since
            ]
        assert (after.states, after.in_force, after.history) == (before.states, before.in_force, before.history)
        assert set(after.stream) < set(before.stream)

    def test_pruning_twice_is_pruning_once(self, store: Store) -> None:
        """The second time there is nothing to remove."""
        store.retention.prune(FLOOR)
        once = contents_of(store)
        assert store.retention.prune(FLOOR) == ()
        assert contents_of(store) == once

    def test_floor_does_not_go_back(self, store: Store) -> None:
        """An earlier one is of no account, a later one counts."""
        store.retention.prune(FLOOR)
        assert store.retention.prune(START) == ()
        assert store.retention.floor() == FLOOR
        assert store.retention.prune(LATER) == (RepositoryLoss(WIDGETS, 3, 3, 0),)
        assert store.retention.floor() == LATER

    def test_floor_is_in_utc(self, store: Store) -> None:
        """Whatever it was given in."""
        store.retention.prune(at("2024-03-15T02:00+02:00"))
        assert store.retention.floor() == FLOOR
        assert str(store.retention.floor()) == "2024-03-15 00:00:00+00:00"

    def test_reading_everything_again_changes_nothing(self, store: Store) -> None:
        """Old ones are counted and dropped; not even the state has another version."""
        store.retention.prune(FLOOR)
        before = contents_of(store)
        version = page_of(store).state_version
        assert put_facts(store, *OLD, *KEPT) == PageStored(version, 0, 0, 0, facts_dropped=5)
        assert contents_of(store) == before

    def test_page_that_was_made_before_brings_nothing_back(self, store: Store) -> None:
        """The floor is the one at storing, not at reading; what of the page is young enough is stored."""
        new = merged(BOB, START, LATER, number=20)
        page = page_of(store, *OLD, new, checkpoint=Checkpoint("a cursor"))
        store.retention.prune(FLOOR)
        stored = store.metrics.store_page(page)
        assert (stored.facts_changed, stored.shares_changed, stored.facts_dropped) == (1, 1, 5)
        assert facts_of(store) == (*KEPT, new)

    def test_open_one_that_turns_out_to_have_ended_long_ago_goes(self, store: Store) -> None:
        """Its closing was read only after pruning: the state is the one of reading it before."""
        long_closed = evolve(KEPT[4], state=PullRequestState.CLOSED, closed_at=at("2024-02-01"))
        store.retention.prune(FLOOR)
        stored = put_facts(store, evolve(long_closed, updated_at=at("2024-02-01")))
        assert (stored.facts_changed, stored.shares_changed, stored.facts_dropped) == (1, 3, 1)
        assert facts_of(store) == KEPT[:4] + KEPT[5:]

    def test_older_view_of_an_open_one_removes_nothing(self, store: Store) -> None:
        """It was closed and reopened since (R12)."""
        store.retention.prune(FLOOR)
        seen_before = evolve(closed(14, at("2024-02-01")), author=ALICE, updated_at=START - timedelta(days=1))
        assert put_facts(store, seen_before).facts_changed == 0
        assert facts_of(store) == KEPT

    def test_reopened_one_comes_back_whole(self, store: Store) -> None:
        """With shares and rests; closed again, it has ended later, and stays."""
        store.retention.prune(FLOOR)
        reopened = evolve(opened(ALICE, START, number=3), updated_at=LATER)
        assert put_facts(store, reopened).facts_changed == 1
        assert [share.team for share in attribution_of(store, reopened).shares] == ["Platform", "apps"]
        again = evolve(closed(3, LATER + timedelta(days=1)), author=ALICE, updated_at=LATER + timedelta(days=1))
        assert put_facts(store, again).facts_changed == 1
        assert attribution_of(store, again).pull_request == again

    def test_newest_of_a_page_decides(self, store: Store) -> None:
        """One that stands in it twice, closed long ago and reopened since, is kept, in either order."""
        store.retention.prune(FLOOR)
        reopened = evolve(opened(BOB, START, number=3), updated_at=LATER)
        for page in ((OLD[2], reopened), (reopened, OLD[2])):
            assert put_facts(store, *page).facts_dropped == 0
            assert reopened in facts_of(store)

    def test_contradicted_page_is_refused_whether_expired_or_not(self, store: Store) -> None:
        """An open one that is said to have been closed long ago, and to have been opened at another instant."""
        store.retention.prune(FLOOR)
        other = evolve(closed(14, at("2024-02-01")), created_at=START + MICROSECOND, updated_at=LATER)
        before = contents_of(store)
        with pytest.raises(ContradictedFactError):
            put_facts(store, other)
        assert contents_of(store) == before

    def test_roster_changes_and_forgets_nothing_of_the_floor(self, store: Store) -> None:
        """Only what is stored is attributed again."""
        store.retention.prune(FLOOR)
        result = put_roster(store, roster_of(Membership("Core", "alice")))
        assert result.facts_examined == len(KEPT)
        assert store.retention.floor() == FLOOR

    @pytest.mark.parametrize("floor", [None, START, at("2024-02-01")])
    def test_reset_lets_old_ones_in_again(self, store: Store, floor: datetime | None) -> None:
        """It removes nothing and brings nothing back by itself."""
        store.retention.prune(LATER)
        before = contents_of(store)
        store.retention.reset(floor)
        assert contents_of(store) == evolve(before, floor=floor)
        stored = put_facts(store, *OLD, *KEPT)
        assert stored.facts_dropped == (floor == at("2024-02-01"))
        assert facts_of(store) == (OLD + KEPT if stored.facts_dropped == 0 else OLD[1:] + KEPT)

    def test_empty_repository_loses_nothing(self, store: Store) -> None:
        """Of a floor that lies before everything, no repository is told."""
        assert store.retention.rehearse(START) == Losses((), ())
        assert store.retention.prune(START) == ()
