"""run_scenario(): generate, let the collector run at its times, and ask the read side what it makes of it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import punq

from github_tracker.adapters.memory import MemoryClock, MemoryGitHubSource, MemoryStore, SourceFaults
from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.application.report import ReportFigures
from github_tracker.application.simulation.organisation import SimulatedOrganisation, simulate_plan
from github_tracker.application.simulation.plan import OrganisationPlan
from github_tracker.application.simulation.unfolding import seen_at
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.instants import start_of_day
from github_tracker.domain.roster import OverAllocation
from github_tracker.domain.run_report import RunReport
from github_tracker.domain.velocity import merged_by_people
from github_tracker.entrypoints.containers import simulation_container
from github_tracker.entrypoints.simulation.result import Conservation, SimulationResult
from github_tracker.entrypoints.simulation.scenario_file import ScenarioFile, read_scenario_file
from github_tracker.ports.clock import Clock
from github_tracker.ports.report_repository import ReportScope

EVERYTHING = ReportScope()


def run_scenario(scenario: ScenarioFile | Path, seed: int | None = None) -> SimulationResult:
    """Return what becomes of the scenario, the same for the same scenario and seed; None: the scenario's own seed.

    Everything happens in memory, in virtual time and through the use cases that collect for real. Raises
    BadInputError for a file that is none.
    """
    scenario = read_scenario_file(scenario) if isinstance(scenario, Path) else scenario
    seed = scenario.seed if seed is None else seed
    truth = simulate_plan(scenario.organisation, seed)
    clock = MemoryClock(start_of_day(scenario.organisation.first_day))
    faults = SourceFaults(clock, scenario.faults, scenario.collector.request_time)
    source = MemoryGitHubSource(clock, scenario.collector.page_size, faults)
    container = simulation_container(clock, source)
    policy = scenario.policy
    wanted = WantedPolicy(policy.rule, policy.time_zone, policy.bot_patterns)
    container.resolve(SyncRoster)(truth.roster, wanted, changed_by="simulation")
    runs = []
    for due_at in _due(scenario):
        _wait_until(due_at, clock)
        _show(truth, clock.now(), source)
        faults.begin_run()
        runs.append(_collect(scenario, container, clock))
    return _result(seed, truth, tuple(runs), container)


def _due(scenario: ScenarioFile) -> Iterator[datetime]:
    begins_at, ends_at = _period(scenario.organisation)
    every = scenario.collector.every
    yield from (begins_at + every * turn for turn in range(1, -((begins_at - ends_at) // every)))
    yield ends_at


def _period(plan: OrganisationPlan) -> tuple[datetime, datetime]:
    return start_of_day(plan.first_day), start_of_day(plan.last_day + timedelta(days=1))


def _wait_until(instant: datetime, clock: Clock) -> None:
    """Let the time pass; a run that took longer than until the next one delays it."""
    clock.sleep((instant - clock.now()).total_seconds())


def _show(truth: SimulatedOrganisation, instant: datetime, source: MemoryGitHubSource) -> None:
    """Let GitHub show what it shows by then; it stands still while a run reads it."""
    for repository in truth.repositories:
        source.put_repository(repository)
    source.put(*filter(None, (seen_at(one, instant) for one in truth.pull_requests)))


def _collect(scenario: ScenarioFile, container: punq.Container, clock: Clock) -> RunReport:
    names = tuple(repository.full_name for repository in scenario.organisation.repositories)
    deadline = scenario.collector.deadline
    ends_at = None if deadline is None else clock.now() + deadline
    # One after the other: which of two threads spends the time first would be an accident of the machine.
    return container.resolve(CollectPullRequests)(CollectionPlan(names, concurrency=1, deadline=ends_at))


def _result(
    seed: int, truth: SimulatedOrganisation, runs: tuple[RunReport, ...], container: punq.Container
) -> SimulationResult:
    figures = container.resolve(ReportFigures)
    velocity = figures.velocity(EVERYTHING)
    attributions = tuple(container.resolve(MemoryStore).in_order())
    with closing(figures.shares(EVERYTHING)) as shares:
        return SimulationResult(
            seed=seed,
            truth=truth,
            runs=runs,
            velocity=velocity,
            lead_time=figures.lead_time(EVERYTHING),
            shares=tuple(shares),
            attributions=attributions,
            conservation=Conservation(
                earned=sum((week.weighted_prs_merged for week in velocity.weeks), Decimal(0)),
                lost=sum((week.weighted_prs_merged for week in velocity.unattributed), Decimal(0)),
                merged=sum(1 for _ in merged_by_people(attributions)),
                allows_more=truth.roster.over_allocation is OverAllocation.ALLOW,
            ),
        )
