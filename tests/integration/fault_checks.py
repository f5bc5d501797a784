"""One cell of the fault matrix, over any store: the fault, what the run may say of it, and the run that repairs it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from attrs import frozen

from github_tracker.domain.run_report import Outcome, RunOutcome
from tests import scripted_faults as faults
from tests.contracts.memory import memory_store
from tests.contracts.store import Store
from tests.integration.canaries import TOKEN, all_logged, everything_told
from tests.integration.fault_kinds import KINDS, FaultKind, Phase
from tests.integration.fault_world import (
    FAULTY,
    PAGES,
    SOUND,
    FaultWorld,
    essence_of,
    fault_world,
    faultless,
    is_of,
    report_on,
    unseen_before_watermark,
)

POSITIONS = {"first": 1, "middle": 3, "last": PAGES}
ATTEMPTS = 5
MOST_REQUESTS = 1 + PAGES + 2 * ATTEMPTS
"""Of a faulted run for its repository: its name, its pages, and a few tries, each with a redirect or a second look."""

_GOT_THROUGH = (Outcome.COMPLETE, Outcome.UNCHANGED)


@frozen
class Cell:
    """What befalls which page of which reading, and for how long."""

    kind: FaultKind
    phase: Phase
    position: str
    is_lasting: bool

    def __str__(self) -> str:
        return f"{self.kind.name}, {self.phase}, {self.position}, {'lasting' if self.is_lasting else 'once'}"

    @property
    def page(self) -> int:
        """The faulted page."""
        return POSITIONS[self.position]

    @property
    def is_telling(self) -> bool:
        """Whether the fault can be told from a proper answer in this place."""
        is_first_look = self.kind.name != "409" or self.phase is Phase.WALK
        return not (self.kind.is_like_an_end and self.page == 1 and is_first_look)


ALL_CELLS = tuple(
    cell
    for kind in KINDS
    for phase in Phase
    for position in POSITIONS
    for is_lasting in (False, True)
    if (cell := Cell(kind, phase, position, is_lasting)).is_telling
)


def check_cell(cell: Cell, store: Store, caplog: pytest.LogCaptureFixture, canaries: Iterable[str] = (TOKEN,)) -> None:
    """Let the fault befall a run, then let one run go well, and check what both say and leave."""
    with watched_world(caplog, store, canaries) as world:
        world.begin(cell.phase)
        times = None if cell.is_lasting else 1
        world.befall(cell.kind, faults.lists(FAULTY.full_name, cell.page), times)
        _check_faulted_run(cell, world)
        repairing = world.clean_run()
        assert repairing.outcome is RunOutcome.COMPLETE, repairing
        assert essence_of(store) == faultless(cell.phase)


@contextmanager
def watched_world(
    caplog: pytest.LogCaptureFixture, store: Store | None = None, canaries: Iterable[str] = (TOKEN,)
) -> Iterator[FaultWorld]:
    """Give a world with its history over a store, in memory unless told; in the end nothing may show the canaries."""
    with all_logged(caplog), fault_world(memory_store() if store is None else store) as world:
        yield world
    told = list(everything_told(caplog, world.telemetry, world.reports, world.raised))
    loggers = {record.name for record in caplog.records}
    assert {"github.Requester", "urllib3.connectionpool"} <= loggers
    for canary in canaries:
        assert [text for text in told if canary in text] == []


def _check_faulted_run(cell: Cell, world: FaultWorld) -> None:
    run = world.run(cell.kind.deadline)
    own = report_on(run)
    assert cell.kind.deadline is None or run.finished_at - run.started_at <= cell.kind.deadline
    if cell.kind.is_overcome and not cell.is_lasting:
        assert (own.outcome, own.code) == (Outcome.COMPLETE, None), own
        assert run.outcome is RunOutcome.COMPLETE
        assert essence_of(world.store) == faultless(cell.phase)
    else:
        assert (own.outcome, own.code) == (cell.kind.outcome, cell.kind.code_at(cell.phase, cell.page)), own
        assert own.message
        assert "\n" not in own.message
        assert run.outcome is (RunOutcome.FAILED if own.code == "unauthorised" else RunOutcome.PARTIAL)
    if own.code != "unauthorised":
        assert all(report_on(run, other.full_name).outcome in _GOT_THROUGH for other in SOUND), run
    assert unseen_before_watermark(world) == []
    assert sum(is_of(FAULTY, request) for request in world.github.requests) <= MOST_REQUESTS
    assert run.requests == len(world.github.requests)
