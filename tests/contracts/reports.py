"""What every ReportRepository answers: figures per team, what no team earned, and the shares behind them."""

from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from attrs import evolve

from github_tracker.domain.lead_time import TeamMonth, UnattributedMonth
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author
from github_tracker.domain.small_groups import Cell, CellAuthor
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek
from github_tracker.ports.errors import UnknownTeamError
from github_tracker.ports.report_repository import ReportScope, ShareLine
from tests.contracts.months import months_differ
from tests.contracts.store import EVERYTHING, GADGETS, Store, put_facts, put_roster, shares_of
from tests.unit.examples import at, merged, opened, roster_of, with_merged_at

ROSTER = roster_of(
    Membership("Platform", "alice", Decimal("0.25")),
    Membership("apps", "alice", Decimal("0.5")),
    Membership("apps", "bob"),
    Membership("apps", "carol", Decimal("0")),
)
MONDAY = at("2024-01-01")
HOUR = 3600
HALF_HOUR = timedelta(minutes=30)

FACTS = (
    merged(Author("alice"), MONDAY, at("2024-01-01T01:00"), number=1),
    merged(Author("Bob"), MONDAY, at("2024-01-07T23:59:59.999999"), number=2),
    merged(Author("alice"), at("2024-01-08"), at("2024-01-08T03:00"), number=3),
    merged(Author("bob"), at("2024-02-10"), at("2024-02-09"), number=4),
    merged(Author("carol"), MONDAY, MONDAY, number=5),
    merged(Author("stranger"), MONDAY, at("2024-01-08"), number=6),
    merged(Author("renovate[bot]"), MONDAY, MONDAY, number=7),
    merged(Author("helper", account_type="Bot"), MONDAY, MONDAY, number=8),
    opened(Author("bob"), at("2024-01-31T23:59:59.999999"), number=9),
    with_merged_at(opened(Author("bob"), at("2024-02-01"), number=10), None),
)
WEEK_SECONDS = 7 * 24 * HOUR - 1

WEEKS = (
    TeamWeek("Platform", date(2024, 1, 1), 1, 1, HOUR, Decimal("0.25"), Decimal("0.25"), Decimal("900")),
    TeamWeek("Platform", date(2024, 1, 8), 1, 1, 3 * HOUR, Decimal("0.25"), Decimal("0.25"), Decimal("2700")),
    TeamWeek(
        "apps",
        date(2024, 1, 1),
        2,
        2,
        HOUR + WEEK_SECONDS,
        Decimal("1.5"),
        Decimal("1.5"),
        Decimal(1800 + WEEK_SECONDS),
    ),
    TeamWeek("apps", date(2024, 1, 8), 1, 1, 3 * HOUR, Decimal("0.5"), Decimal("0.5"), Decimal("5400")),
    TeamWeek("apps", date(2024, 2, 5), 1, 0, 0, Decimal(1), Decimal(0), Decimal(0)),
)
UNATTRIBUTED = (
    UnattributedWeek(date(2024, 1, 1), RestReason.PART_TIME, 1, Decimal("0.25")),
    UnattributedWeek(date(2024, 1, 1), RestReason.ZERO_WEIGHT, 1, Decimal(1)),
    UnattributedWeek(date(2024, 1, 8), RestReason.PART_TIME, 1, Decimal("0.25")),
    UnattributedWeek(date(2024, 1, 8), RestReason.UNKNOWN_LOGIN, 1, Decimal(1)),
)
PLATFORM_MONTH = TeamMonth(
    team="Platform",
    month=date(2024, 1, 1),
    prs_merged=2,
    prs_timed=2,
    median_lead_time_hours=Fraction(2),
    p95_lead_time_hours=Fraction(29, 10),
    weighted_prs_merged=Decimal("0.5"),
    weighted_median_lead_time_hours=Fraction(2),
    weighted_p95_lead_time_hours=Fraction(29, 10),
    effective_prs=Fraction(2),
)
UNATTRIBUTED_MONTH = UnattributedMonth(
    month=date(2024, 1, 1),
    prs_merged=4,
    prs_timed=4,
    median_lead_time_hours=Fraction(2),
    p95_lead_time_hours=3 + Fraction(85, 100) * 165,
    weighted_prs_merged=Decimal("2.5"),
    weighted_median_lead_time_hours=Fraction(608, 17),
    weighted_p95_lead_time_hours=Fraction(168),
    effective_prs=Fraction(50, 17),
)
UNTIMED_MONTH = TeamMonth("apps", date(2024, 2, 1), 1, 0, None, None, Decimal(1), None, None, None)

