"""Collecting over the in-memory adapters: every repository as far as it goes, and a report that says so."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event

import punq
import pytest
from attrs import evolve

from github_tracker.adapters.memory import (
    MemoryClock,
    MemoryGitHubSource,
    MemoryMetricsRepository,
    MemoryStore,
    MemoryTelemetry,
)
from github_tracker.application.collect import REWALK_EVERY, CollectionPlan, CollectPullRequests
from github_tracker.application.report import ReportFigures
from github_tracker.application.sync_roster import NoRosterError, SyncRoster, WantedPolicy
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.errors import ContradictedFactError
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest, Repository
from github_tracker.domain.run_report import Outcome, RunOutcome, RunReport
from github_tracker.entrypoints.containers import simulation_container
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.errors import (
    LimitedSourceError,
    PortError,
    SchemaError,
    SecretUnavailableError,
    SourceError,
    StateChangedError,
    StorageError,
    UnauthorisedError,
)
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored
from github_tracker.ports.report_repository import ReportRepository, ReportScope
from github_tracker.ports.telemetry import (
    PageCollected,
    RepositoryFinished,
    RosterSynchronised,
    RunFinished,
    RunStarted,
    Telemetry,
)
from tests.unit.examples import at, merged, roster_of

START = at("2024-05-01")
ROSTER = roster_of(Membership("Apps", "alice"))
NAMES = tuple(f"acme/r{number}" for number in range(1, 11))


class World:
    """Repositories on a GitHub in memory, and whatever collects them."""

    def __init__(self, page_size: int = 10) -> None:
        self.clock = MemoryClock(at("2024-06-01"))
        self.container: punq.Container = simulation_container(self.clock)
        self.github = MemoryGitHubSource(self.clock, page_size)
        self.store: MemoryStore = self.container.resolve(MemoryStore)
        self.container.register(GitHubSource, instance=self.github)
        self.container.resolve(SyncRoster)(ROSTER, WantedPolicy(), "tests")

    def add(self, repository_id: int, count: int, name: str = "") -> None:
        """Put a repository with so many pull requests of alice's on it."""
        self.github.put_repository(Repository(repository_id, name or f"acme/r{repository_id}"))
        self.github.put(*(pull_request(repository_id, number) for number in range(1, count + 1)))

    def collect(self, *names: str, deadline: datetime | None = None, is_full: bool = False) -> RunReport:
        """Run over these names."""
        report: RunReport = self.container.resolve(CollectPullRequests)(
            CollectionPlan(names, concurrency=3, deadline=deadline, is_full=is_full)
        )
        return report

    def stored(self) -> set[tuple[int, int]]:
        """The keys of all facts."""
        return set(self.store.attributions)


def pull_request(repository_id: int, number: int) -> PullRequest:
    """One that merged a day after it was created, an hour after the one before."""
    created_at = START + timedelta(hours=number)
    fact = merged(Author("alice"), created_at, created_at + timedelta(days=1), number)
    return evolve(fact, repository_id=repository_id, updated_at=created_at + timedelta(days=1))


class Troubled(GitHubSource):
    """Another source that raises for one repository, when its second page is asked for or when it is resolved."""

    def __init__(self, inner: GitHubSource, name: str, fault: Exception, is_at_once: bool = False) -> None:
        self._inner = inner
        self._name = name
        self._fault = fault
        self._is_at_once = is_at_once

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Raise at once, if that is the trouble."""
        if self._is_at_once and full_name == self._name:
            raise self._fault
        return self._inner.resolve(full_name, deadline)

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Raise after the first page."""
        for page in self._inner.pages(repository, checkpoint, deadline):
            yield page
            if repository.full_name == self._name:
                raise self._fault


@pytest.fixture
def world() -> World:
    """Ten repositories of 25 pull requests each, ten a page."""
    made = World()
    for repository_id in range(1, 11):
        made.add(repository_id, 25)
    return made


def test_everything_is_collected_once(world: World) -> None:
    """Facts, shares, a report that adds up, and nothing the second time."""
    report = world.collect(*NAMES)
    assert report.outcome is RunOutcome.COMPLETE
    assert (report.facts_seen, report.facts_changed, report.shares_changed, report.requests) == (250, 250, 250, 40)
    assert {(entry.pages, entry.requests) for entry in report.repositories} == {(3, 4)}
    again = world.collect(*NAMES)
    assert {entry.outcome for entry in again.repositories} == {Outcome.UNCHANGED}
    assert (again.facts_changed, again.shares_changed, again.requests) == (0, 0, 10)
    assert world.collect(*NAMES).facts_seen == 0


