"""The SQL views against the domain's reference, and the constraints of the schema."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from psycopg import Connection, errors
from psycopg.rows import TupleRow

from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.lead_time import TeamMonth, monthly_lead_time, unattributed_lead_time
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import Roster
from github_tracker.domain.velocity import unattributed_velocity, weekly_velocity
from github_tracker.ports.secret_store import Secret
from tests import strategies
from tests.contracts.months import months_differ
from tests.contracts.store import EVERYTHING, GADGETS, WIDGETS, Store, put_facts, put_roster
from tests.integration.databases import Databases
from tests.integration.postgres_store import empty_postgres_store

TEAM = "INSERT INTO teams (name) VALUES ('Platform')"
MEMBER = "INSERT INTO team_memberships (team_id, github_username, joined_at, left_at) VALUES (1, '{}', '{}', '{}')"


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    roster=strategies.rosters() | strategies.over_allocated_rosters(),
    policy=strategies.policies(),
    facts=strategies.pull_request_lists(max_size=25),
)
def test_views_give_what_the_reference_gives(
    databases: Databases, roster: Roster, policy: AttributionPolicy, facts: list[PullRequest]
) -> None:
    """In every zone, for every rule, plain and weighted."""
    attributor = Attributor(roster, policy)
    attributions = [attributor.attribute(fact) for fact in facts]
    with empty_postgres_store(databases) as store:
        _fill(store, roster, policy, facts)
        assert store.reports.velocity(EVERYTHING) == weekly_velocity(attributions, policy.time_zone)
        assert store.reports.unattributed(EVERYTHING) == unattributed_velocity(attributions, policy.time_zone)
        _assert_close(store.reports.lead_time(EVERYTHING), attributions, policy)
        rests = unattributed_lead_time(attributions, policy.time_zone)
        assert months_differ(store.reports.unattributed_lead_time(EVERYTHING), rests) == ""


def _fill(store: Store, roster: Roster, policy: AttributionPolicy, facts: list[PullRequest]) -> None:
    put_roster(store, roster, policy)
    for repository in (WIDGETS, GADGETS):
        own = [fact for fact in facts if fact.repository_id == repository.id]
        put_facts(store, *own, repository=repository)


def _assert_close(found: tuple[TeamMonth, ...], attributions: list[Attribution], policy: AttributionPolicy) -> None:
    """Percentiles come as floating-point numbers; counts and sums are exact."""
    wanted = monthly_lead_time(attributions, policy.time_zone)
    assert [_counts(month) for month in found] == [_counts(month) for month in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert _percentiles(one) == pytest.approx(_percentiles(other), rel=1e-9, abs=1e-9)


def _counts(month: TeamMonth) -> tuple[object, ...]:
    return month.team, month.month, month.prs_merged, month.prs_timed, month.weighted_prs_merged


def _percentiles(month: TeamMonth) -> list[float]:
    """In hours; -1 for what is unknown, which no figure is."""
    figures: tuple[Fraction | None, ...] = (
        month.median_lead_time_hours,
        month.p95_lead_time_hours,
        month.weighted_median_lead_time_hours,
        month.weighted_p95_lead_time_hours,
        month.effective_prs,
    )
    return [-1.0 if figure is None else float(figure) for figure in figures]


@pytest.fixture
def connection(fresh_database: Secret) -> "Iterator[Connection[TupleRow]]":
    """A connection that stores one team, one repository and one merged pull request."""
    with psycopg.connect(fresh_database.reveal(), autocommit=True) as opened:
        opened.execute(TEAM)
        opened.execute("INSERT INTO repositories (id, full_name) VALUES (1, 'acme/widgets')")
        opened.execute(
            "INSERT INTO pull_requests (repository_id, number, author_login, is_bot, state, is_draft, labels,"
            " created_at, updated_at, merged_at, observed_at) VALUES (1, 7, 'alice', FALSE, 'merged', FALSE, '[]',"
            " '2024-01-07 22:30Z', '2024-01-08 23:30Z', '2024-01-07 23:30Z', '2024-01-09Z')"
        )
        yield opened


SHARE = (
    "INSERT INTO pr_metrics (team_id, repository_id, repository, pr_number, author, created_at, merged_at, state,"
    " weight, rule, is_bot) VALUES (1, 1, 'acme/widgets', 7, 'alice', '2024-01-07 22:30Z', '{merged_at}', 'merged',"
    " {weight}, 'created', FALSE)"
)


@pytest.mark.parametrize("session_zone", ["UTC", "Pacific/Auckland", "America/New_York"])
def test_session_time_zone_is_of_no_account(connection: "Connection[TupleRow]", session_zone: str) -> None:
    """Only the setting decides when a week begins: in Berlin, this Sunday evening is Monday."""
    connection.execute(SHARE.format(merged_at="2024-01-07 23:30Z", weight=1))
    connection.execute("UPDATE settings SET report_time_zone = 'Europe/Berlin'")
    connection.execute("SELECT set_config('TimeZone', %s, FALSE)", [session_zone])
    assert connection.execute("SELECT week FROM view_team_velocity").fetchone() == (date(2024, 1, 8),)
    assert connection.execute("SELECT month FROM view_dora_lead_time").fetchone() == (date(2024, 1, 1),)
    assert connection.execute("SELECT created_date FROM pr_metrics").fetchone() == (date(2024, 1, 7),)


def test_published_columns_are_there(connection: "Connection[TupleRow]") -> None:
    """Other programs read them by these names."""
    connection.execute(SHARE.format(merged_at="2024-01-07 23:30Z", weight="0.5"))
    velocity = connection.execute("SELECT team_id, week, prs_merged, avg_cycle_time_hours FROM view_team_velocity")
    assert velocity.fetchone() == (1, date(2024, 1, 1), 1, 1)
    lead = connection.execute(
        "SELECT team_id, month, median_lead_time_hours, p95_lead_time_hours FROM view_dora_lead_time"
    )
    assert lead.fetchone() == (1, date(2024, 1, 1), 1.0, 1.0)


def test_unknown_cycle_time_is_null(connection: "Connection[TupleRow]") -> None:
    """One that merged before it was created counts as merged and has no cycle time (R9)."""
    connection.execute(SHARE.format(merged_at="2024-01-07 20:30Z", weight=1))
    row = connection.execute("SELECT prs_merged, prs_timed, avg_cycle_time_hours FROM view_team_velocity").fetchone()
    assert row == (1, 0, None)
    row = connection.execute(
        "SELECT prs_timed, median_lead_time_hours, effective_prs FROM view_dora_lead_time"
    ).fetchone()
    assert row == (0, None, None)


@pytest.mark.parametrize(
    ("second", "is_refused"),
    [
        (("alice", "2024-03-01", "2024-05-01"), False),
        (("alice", "2024-02-29 23:59:59.999999", "2024-05-01"), True),
        (("ALICE", "2024-01-05", "2024-01-06"), True),
        (("alice", "2023-01-01", "2024-01-01 00:00:00.000001"), True),
        (("alice", "-infinity", "infinity"), True),
        (("bob", "2024-01-05", "2024-01-06"), False),
    ],
    ids=["abutting", "by a microsecond", "other letter case", "before", "around", "somebody else"],
)
def test_windows_of_one_person_in_one_team_must_not_overlap(
    connection: "Connection[TupleRow]", second: tuple[str, str, str], is_refused: bool
) -> None:
    """The table refuses it by itself, whoever writes (R5)."""
    connection.execute("SET TIME ZONE 'UTC'")
    connection.execute(MEMBER.format("alice", "2024-01-01", "2024-03-01"))
    if is_refused:
        with pytest.raises(errors.ExclusionViolation):
            connection.execute(MEMBER.format(*second))
    else:
        assert connection.execute(MEMBER.format(*second)).rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        MEMBER.format("alice", "2024-03-01", "2024-03-01"),
        "INSERT INTO team_memberships (team_id, github_username, allocation_weight) VALUES (1, 'a', 1.000001)",
        "INSERT INTO team_memberships (team_id, github_username, allocation_weight) VALUES (1, 'a', -0.000001)",
        "INSERT INTO team_memberships (team_id, github_username) VALUES (1, '')",
        "UPDATE pull_requests SET state = 'open'",
        "UPDATE pull_requests SET merged_at = NULL",
        "UPDATE pull_requests SET state = 'closed'",
        "UPDATE pull_requests SET labels = '{}'",
        SHARE.format(merged_at="2024-01-07 23:30Z", weight=0),
        SHARE.format(merged_at="2024-01-07 23:30Z", weight="1.000001"),
        "INSERT INTO pr_unattributed VALUES (1, 7, 'lazy', 1)",
        "INSERT INTO pr_unattributed VALUES (1, 7, 'ghost', 0)",
        "UPDATE settings SET attribution_rule = 'reviewed'",
        "UPDATE settings SET over_allocation = 'maybe'",
    ],
)
def test_table_refuses_what_the_rules_refuse(connection: "Connection[TupleRow]", statement: str) -> None:
    """A CHECK states each rule once more."""
    with pytest.raises(errors.CheckViolation):
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO settings DEFAULT VALUES",
        "INSERT INTO repositories (id, full_name) VALUES (2, 'ACME/Widgets')",
        TEAM,
        "INSERT INTO team_memberships (team_id, github_username) VALUES (1, 'a'), (1, 'a')",
    ],
)
def test_table_refuses_what_is_there_already(connection: "Connection[TupleRow]", statement: str) -> None:
    """One settings row, one repository a name without case, one team a name, one entry a joining time."""
    with pytest.raises(errors.IntegrityError):
        connection.execute(statement)