LINES = (
    ShareLine("Platform", "Acme/Gadgets", 1, "alice", Decimal("0.25"), AttributionRule.CREATED),
    ShareLine("Platform", "Acme/Widgets", 1, "alice", Decimal("0.25"), AttributionRule.CREATED),
    ShareLine("Platform", "Acme/Widgets", 3, "alice", Decimal("0.25"), AttributionRule.CREATED),
    ShareLine("apps", "Acme/Gadgets", 1, "alice", Decimal("0.5"), AttributionRule.CREATED),
    ShareLine("apps", "Acme/Widgets", 1, "alice", Decimal("0.5"), AttributionRule.CREATED),
    ShareLine("apps", "Acme/Widgets", 2, "Bob", Decimal(1), AttributionRule.CREATED),
    ShareLine("apps", "Acme/Widgets", 3, "alice", Decimal("0.5"), AttributionRule.CREATED),
    ShareLine("apps", "Acme/Widgets", 4, "bob", Decimal(1), AttributionRule.CREATED),
    ShareLine("apps", "Acme/Widgets", 9, "bob", Decimal(1), AttributionRule.CREATED),
    ShareLine("apps", "Acme/Widgets", 10, "bob", Decimal(1), AttributionRule.CREATED),
)

PLATFORM_1, PLATFORM_8 = Cell("Platform", date(2024, 1, 1)), Cell("Platform", date(2024, 1, 8))
APPS_1, APPS_8, APPS_FEBRUARY = (Cell("apps", date(2024, *day)) for day in ((1, 1), (1, 8), (2, 5)))
WEEKLY_AUTHORS = (
    CellAuthor(PLATFORM_1, "alice", None, is_timed=True),
    CellAuthor(PLATFORM_8, "alice", None, is_timed=True),
    CellAuthor(APPS_1, "Bob", None, is_timed=True),
    CellAuthor(APPS_1, "alice", None, is_timed=True),
    CellAuthor(APPS_8, "alice", None, is_timed=True),
    CellAuthor(APPS_FEBRUARY, "bob", None, is_timed=False),
)
MONTHLY_AUTHORS = (
    CellAuthor(PLATFORM_1, "alice", None, is_timed=True),
    CellAuthor(APPS_1, "Bob", None, is_timed=True),
    CellAuthor(APPS_1, "alice", None, is_timed=True),
    CellAuthor(Cell("apps", date(2024, 2, 1)), "bob", None, is_timed=False),
)

SCOPES = [
    ReportScope(since=date(2024, 1, 8)),
    ReportScope(since=date(2024, 1, 9)),
    ReportScope(until=date(2024, 1, 8)),
    ReportScope(until=date(2024, 1, 9)),
    ReportScope(since=date(2024, 1, 2), until=date(2024, 2, 1)),
    ReportScope(since=date(2024, 2, 1), until=date(2024, 2, 5)),
    ReportScope(since=date(2024, 1, 8), until=date(2024, 1, 8)),
    ReportScope("apps", date(2024, 1, 1), date(2024, 1, 8)),
    ReportScope("Platform", date(2024, 1, 8), None),
    ReportScope("Nobody's"),
]