def test_one_missing_repository_stops_no_other(world: World) -> None:
    """Nine complete, one failed with its name and reason, the run partial."""
    report = world.collect(*NAMES[:4], "acme/gone", *NAMES[4:9])
    assert report.outcome is RunOutcome.PARTIAL
    assert len(report.with_outcome(Outcome.COMPLETE)) == 9
    (failed,) = report.with_outcome(Outcome.FAILED)
    assert (failed.name, failed.code, failed.repository_id) == ("acme/gone", "unavailable", None)
    assert failed.message is not None
    assert "acme/gone" in failed.message


def test_nothing_but_failures_is_a_failed_run(world: World) -> None:
    """Not a partial one."""
    assert world.collect("acme/gone", "acme/lost").outcome is RunOutcome.FAILED


@pytest.mark.parametrize("is_at_once", [True, False])
@pytest.mark.parametrize("fault", [UnauthorisedError("no"), SecretUnavailableError("no")])
def test_refused_token_stops_the_run(world: World, is_at_once: bool, fault: PortError) -> None:
    """So does one that cannot be read. What has not begun is reported as such, and the run has failed."""
    troubled = Troubled(world.github, NAMES[0], fault, is_at_once)
    world.container.register(GitHubSource, instance=troubled)
    report = world.collect(*NAMES)
    assert report.outcome is RunOutcome.FAILED
    codes = {entry.name: entry.code for entry in report.repositories}
    assert codes[NAMES[0]] == fault.code
    assert codes[NAMES[-1]] == "stopped"


def test_limit_defers_with_the_time_to_come_back(world: World) -> None:
    """The page that was read stays; the next run goes on one page early, and then looks at what changed since."""
    retry_at = at("2024-06-01T13:00")
    limited = LimitedSourceError("limit", retry_at)
    world.container.register(GitHubSource, instance=Troubled(world.github, NAMES[0], limited))
    report = world.collect(*NAMES[:2])
    entry = report.repositories[0]
    assert (entry.outcome, entry.code, entry.retry_at, entry.facts_changed) == (
        Outcome.DEFERRED,
        "limited",
        retry_at,
        10,
    )
    assert report.outcome is RunOutcome.PARTIAL
    world.container.register(GitHubSource, instance=world.github)
    finished = world.collect(NAMES[0]).repositories[0]
    assert (finished.outcome, finished.pages, finished.facts_changed) == (Outcome.COMPLETE, 3 + 1, 15)


def test_requests_of_a_fault_are_counted(world: World) -> None:
    """Those that were sent in vain as well."""
    fault = SourceError("broken")
    fault.requests = 5
    world.container.register(GitHubSource, instance=Troubled(world.github, NAMES[0], fault))
    assert world.collect(NAMES[0]).repositories[0].requests == 1 + 1 + 5


def test_malformed_fact_fails_its_repository(world: World) -> None:
    """With a code of its own, and what was stored stays."""
    world.container.register(GitHubSource, instance=Troubled(world.github, NAMES[0], ContradictedFactError(1, 11)))
    entry = world.collect(NAMES[0]).repositories[0]
    assert (entry.outcome, entry.code) == (Outcome.FAILED, "malformed")
    assert len(world.stored()) == 10


def test_names_of_one_repository_are_collected_once(world: World) -> None:
    """A former name, another spelling and the present name lead to one id."""
    world.github.put_repository(Repository(1, "acme/new"))
    report = world.collect("acme/r1", "acme/new", "ACME/NEW", "acme/r2")
    assert [entry.name for entry in report.repositories] == ["acme/r1", "acme/r2"]
    assert report.repositories[0].requests == 3 + 3
    assert world.collect("acme/r1", "acme/new").requests == 1


def test_renamed_repository_is_gone_on_with(world: World) -> None:
    """Its facts stay, its shares carry the new name, and the old name costs nothing from then on."""
    world.collect("acme/r1")
    world.github.put_repository(Repository(1, "acme/new"))
    world.github.put(pull_request(1, 26))
    report = world.collect("acme/r1")
    assert (report.outcome, report.facts_changed) == (RunOutcome.COMPLETE, 1)
    lines = list(world.container.resolve(ReportFigures).shares(ReportScope()))
    assert {line.repository for line in lines} == {"acme/new"}
    assert len(lines) == 26
    assert world.collect("acme/r1").requests == 1


