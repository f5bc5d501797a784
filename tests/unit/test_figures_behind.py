"""What lies behind figures, from memory: labelled rightly, within reach, and telling nothing of what is withheld."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.adapters.memory import MemoryFigureDetails, MemoryStore
from github_tracker.application.figures_behind import ReadFiguresBehind
from github_tracker.application.report import Discretion
from github_tracker.application.settled_figures import NoSuchTeamError
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author
from github_tracker.ports.figure_details import DetailPosition, DetailScope, PullRequestDetail
from github_tracker.ports.report_repository import ReportScope
from tests.contracts.memory import memory_store
from tests.contracts.store import EVERYTHING, Store, put_facts, put_roster
from tests.unit.examples import at, merged, roster_of

ROSTER = roster_of(*(Membership("apps", login) for login in ("alice", "bob")), Membership("other", "carl"))
ALWAYS = DetailScope(None, date(2024, 1, 1), date(2024, 12, 31))


def behind(store: Store, details: MemoryFigureDetails | None = None, least: int = 0) -> ReadFiguresBehind:
    """Return the use case on a store."""
    return ReadFiguresBehind(
        details or store.details, store.reports, store.rosters, store.teams, store.versions, Discretion(least)
    )


def number_of(store: Store, name: str) -> int:
    """Return a team's number."""
    return next(team.id for team in store.teams.teams() if team.name == name)


def filled(*facts: tuple[str, str], zone: str = "UTC") -> Store:
    """Return a store of what these people merged at these instants."""
    store = memory_store()
    put_roster(store, ROSTER, AttributionPolicy(time_zone=zone))
    put_facts(
        store,
        *(
            merged(Author(login), at("2023-12-01"), at(instant), number)
            for number, (login, instant) in enumerate(facts, start=1)
        ),
    )
    return store


class Meddling(MemoryFigureDetails):
    """Replaces the roster while it is read for the first time."""

    def __init__(self, data: MemoryStore) -> None:
        super().__init__(data)
        self.store = memory_store(data)
        self.asked = 0

    def pull_requests(
        self, scope: DetailScope, limit: int, after: DetailPosition | None = None
    ) -> tuple[PullRequestDetail, ...]:
        """Answer by the old roster, the first time."""
        self.asked += 1
        found = super().pull_requests(scope, limit, after)
        if self.asked == 1:
            halved = tuple(evolve(entry, weight=Decimal("0.5")) for entry in ROSTER.memberships)
            put_roster(self.store, evolve(ROSTER, memberships=halved))
        return found


def test_list_is_of_one_roster_though_it_is_replaced_meanwhile() -> None:
    """Read again, by the new one, and labelled with it."""
    data = MemoryStore()
    meddling = Meddling(data)
    store = meddling.store
    put_roster(store, ROSTER)
    put_facts(store, merged(Author("alice"), at("2024-01-01"), at("2024-01-02")))
    known = store.versions.current()
    found = behind(store, meddling).pull_requests(number_of(store, "apps"), ALWAYS, None, 10, None, known)
    assert (found.version.roster_version, [entry.weight for entry in found.pull_requests]) == (2, [Decimal("0.5")])
    assert meddling.asked == 2


def test_team_out_of_reach_is_none() -> None:
    """For its list and its size, as for its figures."""
    store = filled(("alice", "2024-01-02"))
    apps, other = number_of(store, "apps"), number_of(store, "other")
    known, reader = store.versions.current(), behind(store)
    with pytest.raises(NoSuchTeamError):
        reader.pull_requests(apps, ALWAYS, (other,), 10, None, known)
    with pytest.raises(NoSuchTeamError):
        reader.staffing(apps, ALWAYS.since, ALWAYS.until, (other,), known)
    assert len(reader.pull_requests(apps, ALWAYS, (apps,), 10, None, known).pull_requests) == 1


def test_distribution_of_some_teams_reads_no_others() -> None:
    """And tells nothing of what no team earned."""
    store = filled(("alice", "2024-01-02"), ("carl", "2024-02-02"), ("stranger", "2024-03-02"))
    reader, known = behind(store), store.versions.current()
    whole = reader.distributions(EVERYTHING, None, known)
    own = reader.distributions(EVERYTHING, (number_of(store, "apps"),), known)
    assert [entry.team.name for entry in own.teams if entry.team] == ["apps"]
    assert (own.unattributed, own.since, own.until) == (None, date(2024, 1, 1), date(2024, 2, 1))
    assert whole.unattributed is not None
    assert (sum(whole.unattributed.months.prs), whole.until) == (1, date(2024, 4, 1))


