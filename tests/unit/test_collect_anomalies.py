"""Collecting over the in-memory adapters: what a run says beside its repositories' outcomes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from attrs import evolve

from github_tracker.application.status import ReportStatus
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.anomaly import AnomalyKind
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, PullRequest, Repository
from github_tracker.domain.run_report import Outcome, RunOutcome, RunReport
from github_tracker.ports.errors import StorageError
from github_tracker.ports.report_repository import ReportRepository
from tests.unit.examples import at, merged, roster_of
from tests.unit.test_collect import World, pull_request

MONDAY = at("2024-05-27")


@pytest.fixture
def world() -> World:
    """A GitHub without any repository; it is June 1st, 2024."""
    return World()


def next_run(world: World, *names: str) -> RunReport:
    """A run a second later: runs of the same instants count as the same one."""
    world.clock.sleep(1)
    return world.collect(*names)


def kinds(report: RunReport) -> list[AnomalyKind]:
    """What is remarkable about the run."""
    return [anomaly.kind for anomaly in report.anomalies]


def opened_by(login: str, weeks_ago: int, count: int, first: int) -> Iterator[PullRequest]:
    """So many, created and merged on the Monday that long ago."""
    instant = MONDAY - timedelta(weeks=weeks_ago)
    for number in range(first, first + count):
        fact = merged(Author(login), instant, instant, number)
        yield evolve(fact, updated_at=instant)


def test_not_one_pull_request_anywhere_is_remarkable(world: World) -> None:
    """Every time, since an empty list is read anew each time; one pull request ends it."""
    for repository_id in (1, 2):
        world.github.put_repository(Repository(repository_id, f"acme/r{repository_id}"))
    for _ in range(2):
        assert kinds(world.collect("acme/r1", "acme/r2")) == [AnomalyKind.NO_PULL_REQUESTS]
    world.github.put(pull_request(2, 1))
    assert kinds(world.collect("acme/r1", "acme/r2")) == []
    assert kinds(world.collect("acme/r1", "acme/r2")) == []


def test_repositories_that_were_not_read_say_nothing_about_emptiness(world: World) -> None:
    """A run over missing ones only, or over none, has no such finding; one that was read and is empty has."""
    assert kinds(world.collect()) == []
    assert kinds(world.collect("acme/gone")) == []
    world.github.put_repository(Repository(1, "acme/r1"))
    assert kinds(world.collect("acme/gone", "acme/r1")) == [AnomalyKind.NO_PULL_REQUESTS]


def test_list_that_loses_everything_is_remarkable(world: World) -> None:
    """What is stored stays; that GitHub shows nothing of it any more is told."""
    world.add(1, 3)
    assert kinds(world.collect("acme/r1")) == []
    for number in (1, 2, 3):
        world.github.hide(1, number)
    report = world.collect("acme/r1")
    assert (kinds(report), len(world.stored())) == ([AnomalyKind.NO_PULL_REQUESTS], 3)


def test_unattributed_part_that_jumps_is_remarkable_until_it_is_mended(world: World) -> None:
    """Also in runs that change nothing; a roster that names the newcomer ends it."""
    world.github.put_repository(Repository(1, "acme/r1"))
    world.github.put(*opened_by("alice", weeks_ago=6, count=30, first=1))
    assert kinds(world.collect("acme/r1")) == []
    world.github.put(*opened_by("newcomer", weeks_ago=0, count=30, first=31))
    jumped = [AnomalyKind.UNATTRIBUTED_JUMPED]
    assert [kinds(next_run(world, "acme/r1")) for _ in range(3)] == [jumped] * 3
    roster = roster_of(Membership("Apps", "alice"), Membership("Apps", "newcomer"))
    world.container.resolve(SyncRoster)(roster, WantedPolicy(), "tests")
    assert kinds(next_run(world, "acme/r1")) == []


def test_figures_that_cannot_be_had_cost_no_report(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is kept with what it did, and says that the comparison is missing."""

    def refuse(_: object) -> None:
        raise StorageError("took too long")

    world.add(1, 3)
    monkeypatch.setattr(world.container.resolve(ReportRepository), "velocity", refuse)
    report = world.collect("acme/r1")
    assert (report.outcome, kinds(report)) == (RunOutcome.COMPLETE, [AnomalyKind.NOT_COMPARED])
    assert report.anomalies[0].message.endswith("not known: took too long")
    assert world.container.resolve(ReportStatus)().latest_run == report
    assert kinds(next_run(world, "acme/r1")) == [AnomalyKind.NOT_COMPARED]


def test_walk_over_everything_counts_what_it_repaired(world: World) -> None:
    """What increments could not see; not what they would have brought as well."""
    world.add(1, 25)
    world.github.hide(1, 7)
    assert world.collect("acme/r1").facts_repaired == 0
    world.github.put(pull_request(1, 7), evolve(pull_request(1, 26), updated_at=at("2024-05-31")))
    report = world.collect("acme/r1", is_full=True)
    assert (report.facts_changed, report.facts_repaired) == (2, 1)
    assert report.repositories[0].facts_repaired == 1
    assert world.collect("acme/r1", is_full=True).facts_repaired == 0


def test_status_is_the_last_run_and_every_repository(world: World) -> None:
    """Those that are no longer configured as well; before the first run there is nothing to tell."""
    status = world.container.resolve(ReportStatus)
    assert (status().latest_run, status().repositories) == (None, ())
    world.add(1, 3)
    world.add(2, 3)
    world.collect("acme/r2")
    report = next_run(world, "acme/r1")
    assert status().latest_run == report
    assert [(state.repository.id, state.last_outcome) for state in status().repositories] == [
        (1, Outcome.COMPLETE),
        (2, Outcome.COMPLETE),
    ]
