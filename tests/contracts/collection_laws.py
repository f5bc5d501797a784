"""Whatever happens while it collects, nothing is lost and nothing is told that is not so: state machines.

Up to three processes collect at once, in turns of one call of a port each. Between any two of their calls pull requests
are opened, changed and hidden, repositories change their names, rosters come into force and time passes; and any call
can fail, be done without its being told, or be the last one of its process.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from github_tracker.adapters.memory import MemoryClock, MemoryTelemetry
from github_tracker.application.collect import CollectionPlan
from github_tracker.application.collection_run import REWALK_EVERY
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.roster import Roster
from github_tracker.domain.run_report import RunReport
from tests.contracts.collecting_process import DONE, CollectingProcess, Errand, World
from tests.contracts.collection_troubles import POLICIES, ROSTERS, SOURCE_TROUBLES, STORE_TROUBLES, order_of
from tests.contracts.collection_truth import StoreWatch
from tests.contracts.moving_github import AUTHORS, Happening, MovingGitHub
from tests.contracts.store import Store
from tests.contracts.turns import PROCEED, Order
from tests.unit.examples import at

OpenStore = Callable[[], AbstractContextManager[Store]]

BEGINNING: Final = at("2024-06-03T09:00:00")
NAMES: Final = ("acme/one", "acme/two", "acme/three", "beta/one")
CONFIGURED: Final = (("acme/one",), ("acme/one", "acme/two"), ("acme/two", "ACME/one", "acme/former", "acme/one"))
_ROSTERS = st.integers(0, len(ROSTERS) - 1)
_POLICIES = st.integers(0, len(POLICIES) - 1)
_CHOICES = st.integers(0, 99)
_LATENESSES = st.sampled_from((0, 0, 1, 599, 600))
_TICKS = st.sampled_from((1, 1, 59, 600, 601, 86_400, int(REWALK_EVERY.total_seconds())))
_DEADLINES = st.sampled_from((None, None, None, 10, 11, 30, 70))
_MANY_TURNS = 500


class CollectionOfMovingRepositories(RuleBasedStateMachine):
    """Lists on which everything moves but nothing vanishes: what a watermark has passed, has been seen."""

    is_everything_shown = True

    def __init__(self, open_store: OpenStore, looks_after_each_call: bool = True) -> None:
        super().__init__()
        self._looks_after_each_call = looks_after_each_call
        self._opened = ExitStack()
        self._store = self._opened.enter_context(open_store())
        self._processes: list[CollectingProcess] = []
        self._is_touched = False

    @initialize(
        page_size=st.integers(1, 3),
        counts=st.tuples(st.integers(0, 7), st.integers(0, 3)),
        configured=st.sampled_from(CONFIGURED),
        seconds=st.sampled_from((0, 1, 20)),
        is_collected=st.booleans(),
    )
    def begin(
        self, page_size: int, counts: tuple[int, int], configured: tuple[str, ...], seconds: int, is_collected: bool
    ) -> None:
        """Begin with some pull requests, which may have been collected already."""
        self._clock = MemoryClock(BEGINNING)
        self._github = github = MovingGitHub(self._clock, page_size)
        for repository_id, name in ((1, "acme/former"), (1, "acme/one"), (2, "acme/two")):
            github.name(repository_id, name)
        for repository_id, count in enumerate(counts, start=1):
            for number in range(count):
                self._clock.sleep(1)
                github.open(repository_id, AUTHORS[number % 2])
        self._configured = configured
        self._world = World(github, self._store, self._clock, seconds, self.is_everything_shown)
        self._watch = StoreWatch(self._store, github)
        self._put_in_force(ROSTERS[0], POLICIES[0])
        if is_collected:
            self._clock.sleep(601)
            self._collect()

    @rule(
        is_full=st.sampled_from((False, False, False, True)),
        seconds=_DEADLINES,
        roster=st.none() | _ROSTERS,
        policy=st.none() | _POLICIES,
        calls=st.integers(0, 30),
    )
    @precondition(lambda self: len(self._processes) < 3)
    def start(self, is_full: bool, seconds: int | None, roster: int | None, policy: int | None, calls: int) -> None:
        """Start a process that collects, with a roster of its own to be put in force or without."""
        deadline = None if seconds is None else self._clock.now() + timedelta(seconds=seconds)
        plan = CollectionPlan(self._configured, 1, deadline, is_full)
        errand = Errand(plan, None if roster is None else ROSTERS[roster], None if policy is None else POLICIES[policy])
        self._processes.append(CollectingProcess(self._world, errand))
        self._advance(-1, calls)

    @rule(choice=_CHOICES, calls=st.integers(1, 12))
    @precondition(lambda self: self._processes)
    def go_on(self, choice: int, calls: int) -> None:
        """Let one process do some calls."""
        self._advance(choice, calls)

    @rule(choice=_CHOICES)
    @precondition(lambda self: self._processes)
    def finish(self, choice: int) -> None:
        """Let one process come to its end."""
        self._advance(choice, _MANY_TURNS)

    @rule(
        choice=_CHOICES,
        calls=st.integers(0, 15),
        at_source=st.sampled_from(SOURCE_TROUBLES),
        at_store=st.sampled_from(STORE_TROUBLES),
    )
    def trouble(self, choice: int, calls: int, at_source: str, at_store: str) -> None:
        """Let a process do some calls, and let the one that it rests at then go wrong."""
        if not self._processes:
            self.start(is_full=False, seconds=None, roster=None, policy=None, calls=0)
        process = self._chosen(choice)
        self._advance(choice, calls)
        call = process.turns.resting_at
        if call is None:
            return
        self._advance(choice, 1, order_of(at_store if call.is_of_store else at_source, self._clock.now()))

    @rule(seconds=_TICKS)
    def pass_time(self, seconds: int) -> None:
        """Instants are whole seconds, so many things happen at one instant."""
        self._clock.sleep(seconds)

    @rule(repository_id=st.sampled_from((1, 1, 1, 2, 3)), author=st.integers(0, len(AUTHORS) - 1), lateness=_LATENESSES)
    def open(self, repository_id: int, author: int, lateness: int) -> None:
        """Open a pull request, which appears up to ten minutes later than it says."""
        self._github.open(repository_id, AUTHORS[author], lateness)

    @rule(choice=_CHOICES, what=st.sampled_from(Happening), lateness=_LATENESSES)
    @precondition(lambda self: self._github.facts)
    def happen(self, choice: int, what: Happening, lateness: int) -> None:
        """Change a pull request, which appears up to ten minutes later than it says."""
        keys = sorted(self._github.facts)
        self._github.happen(keys[choice % len(keys)], what, lateness)

    @rule(repository_id=st.sampled_from((1, 2, 3)), name=st.sampled_from(NAMES))
    def rename(self, repository_id: int, name: str) -> None:
        """Rename, transfer or create a repository, often by a name that another one bore."""
        self._github.name(repository_id, name)

    @rule(roster=_ROSTERS, policy=_POLICIES)
    def change_roster(self, roster: int, policy: int) -> None:
        """Put another roster in force from outside."""
        self._put_in_force(ROSTERS[roster], POLICIES[policy])

    @invariant()
    def the_store_is_true(self) -> None:
        """After every step that touched it."""
        if self._is_touched:
            self._is_touched = False
            self._watch.check_watermarks(self.is_everything_shown)
            self._watch.check_shares()

    def teardown(self) -> None:
        """When everything rests, a run without faults brings all that GitHub shows, and the next one costs nothing."""
        try:
            # What a step found must not be hidden by what follows from it.
            if hasattr(self, "_watch") and sys.exc_info()[0] is None:
                while self._processes:
                    self._advance(0, _MANY_TURNS)
                self._clock.sleep(1)
                self._settle()
                self._check_that_it_rests()
        finally:
            for process in self._processes:
                process.turns.kill()
            self._opened.close()

    def _settle(self) -> None:
        """The first run ends what is unfinished, the second one finds what came since that was begun."""
        self._collect()
        self._check_the_end(self._collect())

    def _check_the_end(self, report: RunReport) -> None:
        ids = {entry.repository_id or 0 for entry in report.repositories}
        led_to = set.union(*(self._github.led_to(name) for name in self._configured))
        assert ids <= led_to, "collected what no configured name ever led to"
        self._watch.check_everything_is_there(ids)
        self._watch.check_shares()
        self._watch.check_conservation()
        assert self._store.collection.latest_run() == report

    def _check_that_it_rests(self) -> None:
        """Past the overlap, a run changes nothing and costs one request; an empty list has no watermark to stop at."""
        self._clock.sleep(601)
        self._collect()
        before = self._watch.states()
        report = self._collect()
        assert (report.facts_changed, report.shares_changed) == (0, 0)
        if any(self._leads_to(entry.name) != entry.repository_id for entry in report.repositories):
            return  # GitHub has to be asked again for a name that the store knows as another repository's.
        for entry in report.repositories:
            repository_id = entry.repository_id or 0
            if before[repository_id].checkpoint.watermark is not None:
                assert entry.requests == 1
                assert self._watch.states()[repository_id] == before[repository_id]

    def _leads_to(self, name: str) -> int | None:
        """As the store knows it."""
        state = self._store.collection.find(name)
        return None if state is None else state.repository.id

    def _collect(self, is_full: bool = False) -> RunReport:
        """Collect without any trouble; whatever was before, that gets through."""
        self._clock.sleep(1)
        process = CollectingProcess(self._world, Errand(CollectionPlan(self._configured, 1, is_full=is_full)))
        self._processes.append(process)
        self._advance(-1, _MANY_TURNS)
        assert process.report is not None
        assert all(entry.outcome in DONE for entry in process.report.repositories), process.report
        return process.report

    def _put_in_force(self, roster: Roster, policy: AttributionPolicy) -> None:
        self._is_touched = True
        wanted = WantedPolicy(policy.rule, policy.time_zone, policy.bot_patterns)
        SyncRoster(self._store.rosters, self._clock, MemoryTelemetry())(roster, wanted, "another process")

    def _chosen(self, choice: int) -> CollectingProcess:
        return self._processes[choice % len(self._processes)]

    def _advance(self, choice: int, calls: int, order: Order = PROCEED) -> None:
        """Let a process do so many calls; one that has ended is judged and is no more."""
        process = self._chosen(choice)
        turns = process.turns
        for _ in range(calls):
            if turns.resting_at is None:
                break
            self._is_touched |= turns.resting_at.method in ("store_page", "put_in_force", "register")
            turns.go_on(order)
            if self._looks_after_each_call:
                self.the_store_is_true()
        assert calls < _MANY_TURNS or turns.has_ended, "the run does not end"
        if turns.has_ended:
            self._processes.remove(process)
            process.check_end()


class CollectionWithHiddenRows(CollectionOfMovingRepositories):
    """Pull requests vanish and come back as well, and others slip past for it; a walk over everything finds those."""

    is_everything_shown = False

    @rule(choice=_CHOICES)
    @precondition(lambda self: self._github.facts)
    def hide(self, choice: int) -> None:
        """Take one out of the lists."""
        keys = sorted(self._github.facts)
        self._github.hide_row(keys[choice % len(keys)])

    @rule(choice=_CHOICES)
    @precondition(lambda self: self._github.hidden)
    def show(self, choice: int) -> None:
        """Let one be back with the instants it had."""
        keys = sorted(self._github.hidden)
        self._github.show_row(keys[choice % len(keys)])

    def teardown(self) -> None:
        """First, walks that were cut, and whose lists shrank before they were gone on with, still find everything."""
        if hasattr(self, "_watch") and sys.exc_info()[0] is None:
            while self._processes:
                self._advance(0, _MANY_TURNS)
            self._check_cut_walks()
        super().teardown()

    def _check_cut_walks(self) -> None:
        self._collect()  # Walks that were cut before, while anything could vanish, promise nothing.
        plan = CollectionPlan(self._configured, 1, is_full=True)
        self._processes.append(CollectingProcess(self._world, Errand(plan)))
        self._advance(-1, 6 + self._github.changes % 12)
        for process in self._processes:
            process.turns.kill()
        self._processes.clear()
        unfinished = {key for key, state in self._watch.states().items() if "walk" in (state.checkpoint.cursor or "")}
        for repository_id in unfinished:
            # More than one page, which is how much is read again anyway.
            rows = sorted((repository_id, number) for number in self._github.shown(repository_id))
            for key in rows[: self._github.page_size + 1]:
                self._github.hide_row(key)
        report = self._collect()
        self._watch.check_everything_is_there(unfinished & {entry.repository_id or 0 for entry in report.repositories})

    def _settle(self) -> None:
        """A walk over everything finds every one that is shown, asked for or due."""
        if len(self._github.hidden) % 2:
            self._check_the_end(self._collect(is_full=True))
        else:
            self._collect()
            self._clock.sleep(REWALK_EVERY.total_seconds())
            self._check_the_end(self._collect())
