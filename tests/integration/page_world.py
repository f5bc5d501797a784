"""The world that the page shows in its tests: half a year of five teams whose names and titles try to do harm."""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, field, frozen

from github_tracker.adapters.memory import MemoryApiKeyRepository, MemoryApiKeyUses, MemoryStore, MemoryTeamDirectory
from github_tracker.adapters.system import SystemClock
from github_tracker.application.authenticate import Authenticate
from github_tracker.application.outside_keys import NoOutsideKeys
from github_tracker.application.report import Discretion
from github_tracker.domain.anomaly import Anomaly, AnomalyKind
from github_tracker.domain.api_key import ApiKey, KeyRecord, Scope, mint_key
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import Roster
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport
from github_tracker.entrypoints.api_container import memory_services
from github_tracker.entrypoints.html_report import HtmlReport
from github_tracker.ports.api_key_repository import ApiKeySource
from github_tracker.ports.report_repository import ReportScope
from tests.contracts.memory import memory_store
from tests.contracts.store import GADGETS, Store, put_facts, put_roster
from tests.integration.api_world import NO_LIMITS, Api, memory_api
from tests.unit.examples import at, merged

NOW: Final = at("2026-06-17T10:00")
"""What the clock of the browser says: a Wednesday."""

PLATFORM, BOLD, ARABIC, ROCKET, SOLO = "Platform", '<b>Apps</b> & "co\'s"', "فريق الدفع", "Rocket 🚀", "Solo"
TEAMS: Final = (PLATFORM, BOLD, ARABIC, ROCKET, SOLO)
SCRIPT: Final = "<script>alert(1)</script>"
TITLES: Final = (
    SCRIPT,
    "<img src=x onerror=alert(2)>",
    "\"quotes\" 'and' `more` & {{braces}} ${1}",
    "إصلاح الخطأ في صفحة الدفع",
    "\u202eright to left by force",
    "Launch 🚀👩\u200d💻 now",
    "</script><script>alert(3)</script>",
    "javascript:alert(4)",
)
BUSY_WEEK: Final = "2026-06-01"
"""A Monday in whose week more was merged than one answer lists."""

LISTED_IN_BUSY_WEEK: Final = 130
WEEKS: Final = 26
_FIRST_MONDAY: Final = at("2025-12-22")

ROSTER: Final = Roster(
    (Team(PLATFORM, "Runs it", "platform"), *map(Team, TEAMS[1:])),
    (
        Membership(PLATFORM, "alice", Decimal("0.5")),
        Membership(PLATFORM, "bob"),
        Membership(PLATFORM, "carol"),
        Membership(PLATFORM, "dave", joined_at=at("2026-03-02")),
        Membership(PLATFORM, "erin", left_at=at("2026-04-10")),
        Membership(BOLD, "alice", Decimal("0.5")),
        Membership(BOLD, "frank"),
        Membership(BOLD, "gina"),
        Membership(BOLD, "erin", joined_at=at("2026-04-10")),
        Membership(ARABIC, "hana"),
        Membership(ARABIC, "ibrahim"),
        Membership(ARABIC, "jun"),
        Membership(ROCKET, "kim", Decimal("0.5"), left_at=at("2026-05-01")),
        Membership(ROCKET, "kim", joined_at=at("2026-05-01")),
        Membership(ROCKET, "lena"),
        Membership(ROCKET, "mo", Decimal("0.8")),
        Membership(SOLO, "nina"),
    ),
)
PEOPLE: Final = (*sorted({entry.login for entry in ROSTER.memberships}), "stranger")

RUN: Final = RunReport(
    NOW - timedelta(hours=2, minutes=5),
    NOW - timedelta(hours=2),
    RunOutcome.PARTIAL,
    1,
    (
        RepositoryReport("Acme/Gadgets", Outcome.UNCHANGED, 2),
        RepositoryReport("Acme/Gone", Outcome.FAILED, code="unavailable", message="<b>not</b> found"),
        RepositoryReport("Acme/Later", Outcome.DEFERRED, code="limited", retry_at=at("2026-06-17T14:00")),
        RepositoryReport("Acme/Widgets", Outcome.COMPLETE, 1),
    ),
    (Anomaly(AnomalyKind.UNATTRIBUTED_JUMPED, "the unattributed part rose from 2 % to 31 %"),),
)