def test_distribution_holds_only_the_months_that_it_says() -> None:
    """Of more than ten years, the latest; the sums are of no other month."""
    store = filled(("alice", "2010-01-02"), ("alice", "2024-01-02"))
    assert len(store.details.pull_requests(DetailScope("apps", date(2000, 1, 1), date(2025, 1, 1)), 10)) == 2
    found = behind(store).distributions(EVERYTHING, None, store.versions.current())
    (apps, _) = found.teams
    assert (found.since, found.until) == (date(2014, 1, 1), date(2024, 2, 1))
    assert sum(apps.months.prs) + apps.months.prs_untimed == 1


def test_months_that_are_withheld_are_named_and_left_out() -> None:
    """Of one team; the other team is withheld with it, and the rest too."""
    store = filled(("alice", "2024-01-02"), ("bob", "2024-01-03"), ("alice", "2024-02-02"), ("stranger", "2024-02-03"))
    found = behind(store, least=2).distributions(EVERYTHING, None, store.versions.current())
    (apps, _) = found.teams
    assert (sum(apps.months.prs), apps.withheld_months) == (2, (date(2024, 2, 1),))
    assert found.unattributed is not None
    assert (sum(found.unattributed.months.prs), found.unattributed.withheld_months) == (0, (date(2024, 2, 1),))


@pytest.mark.parametrize(
    ("days", "numbers", "is_withheld"),
    [
        (("2024-01-01", "2024-02-01"), [1, 2, 5, 6], True),
        (("2024-01-01", "2024-01-08"), [1, 2], False),
        (("2024-01-08", "2024-01-15"), [], True),
        (("2024-01-14", "2024-01-16"), [5], True),
        (("2024-01-15", "2024-01-22"), [5, 6], False),
    ],
)
def test_days_of_weeks_that_are_withheld_are_left_out(
    days: tuple[str, str], numbers: list[int], is_withheld: bool
) -> None:
    """Also where a list begins or ends in the middle of one."""
    store = filled(
        *(("alice", "2024-01-02"), ("bob", "2024-01-03"), ("alice", "2024-01-09"), ("alice", "2024-01-14T23:59:59")),
        *(("bob", "2024-01-15"), ("alice", "2024-01-16")),
    )
    since, until = map(date.fromisoformat, days)
    reader, known, team = behind(store, least=2), store.versions.current(), number_of(store, "apps")
    whole = reader.pull_requests(team, DetailScope(None, since, until), None, 10, None, known)
    assert [entry.position.number for entry in whole.pull_requests] == numbers
    assert (whole.is_withheld, whole.following) == (is_withheld, None)
    page = reader.pull_requests(team, DetailScope(None, since, until), None, 2, None, known)
    assert [entry.position.number for entry in page.pull_requests] == numbers[:2]
    assert page.following == (page.pull_requests[1].position if len(numbers) > 2 else None)


def test_withheld_weeks_begin_in_the_reporting_zone() -> None:
    """A Sunday's last hour in UTC belongs to the Monday in Berlin, and to its week."""
    store = filled(
        *(("alice", "2024-01-07T23:30"), ("bob", "2024-01-09"), ("alice", "2024-01-02"), ("bob", "2024-01-23")),
        *(("alice", "2024-01-24"), ("bob", "2024-01-03")),
        zone="Europe/Berlin",
    )
    reader, known, team = behind(store, least=2), store.versions.current(), number_of(store, "apps")
    found = reader.pull_requests(team, DetailScope(None, date(2024, 1, 8), date(2024, 1, 9)), None, 10, None, known)
    assert ([entry.position.number for entry in found.pull_requests], found.is_withheld) == ([1], False)


@pytest.mark.parametrize(
    ("zone", "day", "begins_at"),
    [
        ("UTC", date(2024, 1, 1), at("2024-01-01")),
        ("Europe/Berlin", date(2024, 7, 1), at("2024-06-30T22:00")),
        ("Asia/Kathmandu", date.min, at("0001-01-01")),
        ("Pacific/Honolulu", date(9999, 12, 30), at("9999-12-30T10:00")),
    ],
)
def test_size_of_a_team_begins_with_the_day_in_the_reporting_zone(zone: str, day: date, begins_at: datetime) -> None:
    """Also at the ends of the calendar."""
    store = filled(zone=zone)
    until = date.fromordinal(day.toordinal() + 1)
    found = behind(store).staffing(number_of(store, "apps"), day, until, None, store.versions.current())
    assert [(step.at, step.weight, step.members) for step in found.staffing.steps] == [(begins_at, Decimal(2), 2)]


def test_range_without_anything_is_empty() -> None:
    """Every team is there, with nothing counted."""
    store = filled()
    found = behind(store).distributions(ReportScope(), None, store.versions.current())
    assert [entry.team.name for entry in found.teams if entry.team] == ["apps", "other"]
    assert {sum(entry.months.prs) for entry in found.teams} == {0}
