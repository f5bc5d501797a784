"""What every FigureDetails answers: the pull requests behind a figure, and how their cycle times are distributed."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.domain.cycle_time_distribution import BUCKETS, MonthDistribution
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author
from github_tracker.ports.errors import UnknownTeamError
from github_tracker.ports.figure_details import DetailScope, PullRequestDetail
from github_tracker.ports.report_repository import ReportScope
from tests.contracts.reports import fill
from tests.contracts.store import EVERYTHING, GADGETS, Store, put_facts, put_roster
from tests.unit.examples import at, merged, opened, roster_of

JANUARY, FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)
ALWAYS = (date(1970, 1, 1), date(9999, 12, 31))
HOUR = 3600
MANY = 100


def numbers(found: tuple[PullRequestDetail, ...]) -> list[int]:
    """Return the pull requests' numbers, in order."""
    return [detail.position.number for detail in found]


def month(
    team: str | None, begins_on: date, buckets: dict[int, tuple[int, str]], untimed: int = 0
) -> MonthDistribution:
    """Return a month with these buckets filled."""
    prs, weights = [0] * BUCKETS, [Decimal(0)] * BUCKETS
    for bucket, (count, weight) in buckets.items():
        prs[bucket], weights[bucket] = count, Decimal(weight)
    return MonthDistribution(team, begins_on, tuple(prs), tuple(weights), untimed)


