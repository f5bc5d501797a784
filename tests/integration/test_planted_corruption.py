"""Verify in a PostgreSQL store that plain SQL corrupted: each corruption is found, and a sound store stays silent."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from attrs import evolve, frozen

from github_tracker.adapters.memory import MemoryClock
from github_tracker.adapters.postgres.database import open_database
from github_tracker.application.refresh_rollups import RefreshRollups
from github_tracker.application.verify import Verification, VerifyStore
from github_tracker.domain.forgetting import Forgetting
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.domain.verification import FindingKind
from github_tracker.ports.forgotten_authors import ForgettingOrder
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import EVERYTHING, GADGETS, WIDGETS, Store, put_facts, put_roster
from tests.integration.databases import Databases
from tests.integration.postgres_store import postgres_store
from tests.unit.examples import at, merged, opened, roster_of, with_merged_at
from tools.working_tree import CHECKOUT

MARCH, MAY = at("2024-03-01"), at("2024-05-01")
MONDAY = at("2024-01-01")
CI = "ci-*"
ALICE = Membership("Platform", "alice", Decimal("0.6"), left_at=MAY, aliases=("alice-old",), github_id=100)
ROSTER = Roster(
    (Team("Apps", "Front", "apps"), Team("Core"), Team("Platform")),
    (
        ALICE,
        Membership("Apps", "alice", Decimal("0.4")),
        Membership("Apps", "bob", Decimal("0.5")),
        Membership("Core", "carol", left_at=MARCH),
        Membership("Core", "dan", Decimal(0)),
        Membership("Platform", "eve", joined_at=MARCH),
        Membership("Platform", "frank"),
    ),
)
POLICY = AttributionPolicy(AttributionRule.CREATED, "Europe/Berlin", (CI,))
LOGINS = ("alice", "bob", "Carol", "dan", "eve", "frank", "stranger", "ci[bot]", "ci-deploy", None)


def facts(repository_id: int) -> list[PullRequest]:
    """Return 60 pull requests, one opened every third day; every seventh is open, the others merge days later."""
    made = []
    for place in range(60):
        login, day = LOGINS[place % len(LOGINS)], MONDAY + timedelta(days=3 * place, hours=7 * place)
        author = None if login is None else Author(login, 100 + place % len(LOGINS), "User")
        done = day + timedelta(days=1 + place % 8, minutes=place * repository_id)
        fact = opened(author, day, place + 1) if place % 7 == 5 else merged(author, day, done, place + 1)
        made.append(evolve(fact, repository_id=repository_id, title=f"Change {place}", head_branch="fix"))
    return made


FORGETTING = Forgetting(logins=(("frank", "forgotten-00000001"),), ids=((105, 2**62),))


def fill(store: Store) -> None:
    """Two rosters after each other, two repositories, one person forgotten, and every figure ready."""
    put_roster(store, roster_of(Membership("Core", "alice")), changed_at=at("2024-06-01"))
    put_facts(store, *facts(WIDGETS.id))
    put_roster(store, ROSTER, POLICY, changed_at=at("2024-06-02"))
    put_facts(store, *facts(GADGETS.id), repository=GADGETS)
    store.forgotten.forget(ForgettingOrder(FORGETTING, store.rosters.in_force().version, "tests", at("2024-06-03")))
    tuple(store.rollups.refresh())


def verified(store: Store) -> Verification:
    """Return what there is to say about the store."""
    return VerifyStore(store.attributions, store.inspector, store.reports, store.rosters)()


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Secret:
    """The address of a filled database that is nobody's to change."""
    url = databases.create()
    with open_database(url, pool_size=2) as database:
        fill(postgres_store(database))
    return url


@pytest.fixture
def address(databases: Databases, filled: Secret) -> Iterator[Secret]:
    """The address of a copy of it."""
    url = databases.create_copy(filled)
    yield url
    databases.give_back(url)


@pytest.fixture
def store(address: Secret) -> Iterator[Store]:
    """A store on the copy."""
    with open_database(address, pool_size=2) as database:
        yield postgres_store(database)


@frozen
class Planted:
    """What verify must say of a database that these statements corrupted."""

    kind: FindingKind
    words: str
    """A part of the message."""
    sql: str


def wrong_view(name: str, right: str, wrong: str) -> str:
    """Return a statement that replaces the view by one of other text."""
    (path,) = (CHECKOUT / "schema").glob(f"*.{name.replace('_', '-')}.sql")
    made = re.search(rf"CREATE VIEW {name}.*?;\n", path.read_text(encoding="utf-8"), re.DOTALL)
    assert made is not None
    assert right in made[0]
    return made[0].replace("CREATE", "CREATE OR REPLACE", 1).replace(right, wrong)


