"""What every MetricsRepository does with pages: facts, shares and checkpoint, once and together."""

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.domain.attribution import Rest, Share
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState
from github_tracker.ports.metrics_repository import PageStored
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
    shares_of,
    state_of,
)
from tests.unit.examples import at, opened, roster_of, with_merged_at

ROSTER = roster_of(Membership("Platform", "alice", Decimal("0.6")), Membership("Apps", "bob"))

FULL = PullRequest(
    repository_id=1,
    number=7,
    author=Author("alice", 101, "User"),
    state=PullRequestState.MERGED,
    created_at=at("2024-01-01T10:00:00.000001"),
    updated_at=at("2024-01-03"),
    observed_at=at("2024-01-04T00:00:00.999999"),
    merged_at=at("2024-01-02T11:30"),
    closed_at=at("2024-01-02T11:31"),
    github_id=2**62,
    title="Add the widget",
    author_association="MEMBER",
    is_draft=True,
    base_branch="main",
    head_branch="topic/1",
    merge_commit="0" * 40,
    labels=("ready", "bug", "bug"),
)
BARE = opened(None, at("2024-01-01"), number=8)

OTHER_CONTENTS = {
    "author": evolve(FULL, author=Author("bob", 102, "User")),
    "author login case": evolve(FULL, author=Author("Alice", 101, "User")),
    "author id": evolve(FULL, author=Author("alice", 103, "User")),
    "account type": evolve(FULL, author=Author("alice", 101, "Mannequin")),
    "ghost": evolve(FULL, author=None),
    "state": evolve(FULL, state=PullRequestState.CLOSED, merged_at=None),
    "reopened": evolve(FULL, state=PullRequestState.OPEN, merged_at=None, closed_at=None),
    "updated_at": evolve(FULL, updated_at=FULL.updated_at + timedelta(microseconds=1)),
    "merged_at": evolve(FULL, merged_at=at("2024-01-02T11:30:00.000001")),
    "closed_at": evolve(FULL, closed_at=None),
    "github_id": evolve(FULL, github_id=None),
    "title": evolve(FULL, title=""),
    "no title": evolve(FULL, title=None),
    "association": evolve(FULL, author_association=None),
    "draft": evolve(FULL, is_draft=False),
    "base": evolve(FULL, base_branch="develop"),
    "head": evolve(FULL, head_branch=None),
    "merge commit": evolve(FULL, merge_commit="f" * 40),
    "order of labels": evolve(FULL, labels=("bug", "ready", "bug")),
    "no labels": evolve(FULL, labels=()),
}
BY_CONTENT = pytest.mark.parametrize("other", OTHER_CONTENTS.values(), ids=OTHER_CONTENTS)

CHECKPOINT = Checkpoint("a cursor", at("2024-05-01"), 'W/"etag"', at("2024-04-01"))


def earlier(fact: PullRequest, updated: timedelta = timedelta(0), observed: timedelta = timedelta(0)) -> PullRequest:
    """Return another content of the fact that was updated and observed that much earlier."""
    return evolve(fact, title="other", updated_at=fact.updated_at - updated, observed_at=fact.observed_at - observed)


