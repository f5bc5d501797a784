"""One process that collects, played turn by turn, and what its reports may and must say."""

from collections import defaultdict

from attrs import field, frozen

from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.roster import Roster
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport, run_outcome
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import (
    RepositoryMovedError,
    RosterChangedError,
    SchemaError,
    SecretUnavailableError,
    StateChangedError,
    StorageError,
    StorageUnavailableError,
    UnauthorisedError,
)
from github_tracker.ports.telemetry import Event, RepositoryFinished, Telemetry
from tests.contracts.moving_github import MovingGitHub, change_of
from tests.contracts.ports_in_turns import Begun, CollectionInTurns, MetricsInTurns, RostersInTurns, SourceInTurns
from tests.contracts.store import Store, facts_of
from tests.contracts.turns import Call, Turns

DONE = (Outcome.COMPLETE, Outcome.UNCHANGED)
_ATTEMPTS = 3
_HOPELESS = UnauthorisedError | SecretUnavailableError | SchemaError | StorageUnavailableError
_NO_FAULTS = (RepositoryMovedError, StateChangedError, RosterChangedError)
_ABOUT_A_NAME = ("find", "resolve", "register")
_OF_THE_REPORT = ("in_force", "put_in_force", "record_run", "velocity", "latest_run")


@frozen
class World:
    """What all processes share."""

    github: MovingGitHub
    store: Store
    clock: Clock
    seconds_a_request: int
    is_everything_shown: bool
    """Whether nothing is ever hidden, so that a finished reading has seen all that was there when it began."""
    versions: dict[int, int] = field(factory=dict)
    """Of each repository's stored state, by what storing pages returned."""


@frozen
class Errand:
    """What a process is started for."""

    plan: CollectionPlan | None
    """None: it only puts the roster in force."""
    roster: Roster | None = field(default=None, repr=False)
    policy: AttributionPolicy | None = field(default=None, repr=False)


class CollectingProcess(Telemetry):
    """Puts the roster in force and collects, as one invocation does, and checks each report as it comes."""

    def __init__(self, world: World, errand: Errand) -> None:
        self._world = world
        self._errand = errand
        self._finished: list[RepositoryReport] = []
        self._seen_faults = self._seen_readings = 0
        self._configured = set(errand.plan.repositories) if errand.plan else set[str]()
        self._faults_by_name: dict[str, list[Call]] = defaultdict(list)
        self._changes_before = world.github.changes
        self.report: RunReport | None = None
        self.turns = Turns(self._work)

    def observe(self, event: Event) -> None:
        """Check a repository's report before anything else happens."""
        if isinstance(event, RepositoryFinished):
            self._finished.append(event.report)
            self._check(event.report)

    def check_end(self) -> None:
        """Check what became of the whole process: a report, or a fault of keeping just that."""
        if self.turns.was_killed:
            return
        assert self._source.too_late == 0, "a page was begun too late"
        error, report = self.turns.error, self.report
        if error is not None:
            assert isinstance(error, StorageError)
            assert self.turns.raised[-1][0].method in _OF_THE_REPORT, (error, self.turns.raised)
        elif self._errand.plan is not None:
            assert report is not None
            stopped = any(isinstance(fault, _HOPELESS) for _, fault in self.turns.raised)
            assert report.outcome is (RunOutcome.FAILED if stopped else run_outcome(report.repositories))
            assert sorted(report.repositories, key=str) == sorted(self._finished, key=str)
            assert {entry.name for entry in report.repositories} <= set(self._errand.plan.repositories)
            assert report.requests == self._source.requests

    def _work(self, turns: Turns) -> None:
        world, store = self._world, self._world.store
        self._turns = turns
        self._source = SourceInTurns(world.github, turns, world.clock, world.seconds_a_request)
        rosters = RostersInTurns(store.rosters, turns)
        errand, policy = self._errand, self._errand.policy
        if errand.roster is not None:
            wanted = WantedPolicy(policy.rule, policy.time_zone, policy.bot_patterns) if policy else WantedPolicy()
            SyncRoster(rosters, world.clock, self)(errand.roster, wanted, "laws")
        if errand.plan is not None:
            metrics = MetricsInTurns(store.metrics, turns, world.versions)
            collection = CollectionInTurns(store.collection, turns)
            collect = CollectPullRequests(self._source, rosters, metrics, collection, store.reports, world.clock, self)
            self.report = collect(errand.plan)

    def _check(self, report: RepositoryReport) -> None:
        readings = self._source.begun[self._seen_readings :]
        self._seen_readings = len(self._source.begun)
        faults = self._new_faults(report.name)
        if report.outcome in DONE:
            assert not faults, (report, faults)
            assert report.code is None
            assert (report.outcome is Outcome.COMPLETE) == (report.facts_changed > 0)
            if self._world.is_everything_shown and readings[-1].is_from_the_front:
                self._check_all_was_seen(readings[-1])
        else:
            assert report.code is not None
        assert report.requests <= self._most_requests(readings), report

    def _new_faults(self, name: str) -> list[Call]:
        """Return the calls that failed for this repository: those about a configured name belong to that name."""
        new = self._turns.raised[self._seen_faults :]
        self._seen_faults += len(new)
        own: list[Call] = []
        for call, fault in new:
            if isinstance(fault, _NO_FAULTS) or call.method in ("record_outcome", "put_in_force"):
                continue
            if call.method in _ABOUT_A_NAME and call.subject in self._configured:
                self._faults_by_name[call.subject].append(call)
            else:
                own.append(call)
        return own + self._faults_by_name.pop(name, [])

    def _check_all_was_seen(self, begun: Begun) -> None:
        """What was there when the reading began, and rested meanwhile, is stored as it was then, or newer.

        What changes while an increment is read moves to its front, behind the reader: the next one meets it.
        """
        now = self._world.github.shown(begun.repository_id)
        stored = {fact.number: fact for fact in facts_of(self._world.store, Repository(begun.repository_id, ""))}
        for number, fact in begun.shown.items():
            if now.get(number) != fact:
                continue
            assert number in stored, f"{fact} was there and was not seen"
            assert change_of(stored[number]) >= change_of(fact), f"{fact} was there, and stored is {stored[number]}"

    def _most_requests(self, begun: list[Begun]) -> int:
        """Each reading: every page, one page again, and what was pushed along meanwhile; two more to find it moved."""
        github = self._world.github
        rows = max((len(github.shown(entry.repository_id)) + len(github.hidden) for entry in begun), default=0)
        pages = max(1, -(-rows // github.page_size))
        return 1 + _ATTEMPTS * (pages + 3 + github.changes - self._changes_before)