QUESTIONS: dict[str, Callable[[Store, ReportScope], object]] = {
    "velocity": lambda store, scope: store.reports.velocity(scope),
    "unattributed": lambda store, scope: store.reports.unattributed(scope),
    "lead time": lambda store, scope: store.reports.lead_time(scope),
    "unattributed lead time": lambda store, scope: store.reports.unattributed_lead_time(scope),
    "weekly authors": lambda store, scope: store.reports.weekly_authors(scope),
    "monthly authors": lambda store, scope: store.reports.monthly_authors(scope),
    "shares": shares_of,
}
ASKED = pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)


def fill(store: Store) -> None:
    """Put the examples in."""
    put_roster(store, evolve(ROSTER, teams=(*ROSTER.teams, Team("Nobody's"))))
    put_facts(store, *FACTS)


class ReportContract:
    """Figures and shares; needs a fixture `store`."""

    @ASKED
    def test_empty_store_has_no_figures(self, store: Store, ask: Callable[[Store, ReportScope], object]) -> None:
        """And no team."""
        assert ask(store, EVERYTHING) == ()

    @ASKED
    def test_team_that_is_not_known_is_told_with_those_that_are(
        self, store: Store, ask: Callable[[Store, ReportScope], object]
    ) -> None:
        """Letter case counts; the known ones are named in order."""
        fill(store)
        with pytest.raises(UnknownTeamError) as caught:
            ask(store, ReportScope("Apps"))
        assert (caught.value.team, caught.value.known) == ("Apps", ("Nobody's", "Platform", "apps"))

    def test_velocity_counts_merged_pull_requests_by_team_and_week(self, store: Store) -> None:
        """Each once and by weight; bots are left out, and one that merged before it was created has no time."""
        fill(store)
        assert store.reports.velocity(EVERYTHING) == WEEKS

    def test_rest_is_told_by_week_and_reason(self, store: Store) -> None:
        """Bots are left out here as well, so that both add up to the merged pull requests of people (R6, R11)."""
        fill(store)
        assert store.reports.unattributed(EVERYTHING) == UNATTRIBUTED
        earned = sum(week.weighted_prs_merged for week in WEEKS)
        assert earned + sum(week.weighted_prs_merged for week in UNATTRIBUTED) == 6

    def test_lead_time_is_told_by_team_and_month(self, store: Store) -> None:
        """Percentiles plain and weighted, the number they are over, and none where nothing has a time (R9, R10)."""
        fill(store)
        platform, january, february = store.reports.lead_time(EVERYTHING)
        assert months_differ((platform, february), (PLATFORM_MONTH, UNTIMED_MONTH)) == ""
        assert (january.team, january.month, january.prs_merged) == ("apps", date(2024, 1, 1), 3)

    def test_lead_time_of_what_no_team_earned_is_told_by_month(self, store: Store) -> None:
        """Each pull request weighs what was left of it, so that all teams' months and this one add up (R6)."""
        fill(store)
        (month,) = store.reports.unattributed_lead_time(EVERYTHING)
        assert months_differ((month,), (UNATTRIBUTED_MONTH,)) == ""
        january = [other for other in store.reports.lead_time(EVERYTHING) if other.month == month.month]
        assert month.weighted_prs_merged + sum(other.weighted_prs_merged for other in january) == 5

    def test_several_rests_of_a_pull_request_are_one(self, store: Store) -> None:
        """Of four hours bob was nowhere for two and half in a team for two: three quarters are left, in one row."""
        joined_at = MONDAY + timedelta(hours=2)
        roster = roster_of(Membership("apps", "bob", Decimal("0.5"), joined_at=joined_at))
        put_roster(store, roster, AttributionPolicy(AttributionRule.EFFORT))
        put_facts(store, merged(Author("bob"), MONDAY, MONDAY + timedelta(hours=4), number=1))
        reasons = [week.reason for week in store.reports.unattributed(EVERYTHING)]
        assert reasons == [RestReason.JOINED_LATER, RestReason.PART_TIME]
        (month,) = store.reports.unattributed_lead_time(EVERYTHING)
        four = Fraction(4)
        wanted = UnattributedMonth(date(2024, 1, 1), 1, 1, four, four, Decimal("0.75"), four, four, Fraction(1))
        assert months_differ((month,), (wanted,)) == ""

    def test_authors_behind_the_figures_are_told(self, store: Store) -> None:
        """Each once a team and week or month, bots left out, the rest as well: exactly those who were counted."""
        fill(store)
        put_facts(store, merged(FACTS[0].author, MONDAY, MONDAY + HALF_HOUR, number=11))
        assert store.reports.weekly_authors(EVERYTHING) == WEEKLY_AUTHORS
        assert store.reports.monthly_authors(EVERYTHING) == MONTHLY_AUTHORS

    def test_authors_are_told_apart_by_login_and_id(self, store: Store) -> None:
        """As GitHub told them; one pull request with a cycle time among several is enough."""
        put_roster(store, ROSTER)
        authors = (Author("bob", 7, "User"), Author("bob", 7), Author("bob"), Author("bob", 6), Author("Bob", 7))
        untimed = [merged(author, MONDAY, MONDAY - HALF_HOUR, number) for number, author in enumerate(authors, 1)]
        put_facts(store, *untimed, merged(authors[0], MONDAY, MONDAY, number=9))
        cell = Cell("apps", date(2023, 12, 25))
        assert [author for author in store.reports.weekly_authors(EVERYTHING) if author.cell == cell] == [
            CellAuthor(cell, login, github_id, is_timed=False)
            for login, github_id in (("Bob", 7), ("bob", None), ("bob", 6), ("bob", 7))
        ]
        month = Cell("apps", date(2024, 1, 1))
        assert store.reports.monthly_authors(EVERYTHING)[-1] == CellAuthor(month, "bob", 7, is_timed=True)

    def test_weighted_percentiles_follow_the_weights(self, store: Store) -> None:
        """Weights 1 and 0.5 on two values: Kish's size is 1.8, and the median leans to the heavier one (R10)."""
        put_roster(store, ROSTER)
        put_facts(store, FACTS[0], merged(Author("bob"), MONDAY, at("2024-01-01T03:00"), number=2))
        _, month = store.reports.lead_time(EVERYTHING)
        wanted = evolve(
            month,
            median_lead_time_hours=Fraction(2),
            weighted_median_lead_time_hours=1 + 2 * (1 - (Fraction(3, 5) - Fraction(2, 5))),
            effective_prs=Fraction(9, 5),
        )
        assert months_differ((month,), (wanted,)) == ""

    def test_shares_come_by_team_repository_and_number(self, store: Store) -> None:
        """Merged or not, in the spelling of GitHub; order is that of code points."""
        fill(store)
        put_facts(store, evolve(FACTS[0], repository_id=2), repository=GADGETS)
        assert shares_of(store) == LINES

    def test_shares_of_bots_are_listed(self, store: Store) -> None:
        """Figures leave them out, the shares behind do not (R11)."""
        fill(store)
        in_force = store.rosters.in_force()
        put_roster(store, in_force.roster, AttributionPolicy(AttributionRule.MERGED))
        assert {line.rule for line in shares_of(store)} == {AttributionRule.MERGED}
        assert [line.number for line in shares_of(store)] == [1, 3, 1, 2, 3, 4, 9, 10]

    def test_figures_follow_what_happens_to_a_stored_pull_request(self, store: Store) -> None:
        """Merging brings it into its week, another merge moves it, and a bot as its author takes it out again."""
        put_roster(store, ROSTER)
        fact = opened(Author("bob"), MONDAY)
        put_facts(store, fact)
        assert store.reports.velocity(EVERYTHING) == ()
        for day in (2, 9):
            put_facts(store, with_merged_at(fact, at(f"2024-01-{day:02}")))
            assert [week.week.day for week in store.reports.velocity(EVERYTHING)] == [day - 1]
        by_nobody = evolve(with_merged_at(fact, MONDAY), author=Author("stranger"))
        put_facts(store, by_nobody)
        assert [week.reason for week in store.reports.unattributed(EVERYTHING)] == [RestReason.UNKNOWN_LOGIN]
        put_facts(store, evolve(by_nobody, author=Author("stranger[bot]")))
        assert (store.reports.velocity(EVERYTHING), store.reports.unattributed(EVERYTHING)) == ((), ())

    @pytest.mark.parametrize("scope", SCOPES, ids=str)
    def test_scope_is_half_open(self, store: Store, scope: ReportScope) -> None:
        """The first day counts, the last does not; shares go by the day of creation in UTC."""
        fill(store)
        assert store.reports.velocity(scope) == tuple(
            week for week in WEEKS if scope.team in (None, week.team) and scope.covers(week.week)
        )
        assert store.reports.unattributed(scope) == tuple(week for week in UNATTRIBUTED if scope.covers(week.week))
        assert [(month.team, month.month) for month in store.reports.lead_time(scope)] == [
            (team, month)
            for team, month in (
                ("Platform", date(2024, 1, 1)),
                ("apps", date(2024, 1, 1)),
                ("apps", date(2024, 2, 1)),
            )
            if scope.team in (None, team) and scope.covers(month)
        ]
        rests = store.reports.unattributed_lead_time(scope)
        assert [month.month for month in rests] == [date(2024, 1, 1)] * scope.covers(date(2024, 1, 1))
        assert store.reports.weekly_authors(scope) == tuple(
            author for author in WEEKLY_AUTHORS if scope.covers(author.cell.begins_on)
        )
        assert store.reports.monthly_authors(scope) == tuple(
            author for author in MONTHLY_AUTHORS if scope.covers(author.cell.begins_on)
        )
        created = {fact.number: fact.created_date for fact in FACTS}
        assert shares_of(store, scope) == tuple(
            line
            for line in LINES
            if line.repository == "Acme/Widgets"
            and scope.team in (None, line.team)
            and scope.covers(created[line.number])
        )

    @pytest.mark.parametrize(
        ("zone", "week", "month"),
        [
            ("UTC", date(2023, 12, 25), date(2023, 12, 1)),
            ("Europe/Berlin", date(2024, 1, 1), date(2024, 1, 1)),
            ("America/New_York", date(2023, 12, 25), date(2023, 12, 1)),
        ],
    )
    def test_weeks_and_months_begin_in_the_reporting_zone(
        self, store: Store, zone: str, week: date, month: date
    ) -> None:
        """Half an hour before the year ends in UTC is next year's Monday in Berlin (R10)."""
        put_roster(store, ROSTER, AttributionPolicy(time_zone=zone))
        instant = at("2023-12-31T23:30")
        put_facts(store, merged(Author("bob"), instant, instant, 1), merged(Author("stranger"), instant, instant, 2))
        assert [found.week for found in store.reports.velocity(EVERYTHING)] == [week]
        assert [found.week for found in store.reports.unattributed(EVERYTHING)] == [week]
        assert [found.month for found in store.reports.lead_time(EVERYTHING)] == [month]
        assert [found.month for found in store.reports.unattributed_lead_time(EVERYTHING)] == [month]
        assert len(shares_of(store, ReportScope(since=date(2023, 12, 31), until=date(2024, 1, 1)))) == 1

    def test_shares_need_not_be_read_to_the_end(self, store: Store) -> None:
        """A closed generator is done with; the store goes on as if it had been read out."""
        fill(store)
        for _ in range(5):
            with closing(store.reports.shares(EVERYTHING)) as lines:
                assert next(lines) == LINES[1]
        assert put_facts(store, evolve(FACTS[0], title="other")).facts_changed == 1