class FigureDetailsContract:
    """Pull requests and distributions; needs a fixture `store` that is empty."""

    def test_empty_store_has_nothing_behind_its_figures(self, store: Store) -> None:
        """Of no team, that is; any other is unknown."""
        assert store.details.pull_requests(DetailScope(None, *ALWAYS), MANY) == ()
        assert store.details.distribution(EVERYTHING) == ()
        with pytest.raises(UnknownTeamError):
            store.details.pull_requests(DetailScope("apps", *ALWAYS), MANY)
        with pytest.raises(UnknownTeamError):
            store.details.distribution(ReportScope("apps"))

    def test_pull_request_tells_what_readers_need(self, store: Store) -> None:
        """Where it is, whose it is, when it merged, how long it took, and the team's part of it."""
        fill(store)
        first, *_ = store.details.pull_requests(DetailScope("apps", *ALWAYS), MANY)
        (fact,) = [fact for fact in store.metrics.pull_requests(1) if fact.number == 1]
        assert first == PullRequestDetail(
            position=first.position,
            repository="Acme/Widgets",
            title=fact.title,
            author="alice",
            created_at=at("2024-01-01"),
            cycle_time_seconds=HOUR,
            weight=Decimal("0.5"),
        )
        assert (first.position.merged_at, first.position.repository_id) == (at("2024-01-01T01:00"), 1)

    def test_pull_requests_come_by_merging(self, store: Store) -> None:
        """Open ones and those of bots are behind no figure; two of one instant go by repository and number."""
        fill(store)
        again = merged(Author("alice"), at("2024-01-01"), at("2024-01-01T01:00"), number=1)
        put_facts(store, evolve(again, repository_id=2), repository=GADGETS)
        put_facts(store, evolve(again, number=12))
        found = store.details.pull_requests(DetailScope("apps", *ALWAYS), MANY)
        places = [(detail.position.repository_id, detail.position.number) for detail in found]
        assert places == [(1, 1), (1, 12), (2, 1), (1, 2), (1, 3), (1, 4)]
        assert [detail.repository for detail in found[1:3]] == ["Acme/Widgets", "Acme/Gadgets"]

    def test_what_no_team_earned_is_told_with_its_reasons(self, store: Store) -> None:
        """Each pull request once, with all that was left of it."""
        fill(store)
        found = store.details.pull_requests(DetailScope(None, *ALWAYS), MANY)
        assert [(detail.position.number, detail.weight, detail.reasons) for detail in found] == [
            (5, 1, (RestReason.ZERO_WEIGHT,)),
            (1, Decimal("0.25"), (RestReason.PART_TIME,)),
            (6, 1, (RestReason.UNKNOWN_LOGIN,)),
            (3, Decimal("0.25"), (RestReason.PART_TIME,)),
        ]
        assert [detail.author for detail in found] == ["carol", "alice", "stranger", "alice"]

    def test_several_reasons_of_one_pull_request_stand_together(self, store: Store) -> None:
        """Half the time nowhere, and then half in a team: three quarters are left for two reasons."""
        joined_at, instant = at("2024-01-01T02:00"), at("2024-01-01")
        roster = roster_of(Membership("apps", "bob", Decimal("0.5"), joined_at=joined_at))
        put_roster(store, roster, AttributionPolicy(AttributionRule.EFFORT))
        put_facts(store, merged(Author("bob"), instant, at("2024-01-01T04:00")), merged(None, instant, instant, 2))
        of_nobody, of_bob = store.details.pull_requests(DetailScope(None, *ALWAYS), MANY)
        assert (of_bob.weight, of_bob.reasons) == (Decimal("0.75"), (RestReason.JOINED_LATER, RestReason.PART_TIME))
        assert (of_nobody.author, of_nobody.reasons) == (None, (RestReason.GHOST,))

    @pytest.mark.parametrize(
        ("days", "wanted"),
        [
            (("2024-01-01", "2024-01-08"), [1, 2]),
            (("2024-01-08", "2024-01-09"), [3]),
            (("2024-01-02", "2024-01-07"), []),
            (("2024-02-09", "2024-02-10"), [4]),
            (("2024-01-08", "2024-01-08"), []),
        ],
    )
    def test_days_of_merging_are_half_open(self, store: Store, days: tuple[str, str], wanted: list[int]) -> None:
        """The last microsecond of a week belongs to it, and midnight to the next one."""
        fill(store)
        since, until = map(date.fromisoformat, days)
        assert numbers(store.details.pull_requests(DetailScope("apps", since, until), MANY)) == wanted

    def test_days_begin_in_the_reporting_zone(self, store: Store) -> None:
        """Half an hour before the year ends in UTC is January in Berlin (R10)."""
        put_roster(store, roster_of(Membership("apps", "bob")), AttributionPolicy(time_zone="Europe/Berlin"))
        instant = at("2023-12-31T23:30")
        put_facts(store, merged(Author("bob"), instant, instant), merged(Author("stranger"), instant, instant, 2))
        day = (JANUARY, date(2024, 1, 2))
        assert numbers(store.details.pull_requests(DetailScope("apps", *day), MANY)) == [1]
        assert numbers(store.details.pull_requests(DetailScope(None, *day), MANY)) == [2]
        assert [found.month for found in store.details.distribution(EVERYTHING)] == [JANUARY, JANUARY]

    @pytest.mark.parametrize(
        ("bounds", "earned", "left"),
        [
            ((None, None), [1, 2, 3, 4], [5, 1, 6, 3]),
            ((0, None), [1, 2, 3], [5, 1, 6, 3]),
            ((HOUR, 3 * HOUR), [1], [1]),
            ((None, HOUR), [], [5]),
            ((3 * HOUR, None), [2, 3], [6, 3]),
        ],
    )
    def test_cycle_times_are_half_open(
        self, store: Store, bounds: tuple[int | None, int | None], earned: list[int], left: list[int]
    ) -> None:
        """With any bound, those without a cycle time are left out (R9)."""
        fill(store)
        assert numbers(store.details.pull_requests(DetailScope("apps", *ALWAYS, *bounds), MANY)) == earned
        assert numbers(store.details.pull_requests(DetailScope(None, *ALWAYS, *bounds), MANY)) == left

    @pytest.mark.parametrize("team", ["apps", None])
    def test_pages_give_the_same_as_all_at_once(self, store: Store, team: str | None) -> None:
        """Whatever their size: each goes on behind the position that the one before ended with."""
        fill(store)
        scope = DetailScope(team, *ALWAYS)
        whole = store.details.pull_requests(scope, MANY)
        assert len(whole) == 4
        for size in (1, 3, 4):
            assert tuple(_pages(store, scope, size)) == whole

    def test_distribution_counts_by_team_month_and_bucket(self, store: Store) -> None:
        """Plain and weighted, untimed ones apart, bots nowhere; what no team earned comes last."""
        fill(store)
        assert store.details.distribution(EVERYTHING) == (
            month("Platform", JANUARY, {1: (1, "0.25"), 2: (1, "0.25")}),
            month("apps", JANUARY, {1: (1, "0.5"), 2: (1, "0.5"), 8: (1, "1")}),
            month("apps", FEBRUARY, {}, untimed=1),
            month(None, JANUARY, {0: (1, "1"), 1: (1, "0.25"), 2: (1, "0.25"), 9: (1, "1")}),
        )

    @pytest.mark.parametrize(
        ("scope", "wanted"),
        [
            (ReportScope("apps"), [("apps", JANUARY), ("apps", FEBRUARY)]),
            (ReportScope("apps", since=date(2024, 1, 2)), [("apps", FEBRUARY)]),
            (ReportScope(until=date(2024, 1, 2)), [("Platform", JANUARY), ("apps", JANUARY), (None, JANUARY)]),
            (ReportScope(until=JANUARY), []),
            (ReportScope(since=FEBRUARY), [("apps", FEBRUARY)]),
            (ReportScope("Nobody's"), []),
            (ReportScope(since=date(9999, 12, 2)), []),
        ],
        ids=str,
    )
    def test_distribution_covers_months_whose_first_day_is_in_the_scope(
        self, store: Store, scope: ReportScope, wanted: list[tuple[str | None, date]]
    ) -> None:
        """As lead time does; one team's scope leaves out what no team earned."""
        fill(store)
        assert [(found.team, found.month) for found in store.details.distribution(scope)] == wanted

    def test_unmerged_pull_requests_are_behind_nothing(self, store: Store) -> None:
        """However they were credited."""
        put_roster(store, roster_of(Membership("apps", "bob")))
        put_facts(store, opened(Author("bob"), at("2024-01-01")), opened(Author("stranger"), at("2024-01-01"), 2))
        assert store.details.pull_requests(DetailScope("apps", *ALWAYS), MANY) == ()
        assert store.details.pull_requests(DetailScope(None, *ALWAYS), MANY) == ()
        assert store.details.distribution(EVERYTHING) == ()


def _pages(store: Store, scope: DetailScope, size: int) -> Iterator[PullRequestDetail]:
    page = store.details.pull_requests(scope, size)
    while page:
        assert len(page) <= size
        yield from page
        page = store.details.pull_requests(scope, size, page[-1].position)
