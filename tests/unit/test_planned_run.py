"""A run that workers share, as one report."""

from datetime import timedelta
from uuid import UUID

import pytest

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.planned_run import OpenRun, Planning, RunPart, joined
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome
from github_tracker.domain.work import WorkItem
from tests.unit.examples import at

RUN = UUID(int=1)
PLANNED_AT = at("2024-06-01T12:00")


def part(report: RepositoryReport, minutes: int, is_over: bool = True) -> RunPart:
    """Return a part that finished so long after the planning."""
    return RunPart(report, PLANNED_AT + timedelta(minutes=minutes), is_over)


def test_parts_of_a_long_walk_are_one_report() -> None:
    """What was done adds up, how it stands is told by the last, and what the last does not know by the one before."""
    first = RepositoryReport(
        "acme/r1", Outcome.DEFERRED, 1, "deadline", "no time", pages=3, requests=4, facts_seen=300, facts_changed=300,
        facts_repaired=1, facts_dropped=2, shares_changed=310, replaced_characters=5, requests_left=4000,
    )  # fmt: skip
    last = RepositoryReport("acme/r1", Outcome.UNCHANGED, None, pages=1, requests=1, facts_seen=7, requests_left=None)
    assert joined([first, last]) == RepositoryReport(
        "acme/r1", Outcome.COMPLETE, 1, pages=4, requests=5, facts_seen=307, facts_changed=300,
        facts_repaired=1, facts_dropped=2, shares_changed=310, replaced_characters=5, requests_left=4000,
    )  # fmt: skip
    assert joined([last]) == last


def test_run_names_what_no_worker_came_to() -> None:
    """Deferred, not left out; and it is not over."""
    planning = Planning(RUN, PLANNED_AT, ("acme/R2", "acme/r1", "acme/r3"))
    limited = RepositoryReport("acme/r1", Outcome.DEFERRED, 1, "limited")
    run = OpenRun(planning, (part(RepositoryReport("acme/R2", Outcome.COMPLETE), 5), part(limited, 9, is_over=False)))
    assert (run.pending, run.unreported) == (("acme/r1", "acme/r3"), ("acme/r3",))
    report = run.report()
    assert (report.outcome, report.started_at, report.finished_at) == (
        RunOutcome.PARTIAL,
        PLANNED_AT,
        PLANNED_AT + timedelta(minutes=9),
    )
    assert [(entry.name, entry.outcome, entry.code) for entry in report.repositories] == [
        ("acme/r1", Outcome.DEFERRED, "limited"),
        ("acme/R2", Outcome.COMPLETE, None),
        ("acme/r3", Outcome.DEFERRED, "not_reached"),
    ]


def test_run_that_nobody_came_to_ends_when_it_was_planned() -> None:
    """It did nothing, and its report can be kept."""
    report = OpenRun(Planning(RUN, PLANNED_AT, ("acme/r1",))).report()
    assert (report.outcome, report.finished_at) == (RunOutcome.PARTIAL, PLANNED_AT)


@pytest.mark.parametrize(
    "name", ["", "acme", "acme/", "/r1", "acme/r1/pulls", "acme/r 1", "acme/r1\n", "acme/\0", "acme/ü"]
)
def test_item_of_no_repository_is_refused(name: str) -> None:
    """At the door, with what was wanted."""
    with pytest.raises(InvalidValueError, match="owner/name"):
        WorkItem(RUN, name)


def test_worker_that_found_it_held_does_not_have_the_last_word() -> None:
    """Though it notes so only when the one that held it is done."""
    done, held = RepositoryReport("acme/r1", Outcome.COMPLETE, 1), RepositoryReport("acme/r1", Outcome.DEFERRED, 1)
    parts = (part(done, 5), part(held, 6, is_over=False))
    assert OpenRun(Planning(RUN, PLANNED_AT, ("acme/r1",)), parts).report().outcome is RunOutcome.COMPLETE
