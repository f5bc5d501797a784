"""Faults of the list itself: renames, moves while it is faulted, emptiness; and faults while a name is looked up."""

from datetime import timedelta

import pytest
from attrs import evolve

from github_tracker.application.collect_repository import STOP_BEFORE_DEADLINE
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import Outcome, RunOutcome
from tests import scripted_faults as faults
from tests.contracts.store import facts_of
from tests.integration.fault_checks import MOST_REQUESTS, POSITIONS, watched_world
from tests.integration.fault_kinds import KINDS, FaultKind, Phase
from tests.integration.fault_world import (
    FAULTY,
    FaultWorld,
    essence_of,
    essence_without_faults,
    faultless,
    is_of,
    pull_request,
    report_on,
    unseen_before_watermark,
)
from tests.scripted_github import Fault

RENAMED = Repository(FAULTY.id, "Beta/Moved", "main")
MOVING = [kind for kind in KINDS if kind.name in ("502", "404", "connection cut in the body", "[] without Link")]
MOVING += [
    kind for kind in KINDS if kind.name in ("primary limit past the deadline", "secondary limit with Retry-After")
]


@pytest.mark.parametrize("name", ["Beta/Moved", "acme/FAULTY"])
@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("phase", Phase)
def test_rename_during_a_run_loses_nothing(
    phase: Phase, position: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Transferred or spelt anew just before any page: that run goes on under the new name and is complete."""
    renamed = evolve(RENAMED, full_name=name)

    def prepare(world: FaultWorld) -> None:
        world.begin(phase)
        world.github.put_repository(renamed)

    with watched_world(caplog) as world:
        world.begin(phase)
        rename = faults.meanwhile(lambda: world.github.put_repository(renamed))
        world.github.on(faults.lists(FAULTY.full_name, POSITIONS[position]), rename)
        own = report_on(world.run())
        assert own.outcome is Outcome.COMPLETE, own
        assert unseen_before_watermark(world) == []
        sent = [request for request in world.github.requests if is_of(FAULTY, request) or is_of(renamed, request)]
        assert len(sent) <= MOST_REQUESTS
        world.clean_run()
        assert essence_of(world.store).facts == faultless(phase).facts
        assert essence_of(world.store) == essence_without_faults(prepare)


def move(world: FaultWorld) -> None:
    """Change one that was read, merge one that is to come, and open two, one of them late."""
    now = world.clock.now().replace(microsecond=0)
    world.github.put(
        *(evolve(pull_request(number), title="Moved", updated_at=now) for number in (1, 11)),
        evolve(pull_request(21), updated_at=now),
        evolve(pull_request(22), updated_at=now - timedelta(minutes=5)),
    )


@pytest.mark.parametrize("is_lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("position", ["middle", "last"])
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", MOVING, ids=lambda kind: kind.name)
def test_list_that_moves_while_it_is_faulted_loses_nothing(
    kind: FaultKind, phase: Phase, position: str, is_lasting: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """It moves just before the fault and again after the run, and everything is stored as it stands in the end.

    The next run ends what was begun; what moved behind the reading meanwhile is the increment's after it, fault or not.
    """
    with watched_world(caplog) as world:
        world.begin(phase)
        matches = faults.lists(FAULTY.full_name, POSITIONS[position])
        world.github.on(matches, kind.make(world.github.url), times=None if is_lasting else 1)
        world.github.on(matches, faults.meanwhile(lambda: move(world)))
        own = report_on(world.run(kind.deadline))
        assert (own.outcome is Outcome.COMPLETE) == (kind.is_overcome and not is_lasting)
        assert unseen_before_watermark(world) == []
        world.github.put(
            evolve(pull_request(2), title="Once more", updated_at=world.clock.now().replace(microsecond=0))
        )
        assert world.clean_run().outcome is RunOutcome.COMPLETE
        assert unseen_before_watermark(world) == []
        assert world.clean_run().outcome is RunOutcome.COMPLETE
        assert set(facts_of(world.store, FAULTY)) == set(world.github.pull_requests(FAULTY.id))


@pytest.mark.parametrize("fault", [faults.empty_list(), faults.answer(409)], ids=["[] without Link", "409"])
@pytest.mark.parametrize("phase", Phase)
def test_list_that_is_empty_by_mistake_moves_no_watermark(
    phase: Phase, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """On page 1 it looks like a repository without pull requests; once it is well, everything is found."""
    with watched_world(caplog) as world:
        world.begin(phase)
        before = world.store.collection.find(FAULTY.full_name)
        world.github.on(faults.lists(FAULTY.full_name), fault, times=None)
        world.run()
        after = world.store.collection.find(FAULTY.full_name)
        assert after is not None
        assert after.checkpoint.watermark == (before.checkpoint.watermark if before else None)
        world.clean_run()
        assert essence_of(world.store) == faultless(phase)


@pytest.mark.parametrize("fault", [faults.slow(60), faults.trickling("body")], ids=["slow", "trickling"])
def test_reply_that_would_overrun_the_deadline_is_left_to_the_next_run(
    fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """It is a want of time and no failure of the repository: what was stored stays, and the next run goes on."""
    with watched_world(caplog) as world:
        world.github.on(faults.lists(FAULTY.full_name, 3), fault, times=None)
        run = world.run(STOP_BEFORE_DEADLINE + timedelta(seconds=0.5))
        assert (report_on(run).outcome, report_on(run).code) == (Outcome.DEFERRED, "deadline")
        assert world.clean_run().outcome is RunOutcome.COMPLETE
        assert essence_of(world.store) == faultless(Phase.WALK)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.name not in ("409", "[] without Link")], ids=lambda kind: kind.name
)
def test_fault_while_a_name_is_looked_up_stops_no_other(kind: FaultKind, caplog: pytest.LogCaptureFixture) -> None:
    """Before anything is known of the repository, whatever befalls it; afterwards it is found."""
    with watched_world(caplog) as world:
        if kind.name == "301":
            kind = evolve(kind, make=lambda _url: faults.redirect("/elsewhere"))
        world.befall(kind, faults.looks_up(FAULTY.full_name), times=None)
        run = world.run(kind.deadline)
        own = report_on(run)
        assert kind.deadline is None or run.finished_at - run.started_at <= kind.deadline
        assert (own.outcome, own.code) == (kind.outcome, kind.code), own
        assert run.outcome is (RunOutcome.FAILED if own.code == "unauthorised" else RunOutcome.PARTIAL)
        world.clean_run()
        assert essence_of(world.store) == faultless(Phase.WALK)