def test_deadline_stops_between_pages(world: World) -> None:
    """The checkpoint is kept; the next run re-reads one page, finishes, and looks at what changed since the first."""

    class Slow(MemoryTelemetry):
        def observe(self, event: object) -> None:
            if isinstance(event, PageCollected):
                world.clock.sleep(30)

    world.container.register(Telemetry, instance=Slow())
    report = world.collect("acme/r1", deadline=world.clock.now() + timedelta(seconds=60))
    entry = report.repositories[0]
    assert (entry.outcome, entry.code, entry.pages) == (Outcome.DEFERRED, "deadline", 2)
    assert len(world.stored()) == 20
    rest = world.collect("acme/r1").repositories[0]
    assert (rest.outcome, rest.pages, rest.facts_seen, rest.facts_changed) == (Outcome.COMPLETE, 2 + 1, 15 + 1, 5)


def test_deadline_that_is_near_begins_nothing(world: World) -> None:
    """Less than ten seconds are no time for a page."""
    report = world.collect("acme/r1", deadline=world.clock.now() + timedelta(seconds=9))
    assert (report.repositories[0].outcome, report.repositories[0].pages) == (Outcome.DEFERRED, 0)


@pytest.mark.parametrize("is_full", [True, False])
def test_walk_over_everything_finds_what_was_changed_unseen(world: World, is_full: bool) -> None:
    """On request, and by itself after a week."""
    world.github.hide(1, 7)
    world.collect("acme/r1")
    world.github.put(pull_request(1, 7))
    assert world.collect("acme/r1").facts_changed == 0
    if not is_full:
        world.clock.sleep(REWALK_EVERY.total_seconds())
    report = world.collect("acme/r1", is_full=is_full)
    assert (report.facts_changed, report.repositories[0].pages) == (1, 3)
    assert len(world.stored()) == 25


def test_roster_that_changes_meanwhile_leaves_no_stale_share(world: World) -> None:
    """The page is attributed again by the roster in force."""

    class Meddling(MemoryMetricsRepository):
        has_meddled = False

        def store_page(self, page: AttributedPage) -> PageStored:
            if not self.has_meddled:
                self.has_meddled = True
                world.container.resolve(SyncRoster)(roster_of(Membership("Core", "alice")), WantedPolicy(), "meanwhile")
            return super().store_page(page)

    world.container.register(MetricsRepository, instance=Meddling(world.store))
    assert world.collect("acme/r1").outcome is RunOutcome.COMPLETE
    teams = {share.team for attribution in world.store.attributions.values() for share in attribution.shares}
    assert teams == {"Core"}


def test_state_moved_by_another_run_is_gone_on_with(world: World) -> None:
    """Once; a run that is overtaken again and again leaves it to the other."""

    class Overtaken(MemoryMetricsRepository):
        times = 1

        def store_page(self, page: AttributedPage) -> PageStored:
            if self.times > 0:
                self.times -= 1
                raise StateChangedError("moved")
            return super().store_page(page)

    metrics = Overtaken(world.store)
    world.container.register(MetricsRepository, instance=metrics)
    assert world.collect("acme/r1").outcome is RunOutcome.COMPLETE
    metrics.times = 9
    entry = world.collect("acme/r1", is_full=True).repositories[0]
    assert (entry.outcome, entry.code) == (Outcome.DEFERRED, "overtaken")


def test_roster_that_never_rests_fails_the_repository(world: World) -> None:
    """In bounded time, and with nothing stored."""

    class Restless(MemoryMetricsRepository):
        def store_page(self, page: AttributedPage) -> PageStored:
            return super().store_page(evolve(page, roster_version=-1))

    world.container.register(MetricsRepository, instance=Restless(world.store))
    entry = world.collect("acme/r1").repositories[0]
    assert (entry.outcome, entry.code) == (Outcome.FAILED, "roster_changed")
    assert world.stored() == set()


def test_missing_schema_stops_the_run(world: World) -> None:
    """No repository can fare better without tables."""

    class Bare(MemoryMetricsRepository):
        def store_page(self, page: AttributedPage) -> PageStored:
            raise SchemaError(f"no tables for {page.repository_id}")

    world.container.register(MetricsRepository, instance=Bare(world.store))
    report = world.collect(*NAMES)
    assert report.outcome is RunOutcome.FAILED
    assert "schema" in {entry.code for entry in report.repositories}