class KeysInHand(ApiKeySource):
    """Keys that a test takes away again; unlike those of a database they are remembered by nobody."""

    def __init__(self) -> None:
        self.records: dict[str, KeyRecord] = {}

    def find(self, public_id: str) -> KeyRecord | None:
        """Return the key of this public id."""
        return self.records.get(public_id)

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Return every key."""
        return tuple(record.key for record in self.records.values())

    def mint(self) -> str:
        """Return a key for everything, good until it is taken away."""
        key = mint_key(secrets.token_bytes)
        scopes = (Scope.METRICS_READ, Scope.TEAMS_READ)
        self.records[key.public_id] = KeyRecord(ApiKey(key.public_id, "tests", scopes, at("2024-01-01")), key.digest)
        return key.reveal()


@frozen
class PageWorld:
    """The service, and keys to it that can be taken away."""

    api: Api
    keys: KeysInHand = field(factory=KeysInHand)


@contextmanager
def page_world(discretion: Discretion | None = None, *, is_empty: bool = False) -> Iterator[PageWorld]:
    """Serve the world, or an empty store, from memory."""
    keys = KeysInHand()
    with memory_api(NO_LIMITS, discretion, _fill_nothing if is_empty else fill, keys) as api:
        yield PageWorld(api, keys)


def report_text(discretion: Discretion | None = None, *, is_empty: bool = False) -> str:
    """Return the page as one file with the world's figures in it."""
    data = MemoryStore()
    if not is_empty:
        fill(memory_store(data))
    authenticate = Authenticate(
        MemoryApiKeyRepository(data), NoOutsideKeys(), MemoryApiKeyUses(data), MemoryTeamDirectory(data), SystemClock()
    )
    services = memory_services(data, authenticate, discretion or Discretion())
    report = HtmlReport(services.figures, services.behind, services.collection, services.versions)
    return report(ReportScope())


def answers_of(report: str) -> dict[str, Any]:
    """Return the figures that a file holds."""
    found = re.search(r'<script type="application/json" id="answers">(.*?)</script>', report)
    assert found is not None
    answers: dict[str, Any] = json.loads(found[1])
    return answers


def fill(store: Store) -> None:
    """Put the world into an empty store."""
    put_roster(store, ROSTER)
    facts = tuple(_everything())
    put_facts(store, *(fact for fact in facts if fact.repository_id == 1))
    put_facts(store, *(fact for fact in facts if fact.repository_id == GADGETS.id), repository=GADGETS)
    store.collection.record_run(RUN)


def _fill_nothing(_store: Store) -> None:
    """Leave it as it is: nothing was ever collected."""


def _everything() -> Iterator[PullRequest]:
    number = 0
    for week in range(WEEKS):
        monday = _FIRST_MONDAY + timedelta(weeks=week)
        for place, login in enumerate(PEOPLE):
            if (week * 3 + place) % 4 == 0 or (monday >= NOW - timedelta(days=2) and place > 4):
                continue
            number += 1
            yield _merged(number, login, monday + timedelta(hours=9 + place), 3 + (number * 37) % 190)
    for extra in range(LISTED_IN_BUSY_WEEK):
        yield _merged(1000 + extra, "bob", at(BUSY_WEEK) + timedelta(days=1, minutes=10 * extra), 5 + extra)
    yield _merged(5000, "renovate[bot]", _FIRST_MONDAY + timedelta(days=1), 1)


def _merged(number: int, login: str, merged_at: datetime, hours: int) -> PullRequest:
    fact = merged(Author(login), merged_at - timedelta(hours=hours), merged_at, number)
    title = TITLES[number % len(TITLES)] if number % 3 == 0 else f"Change number {number}"
    return evolve(fact, repository_id=1 + number % 2, title=title)
