"""A GitHub of a few recent pull requests, and the collector's process that is set to collect it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
from attrs import evolve

from github_tracker.adapters.system import SystemClock
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.entrypoints.roster_file import format_roster
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import GADGETS, WIDGETS
from tests.integration.canaries import PASSWORD, TOKEN
from tests.integration.lambda_runtime import LambdaProcess, lambda_process
from tests.integration.own_server import with_password
from tests.scripted_github import ScriptedGitHub
from tests.unit.examples import merged, opened, roster_of

HANDLER = "github_tracker.entrypoints.lambda_collector.handler"
NAMES = (WIDGETS.full_name, GADGETS.full_name)
PULL_REQUESTS = 255
ROSTER = roster_of(Membership("Apps", "alice", Decimal("0.5")), Membership("Platform", "bob"))
SCHEDULED = {"schedule": "every-4-hours", "time": "2026-01-01T00:00:00Z"}


@contextmanager
def recent_github() -> Iterator[ScriptedGitHub]:
    """Serve 250 pull requests of one repository, three pages, and 5 of another one, all of the last days."""
    with ScriptedGitHub(SystemClock()) as github:
        for repository in (WIDGETS, GADGETS):
            github.put_repository(repository)
        github.put(*(_fact(number) for number in range(1, 251)))
        github.put(*(evolve(_fact(number), repository_id=GADGETS.id) for number in range(1, 6)))
        github.accept_only(TOKEN)
        yield github


@contextmanager
def collector(github: ScriptedGitHub, database: Secret, **environment: str) -> Iterator[LambdaProcess]:
    """Give the collector's process; in the end, nothing that it ever wrote may hold a secret."""
    given = {
        "GITHUB_PAT": TOKEN,
        "GITHUB_API_URL": github.url,
        "DB_URL": with_canary(database).reveal(),
        "REPOSITORIES": ",".join(NAMES),
        "TEAM_CONFIG_JSON": format_roster(ROSTER),
        **environment,
    }
    with lambda_process(HANDLER, **{name: text for name, text in given.items() if text}) as process:
        yield process
        for secret in (TOKEN, PASSWORD):
            assert secret not in process.output


def with_canary(url: Secret) -> Secret:
    """Return the address with a password in it, unless it needs one of its own."""
    authority = url.reveal().partition("://")[2].partition("/")[0]
    return url if ":" in authority.partition("@")[0] else with_password(url, PASSWORD)


def number_in(url: Secret, statement: str) -> float:
    """Return the one number that the statement finds."""
    with psycopg.connect(url.reveal()) as connection:
        row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return float(row[0])


def sessions(url: Secret) -> set[int]:
    """Return the server's numbers of all sessions that the product holds on this database."""
    with psycopg.connect(url.reveal()) as connection:
        rows = connection.execute(
            """
            SELECT pid
            FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'github-tracker'
            ORDER BY pid
            """
        )
        return {row[0] for row in rows}


def _fact(number: int) -> PullRequest:
    """Alice and bob open most of them, a stranger every tenth; two of three have merged."""
    author = Author(("alice", "bob", "stranger")[0 if number % 2 else 1 if number % 10 else 2])
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2, minutes=number)
    return opened(author, at, number) if number % 3 == 0 else merged(author, at, at + timedelta(hours=5), number)