def test_outcome_that_cannot_be_noted_stops_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report still tells."""

    def refuse(*_: object) -> None:
        raise StorageError("full")

    collection = world.container.resolve(CollectionRepository)
    monkeypatch.setattr(collection, "record_outcome", refuse)
    assert world.collect("acme/r1").outcome is RunOutcome.COMPLETE


def test_hopeless_run_ends_with_the_page_it_is_at(world: World) -> None:
    """A repository that is being read stops after the page, with its checkpoint, once another one is refused."""
    is_read, is_refused = Event(), Event()

    class Watching(MemoryTelemetry):
        def observe(self, event: object) -> None:
            if isinstance(event, PageCollected) and (event.repository, event.facts_seen) == ("acme/r11", 20):
                is_read.set()
                assert is_refused.wait(30)
            if isinstance(event, PageCollected) and event.repository == NAMES[0]:
                assert is_read.wait(30)
            if isinstance(event, RepositoryFinished) and event.report.name == NAMES[0]:
                is_refused.set()

    world.add(11, 400)
    world.container.register(Telemetry, instance=Watching())
    world.container.register(GitHubSource, instance=Troubled(world.github, NAMES[0], UnauthorisedError("no")))
    report = world.collect("acme/r11", NAMES[0])
    stopped = next(entry for entry in report.repositories if entry.name == "acme/r11")
    assert (stopped.outcome, stopped.code, stopped.facts_changed) == (Outcome.DEFERRED, "stopped", 20)
    assert report.outcome is RunOutcome.FAILED


def test_interrupt_reaches_the_caller(world: World) -> None:
    """It is no failure of a repository."""

    class Interrupting(MemoryTelemetry):
        def observe(self, event: object) -> None:
            if isinstance(event, RepositoryFinished):
                raise KeyboardInterrupt

    world.container.register(Telemetry, instance=Interrupting())
    with pytest.raises(KeyboardInterrupt):
        world.collect("acme/r1")


def test_run_is_told_and_kept(world: World) -> None:
    """Start, pages, repositories, end; the kept report is the one that was returned."""
    report = world.collect("acme/r1")
    telemetry = world.container.resolve(Telemetry)
    kinds = [type(event) for event in telemetry.events]
    assert kinds == [RosterSynchronised, RunStarted, *[PageCollected] * 3, RepositoryFinished, RunFinished]
    assert world.container.resolve(CollectionRepository).latest_run() == report
    assert report.roster_version == 1


def test_empty_repository_is_one_request(world: World) -> None:
    """First resolved, from then on one request a run, and never a fault."""
    world.github.put_repository(Repository(20, "acme/empty"))
    assert [world.collect("acme/empty").requests for _ in range(3)] == [2, 1, 1]


def test_no_roster_anywhere_is_bad_input() -> None:
    """Neither a file nor a stored one."""
    with pytest.raises(NoRosterError, match="TEAM_CONFIG_FILE"):
        simulation_container().resolve(SyncRoster)(None, WantedPolicy(), "tests")


def test_stored_roster_serves_where_none_is_given(world: World) -> None:
    """Unset settings keep what is in force; set ones replace it, and facts follow."""
    world.collect("acme/r1")
    sync = world.container.resolve(SyncRoster)
    assert not sync(None, WantedPolicy(), "tests").is_new_version
    wanted = WantedPolicy(AttributionRule.MERGED, "Europe/Berlin", ("ci-*",))
    result = sync(None, wanted, "tests")
    assert (result.is_new_version, result.facts_examined, result.shares_changed) == (True, 25, 25)
    assert not sync(None, WantedPolicy(), "tests").is_new_version
    in_force = sync.in_force()
    assert (in_force.version, in_force.policy.time_zone, in_force.roster) == (2, "Europe/Berlin", ROSTER)


def test_reports_name_what_they_follow(world: World) -> None:
    """Rule, zone and roster version stand beside the figures."""
    world.collect("acme/r1")
    figures = world.container.resolve(ReportFigures)
    velocity, lead_time = figures.velocity(ReportScope()), figures.lead_time(ReportScope())
    assert velocity.basis == lead_time.basis
    assert (velocity.basis.roster_version, velocity.basis.policy.rule) == (1, AttributionRule.CREATED)
    assert sum(week.prs_merged for week in velocity.weeks) == 25
    assert [month.prs_merged for month in lead_time.months] == [25]
    assert velocity.unattributed == world.container.resolve(ReportRepository).unattributed(ReportScope())