VELOCITY, LEAD_TIME, UNATTRIBUTED = "view_team_velocity", "view_dora_lead_time", "view_unattributed_velocity"
REST_LEAD_TIME = "view_unattributed_lead_time"
MERGED, REST_MERGED = "pr_metrics.merged_at IS NOT NULL", "pull_requests.merged_at IS NOT NULL"
LATE = "pr_metrics.merged_at > '2024-03-01'"
SOME_WEEKS = "pr_metrics.merged_at NOT BETWEEN '2024-02-05' AND '2024-02-18'"
REST_WEEKS = "pull_requests.merged_at NOT BETWEEN '2024-02-05' AND '2024-02-25'"
TIMED_WEIGHT = "nullif(sum(merged.weight) FILTER (WHERE merged.seconds IS NOT NULL), 0)"
WRONG_VIEWS = {
    "velocity without small shares": (
        "velocity of",
        VELOCITY,
        "AND NOT pr_metrics.is_bot",
        "AND pr_metrics.weight > 0.4",
    ),
    "velocity without some weeks": ("the view says nothing", VELOCITY, MERGED, SOME_WEEKS),
    "velocity without the first weeks": ("the view says nothing", VELOCITY, MERGED, LATE),
    "velocity in another zone": ("velocity of", VELOCITY, "settings.report_time_zone", "'Pacific/Auckland'"),
    "velocity by opening": ("velocity of", VELOCITY, "pr_metrics.merged_at AT", "pr_metrics.created_at AT"),
    "average": ("avg_cycle_time_hours of team", VELOCITY, "nullif(count(merged.seconds), 0)", "(count(*) + 1)"),
    "weighted average": ("weighted_avg_cycle_time_hours of team", VELOCITY, TIMED_WEIGHT, "count(*)"),
    "lead time without some weeks": ("lead time of", LEAD_TIME, MERGED, SOME_WEEKS),
    "lead time without the first months": ("lead time of", LEAD_TIME, MERGED, LATE),
    "another percentile": ("lead time of", LEAD_TIME, "percentile_cont(0.95)", "percentile_cont(0.9)"),
    "another weighted percentile": ("lead time of", LEAD_TIME, "- 0.5 * spread.size", "- 0.4 * spread.size"),
    "unattributed without some weeks": ("unattributed velocity", UNATTRIBUTED, REST_MERGED, REST_WEEKS),
    "unattributed lead time without some weeks": ("unattributed lead time", REST_LEAD_TIME, REST_MERGED, REST_WEEKS),
    "unattributed lead time by reason": ("unattributed lead time", REST_LEAD_TIME, "AS weight\n", "/ 2 AS weight\n"),
    "another unattributed percentile": (
        "unattributed lead time",
        REST_LEAD_TIME,
        "percentile_cont(0.5)",
        "percentile_cont(0.4)",
    ),
    "unattributed with bots": ("unattributed velocity", UNATTRIBUTED, "AND NOT pull_requests.is_bot", ""),
}


def corruptions() -> Iterator[tuple[str, Planted]]:
    """Yield those of corruptions.sql and those of the views, by name."""
    blocks = Path(__file__).with_name("corruptions.sql").read_text(encoding="utf-8").split("\n\n")
    for block in blocks[1:]:
        head, _, sql = block.partition("\n")
        name, kind, words = head.removeprefix("-- ").split(" | ")
        yield name, Planted(FindingKind(kind), words, sql)
    for name, (words, *change) in WRONG_VIEWS.items():
        yield name, Planted(FindingKind.VIEW_DIFFERS, words, wrong_view(*change))


CORRUPTIONS = dict(corruptions())


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_is_found(store: Store, address: Secret, name: str) -> None:
    """By the kind of what is off, and in words that lead there."""
    planted = CORRUPTIONS[name]
    plant(address, planted.sql)
    verification = verified(store)
    told = [finding.message for finding in verification.findings if finding.kind is planted.kind]
    assert any(planted.words in message for message in told), verification.findings
    assert not verification.is_sound


def plant(address: Secret, statements: str) -> None:
    """Change a database as a restore that went wrong does: foreign keys and triggers rest."""
    with psycopg.connect(address.reveal()) as connection:
        connection.execute("SET session_replication_role = replica")
        changed = connection.execute(statements.encode())
        assert changed.rowcount != 0, "nothing was corrupted"


def test_figure_that_was_corrupted_is_put_right(store: Store, address: Secret) -> None:
    """By making everything ready anew."""
    plant(address, "UPDATE rolled_up_team_weeks SET prs_merged = prs_merged + 1")
    assert FindingKind.ROLLUP_DIFFERS in verified(store).counts
    RefreshRollups(store.rollups, MemoryClock()).rebuild()
    assert verified(store).findings == ()


def test_filled_store_is_sound(store: Store) -> None:
    """Which every corruption begins with; every week is compared, not only a sample."""
    verification = verified(store)
    assert verification.findings == ()
    assert (verification.facts, verification.roster_version) == (120, 3)
    assert len(verification.weeks) == len({week.week for week in store.reports.velocity(EVERYTHING)}) > 10


def test_store_stays_sound_whatever_changes(store: Store) -> None:
    """Teams that swap names, go and come back, another rule, zone and bots, a rename, a fact that merges."""
    renamed = evolve(
        ROSTER,
        teams=(Team("Core", "Front", "apps"), Team("Apps"), Team("Platform", key="platform")),
        memberships=(Membership("Core", "bob"), Membership("Apps", "Carol", left_at=MAY)),
    )
    steps = (
        (renamed, POLICY),
        (roster_of(Membership("New", "eve", Decimal("0.25"))), POLICY),
        (renamed, evolve(POLICY, rule=AttributionRule.EFFORT)),
        (renamed, AttributionPolicy(AttributionRule.MERGED, "Asia/Kathmandu", ("stranger",))),
        (
            roster_of(Membership("A", "bob"), Membership("B", "bob"), over_allocation=OverAllocation.ALLOW),
            AttributionPolicy(),
        ),
        (roster_of(), AttributionPolicy()),
    )
    for place, (roster, policy) in enumerate(steps):
        put_roster(store, roster, policy, at("2024-07-01") + timedelta(days=place))
        assert verified(store).findings == ()
    store.collection.register(evolve(WIDGETS, full_name="acme/Sprockets"), WIDGETS.full_name)
    late = facts(WIDGETS.id)[6]
    changed = evolve(with_merged_at(late, late.created_at), updated_at=at("2024-08-01"), title=None)
    put_facts(store, changed, repository=evolve(WIDGETS, full_name="acme/Sprockets"))
    assert verified(store).findings == ()