class MetricsContract:
    """One page at a time, or nothing of it; needs a fixture `store`."""

    def test_page_is_read_back_as_it_was_stored(self, store: Store) -> None:
        """Facts come back with every field, the attribution with its shares, the state with the checkpoint."""
        put_roster(store, ROSTER)
        page = page_of(store, FULL, BARE, checkpoint=CHECKPOINT)
        assert store.metrics.store_page(page) == PageStored(1, facts_changed=2, shares_changed=3)
        assert facts_of(store) == (FULL, BARE)
        assert [fact.observed_at for fact in facts_of(store)] == [FULL.observed_at, BARE.observed_at]
        assert (attribution_of(store, FULL), attribution_of(store, BARE)) == page.attributions
        assert attribution_of(store, FULL).shares == (Share("Platform", Decimal("0.6")),)
        assert attribution_of(store, FULL).rest == (Rest(RestReason.PART_TIME, Decimal("0.4")),)
        assert state_of(store).checkpoint == CHECKPOINT

    def test_storing_twice_writes_nothing_the_second_time(self, store: Store) -> None:
        """The same page, continued from where the first left it, changes no fact, no share and no version."""
        put_roster(store, ROSTER)
        first = put_facts(store, FULL, BARE, checkpoint=CHECKPOINT)
        before = contents_of(store)
        assert put_facts(store, FULL, BARE, checkpoint=CHECKPOINT) == PageStored(first.state_version, 0, 0)
        assert contents_of(store) == before

    def test_page_without_facts_and_news_writes_nothing(self, store: Store) -> None:
        """An unchanged repository costs no version."""
        assert put_facts(store) == PageStored(0, 0, 0)
        assert state_of(store).version == 0

    def test_checkpoint_alone_moves_the_state(self, store: Store) -> None:
        """A page that brings only a new checkpoint is stored as well."""
        assert put_facts(store, checkpoint=CHECKPOINT) == PageStored(1, 0, 0)
        assert (state_of(store).checkpoint, state_of(store).version) == (CHECKPOINT, 1)

    @pytest.mark.parametrize(
        "other",
        [
            evolve(CHECKPOINT, cursor=None),
            evolve(CHECKPOINT, watermark=at("2024-05-02")),
            evolve(CHECKPOINT, etag=None),
            evolve(CHECKPOINT, walked_at=None),
        ],
        ids=["cursor", "watermark", "etag", "walked_at"],
    )
    def test_every_part_of_a_checkpoint_is_stored(self, store: Store, other: Checkpoint) -> None:
        """Whatever differs is kept, and what went is gone."""
        put_facts(store, checkpoint=CHECKPOINT)
        assert put_facts(store, checkpoint=other).state_version == 2
        assert state_of(store).checkpoint == other

    @pytest.mark.parametrize("watermark", [None, at("2024-04-30T23:59:59.999999")])
    def test_watermark_never_decreases(self, store: Store, watermark: datetime | None) -> None:
        """An earlier or absent one leaves the stored one, while the rest of the checkpoint is taken."""
        put_facts(store, checkpoint=CHECKPOINT)
        stored = put_facts(store, FULL, checkpoint=evolve(CHECKPOINT, cursor="on", watermark=watermark))
        assert (stored.state_version, stored.facts_changed) == (2, 1)
        assert state_of(store).checkpoint == evolve(CHECKPOINT, cursor="on")

    @pytest.mark.parametrize(
        ("lateness", "repaired"), [(timedelta(minutes=10), 0), (timedelta(minutes=10, microseconds=1), 1)]
    )
    def test_change_behind_the_watermark_counts_as_repaired(
        self, store: Store, lateness: timedelta, repaired: int
    ) -> None:
        """Updated more than the overlap before it; not so the first time, nor when nothing changes."""
        watermark = FULL.updated_at + lateness
        known = earlier(FULL, updated=timedelta(hours=1))
        assert put_facts(store, known, BARE, checkpoint=Checkpoint(watermark=watermark)).facts_repaired == 0
        assert put_facts(store, FULL, BARE).facts_repaired == repaired
        assert put_facts(store, FULL, BARE).facts_repaired == 0

    def test_earlier_watermark_alone_writes_nothing(self, store: Store) -> None:
        """A page whose only difference is a watermark that does not count changes nothing."""
        put_facts(store, checkpoint=CHECKPOINT)
        assert put_facts(store, checkpoint=evolve(CHECKPOINT, watermark=None)) == PageStored(1, 0, 0)

    @BY_CONTENT
    def test_equal_timestamps_with_other_content_overwrite(self, store: Store, other: PullRequest) -> None:
        """On an exact tie the later arrival wins, in whichever column it differs, and its share follows (R12)."""
        put_roster(store, ROSTER)
        put_facts(store, FULL)
        page = page_of(store, other)
        assert store.metrics.store_page(page).facts_changed == 1
        assert facts_of(store) == (other,)
        assert attribution_of(store, other) == page.attributions[0]
        lines = {(line.team, line.author, line.weight) for line in shares_of(store)}
        login = "" if other.author is None else other.author.login
        assert lines == {(share.team, login, share.weight) for share in page.attributions[0].shares}

    @BY_CONTENT
    def test_older_observation_does_not_overwrite(self, store: Store, other: PullRequest) -> None:
        """Whatever it says, what was updated before the stored one is dropped (R12)."""
        put_roster(store, ROSTER)
        newer = evolve(other, updated_at=other.updated_at + timedelta(days=1))
        put_facts(store, newer)
        before = contents_of(store)
        assert put_facts(store, FULL) == PageStored(1, 0, 0)
        assert contents_of(store) == before

    def test_observation_made_earlier_does_not_overwrite(self, store: Store) -> None:
        """Of two contents with one updated_at the later observed one stays (R12)."""
        put_facts(store, FULL)
        assert put_facts(store, earlier(FULL, observed=timedelta(microseconds=1))).facts_changed == 0
        assert facts_of(store) == (FULL,)

    def test_update_counts_before_the_observation(self, store: Store) -> None:
        """What was updated later wins even if it was observed earlier (R12)."""
        put_facts(store, earlier(FULL, updated=timedelta(microseconds=1), observed=timedelta(days=-9)))
        assert put_facts(store, FULL).facts_changed == 1
        assert facts_of(store) == (FULL,)
        assert [fact.observed_at for fact in facts_of(store)] == [FULL.observed_at]

    def test_equal_content_observed_later_writes_nothing(self, store: Store) -> None:
        """The fact keeps the time at which its content was seen first (R12)."""
        put_facts(store, FULL)
        assert put_facts(store, evolve(FULL, observed_at=at("2024-12-31"))) == PageStored(1, 0, 0)
        assert [fact.observed_at for fact in facts_of(store)] == [FULL.observed_at]

    @pytest.mark.parametrize("is_reversed", [False, True])
    def test_pull_request_twice_on_a_page_counts_once(self, store: Store, is_reversed: bool) -> None:
        """The newer observation is stored, wherever it stands on the page."""
        put_roster(store, ROSTER)
        rows = (earlier(FULL, updated=timedelta(days=1)), FULL, earlier(FULL, observed=timedelta(days=1)))
        stored = put_facts(store, *(rows[::-1] if is_reversed else rows))
        assert stored == PageStored(1, facts_changed=1, shares_changed=2)
        assert facts_of(store) == (FULL,)

    def test_last_of_a_tie_on_one_page_is_stored(self, store: Store) -> None:
        """Twice on one page with one time and two contents: the last one, and the same page again changes nothing."""
        put_facts(store, earlier(FULL), FULL)
        assert facts_of(store) == (FULL,)
        assert put_facts(store, earlier(FULL), FULL) == PageStored(1, 0, 0)

    def test_pages_in_any_order_give_the_same(self, store: Store) -> None:
        """Overlapping pages that come late and again leave the newest of everything (R12)."""
        put_roster(store, ROSTER)
        first = [evolve(BARE, number=number) for number in (1, 2, 3)]
        later = [evolve(fact, title="later", updated_at=at("2024-02-01")) for fact in first[1:]]
        for page in (later, first, later[:1], first[1:], first):
            put_facts(store, *page)
        assert facts_of(store) == (first[0], *later)
        assert state_of(store).version == 2

    def test_shares_of_a_former_author_are_removed(self, store: Store) -> None:
        """Whoever no longer earns leaves neither share nor rest behind; all parts that change are counted."""
        put_roster(store, ROSTER)
        put_facts(store, FULL)
        assert put_facts(store, evolve(FULL, author=Author("bob"))).shares_changed == 3
        assert attribution_of(store, FULL).shares == (Share("Apps", Decimal(1)),)
        assert attribution_of(store, FULL).rest == ()
        assert [line.team for line in shares_of(store)] == ["Apps"]
        assert put_facts(store, evolve(FULL, author=None)).shares_changed == 2
        assert attribution_of(store, FULL).rest == (Rest(RestReason.GHOST, Decimal(1)),)
        assert shares_of(store) == ()

    def test_shares_move_when_the_merge_decides(self, store: Store) -> None:
        """Under `merged` the team of the merge replaces that of the creation (R7)."""
        moved = at("2024-02-01")
        here = Membership("Platform", "alice", left_at=moved)
        there = Membership("Apps", "alice", joined_at=moved)
        put_roster(store, roster_of(here, there), AttributionPolicy(AttributionRule.MERGED))
        fact = opened(Author("alice"), at("2024-01-15"))
        put_facts(store, fact)
        assert [line.team for line in shares_of(store)] == ["Platform"]
        assert put_facts(store, with_merged_at(fact, moved)).shares_changed == 2
        assert [(line.team, line.rule) for line in shares_of(store)] == [("Apps", AttributionRule.MERGED)]

    def test_unchanged_share_of_a_changed_fact_is_not_counted(self, store: Store) -> None:
        """Another title is a changed fact, and no changed share."""
        put_roster(store, ROSTER)
        put_facts(store, FULL)
        assert put_facts(store, evolve(FULL, title="other")) == PageStored(2, facts_changed=1, shares_changed=0)

    def test_repositories_do_not_touch_each_other(self, store: Store) -> None:
        """One number in two repositories is two pull requests, and each has its own state."""
        put_facts(store, FULL)
        other = evolve(FULL, repository_id=GADGETS.id, title="other")
        assert put_facts(store, other, checkpoint=CHECKPOINT, repository=GADGETS) == PageStored(1, 1, 1)
        assert (facts_of(store), facts_of(store, GADGETS)) == ((FULL,), (other,))
        assert state_of(store).checkpoint == Checkpoint()

    def test_facts_come_by_number(self, store: Store) -> None:
        """Whatever the order of arrival, and however many there are."""
        numbers = [*range(2100, 1000, -1), *range(1, 1001)]
        put_facts(store, *(evolve(BARE, number=number) for number in numbers))
        assert [fact.number for fact in facts_of(store)] == sorted(numbers)

    def test_unknown_pull_request_has_no_attribution(self, store: Store) -> None:
        """Neither another number nor another repository leads to one, and a repository without facts has none."""
        put_facts(store, FULL)
        assert store.metrics.attribution(1, 8) is None
        assert store.metrics.attribution(2, 7) is None
        assert facts_of(store, GADGETS) == ()

    def test_facts_need_not_be_read_to_the_end(self, store: Store) -> None:
        """A closed generator is done with; the store goes on as if it had been read out."""
        put_facts(store, *(evolve(BARE, number=number) for number in range(1, 4)))
        for _ in range(5):
            with closing(store.metrics.pull_requests(WIDGETS.id)) as facts:
                assert next(facts).number == 1
        assert put_facts(store, FULL).facts_changed == 1

    @pytest.mark.parametrize("rule", AttributionRule)
    def test_shares_and_rest_are_one(self, store: Store, rule: AttributionRule) -> None:
        """What is stored of each pull request adds up to exactly 1 (R6)."""
        thirds = (Membership(team, "alice", Decimal("0.333333"), at("2024-01-02")) for team in ("Apps", "Öl", "Core"))
        put_roster(store, roster_of(*thirds), AttributionPolicy(rule))
        put_facts(store, FULL, BARE)
        assert [total(store, fact) for fact in facts_of(store)] == [Decimal(1), Decimal(1)]


def total(store: Store, fact: PullRequest) -> Decimal:
    """Return the sum of the fact's stored shares and rest."""
    stored = attribution_of(store, fact)
    parts: Iterable[Share | Rest] = (*stored.shares, *stored.rest)
    return sum((part.weight for part in parts), Decimal(0))
