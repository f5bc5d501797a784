"""The store as the contracts use it: its roles together, and short ways to fill and to read them."""

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime

from attrs import frozen

from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.hygiene import AuthorActivity
from github_tracker.domain.lead_time import TeamMonth
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import PullRequest, Repository
from github_tracker.domain.roster import Roster
from github_tracker.domain.roster_change import AffectedAuthors
from github_tracker.domain.run_report import RunReport
from github_tracker.domain.small_groups import CellAuthor
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek
from github_tracker.ports.api_key_repository import ApiKeyRepository, ApiKeyUses
from github_tracker.ports.attribution_reader import AttributionReader
from github_tracker.ports.author_directory import AuthorDirectory
from github_tracker.ports.collection_repository import CollectionRepository, CollectionState
from github_tracker.ports.data_version import DataVersions
from github_tracker.ports.figure_details import FigureDetails
from github_tracker.ports.forgotten_authors import ForgottenAuthors
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored
from github_tracker.ports.planned_runs import PlannedRuns
from github_tracker.ports.report_repository import ReportRepository, ReportScope, ShareLine
from github_tracker.ports.retention import Retention
from github_tracker.ports.rollups import Rollups
from github_tracker.ports.roster_repository import (
    RosterInForce,
    RosterRepository,
    RosterUpdate,
    RosterUpdateResult,
    RosterVersion,
)
from github_tracker.ports.store_inspector import StoreInspector
from github_tracker.ports.team_directory import TeamDirectory
from tests.unit.examples import at

WIDGETS = Repository(1, "Acme/Widgets", "main")
GADGETS = Repository(2, "Acme/Gadgets")
EVERYTHING = ReportScope()


@frozen
class Store:
    """The repositories of one store, whatever is behind them."""

    rosters: RosterRepository
    metrics: MetricsRepository
    collection: CollectionRepository
    reports: ReportRepository
    details: FigureDetails
    attributions: AttributionReader
    inspector: StoreInspector
    authors: AuthorDirectory
    forgotten: ForgottenAuthors
    retention: Retention
    rollups: Rollups
    teams: TeamDirectory
    versions: DataVersions
    keys: ApiKeyRepository
    key_uses: ApiKeyUses
    planned: PlannedRuns


@frozen
class Figures:
    """What readers get without naming a team or a day."""

    velocity: tuple[TeamWeek, ...]
    unattributed: tuple[UnattributedWeek, ...]
    lead_time: tuple[TeamMonth, ...]
    weekly_authors: tuple[CellAuthor, ...]
    monthly_authors: tuple[CellAuthor, ...]
    shares: tuple[ShareLine, ...]


@frozen
class Contents:
    """Everything that can be read from a store about some repositories."""

    in_force: RosterInForce
    history: tuple[RosterVersion, ...]
    states: tuple[CollectionState | None, ...]
    facts: tuple[tuple[PullRequest, datetime], ...]
    """With observed_at beside, which takes no part in a fact's own comparison."""
    attributions: tuple[Attribution | None, ...]
    stream: tuple[Attribution, ...]
    """The same in one go, of all repositories."""
    latest_run: RunReport | None
    authors: tuple[AuthorActivity, ...]
    floor: datetime | None
    figures: Figures


_POLICY = AttributionPolicy()
_CHANGED_AT = at("2024-06-01")


def put_roster(
    store: Store,
    roster: Roster,
    policy: AttributionPolicy = _POLICY,
    changed_at: datetime = _CHANGED_AT,
    changed_by: str = "tests",
) -> RosterUpdateResult:
    """Put a roster and a policy in force."""
    return store.rosters.put_in_force(RosterUpdate(roster, policy, changed_by, changed_at))


def state_of(store: Store, repository: Repository = WIDGETS) -> CollectionState:
    """Return the repository's state; one that is not known yet is registered."""
    found = store.collection.find(repository.full_name)
    return store.collection.register(repository, repository.full_name) if found is None else found


def page_of(
    store: Store, *facts: PullRequest, checkpoint: Checkpoint | None = None, repository: Repository = WIDGETS
) -> AttributedPage:
    """Return a page that the store accepts; it keeps the stored checkpoint unless one is given."""
    in_force, state = store.rosters.in_force(), state_of(store, repository)
    attributor = Attributor(in_force.roster, in_force.policy)
    return AttributedPage(
        repository_id=state.repository.id,
        attributions=tuple(map(attributor.attribute, facts)),
        roster_version=in_force.version,
        checkpoint=state.checkpoint if checkpoint is None else checkpoint,
        state_version=state.version,
    )


def put_facts(
    store: Store, *facts: PullRequest, checkpoint: Checkpoint | None = None, repository: Repository = WIDGETS
) -> PageStored:
    """Store one page of these facts."""
    return store.metrics.store_page(page_of(store, *facts, checkpoint=checkpoint, repository=repository))


def facts_of(store: Store, repository: Repository = WIDGETS) -> tuple[PullRequest, ...]:
    """Return the stored facts of one repository."""
    with closing(store.metrics.pull_requests(repository.id)) as facts:
        return tuple(facts)


def attribution_of(store: Store, fact: PullRequest) -> Attribution:
    """Return the stored attribution of a fact that is known."""
    found = store.metrics.attribution(*fact.key)
    assert found is not None
    return found


def stream_of(store: Store, authors: AffectedAuthors | None = None) -> tuple[Attribution, ...]:
    """Return all stored attributions, or those of some authors' pull requests."""
    with closing(store.attributions.attributions(authors)) as attributions:
        return tuple(attributions)


def shares_of(store: Store, scope: ReportScope = EVERYTHING) -> tuple[ShareLine, ...]:
    """Return the shares in the scope."""
    with closing(store.reports.shares(scope)) as lines:
        return tuple(lines)


def authors_of(store: Store) -> tuple[AuthorActivity, ...]:
    """Return what each author opened."""
    with closing(store.authors.activities()) as activities:
        return tuple(activities)


def contents_of(store: Store, names: Iterable[str] = (WIDGETS.full_name, GADGETS.full_name)) -> Contents:
    """Return everything that can be read; the repositories are looked for under each of the names."""
    states = tuple(map(store.collection.find, names))
    ids = sorted({state.repository.id for state in states if state is not None})
    facts = tuple(fact for repository_id in ids for fact in store.metrics.pull_requests(repository_id))
    return Contents(
        in_force=store.rosters.in_force(),
        history=store.rosters.history(),
        states=states,
        facts=tuple((fact, fact.observed_at) for fact in facts),
        attributions=tuple(store.metrics.attribution(*fact.key) for fact in facts),
        stream=stream_of(store),
        latest_run=store.collection.latest_run(),
        authors=authors_of(store),
        floor=store.retention.floor(),
        figures=Figures(
            velocity=store.reports.velocity(EVERYTHING),
            unattributed=store.reports.unattributed(EVERYTHING),
            lead_time=store.reports.lead_time(EVERYTHING),
            weekly_authors=store.reports.weekly_authors(EVERYTHING),
            monthly_authors=store.reports.monthly_authors(EVERYTHING),
            shares=shares_of(store),
        ),
    )
