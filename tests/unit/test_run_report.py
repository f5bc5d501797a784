"""How a run with these repositories ended, and its sums."""

import json

import pytest

from github_tracker.adapters.postgres.run_rows import report_of, run_values
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport, run_outcome
from github_tracker.entrypoints.run_document import MOST_LOGGED, logged_run, run_document
from tests.unit.examples import at

COMPLETE, UNCHANGED, DEFERRED, FAILED = Outcome.COMPLETE, Outcome.UNCHANGED, Outcome.DEFERRED, Outcome.FAILED


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((), RunOutcome.COMPLETE),
        ((COMPLETE,), RunOutcome.COMPLETE),
        ((UNCHANGED, UNCHANGED), RunOutcome.COMPLETE),
        ((COMPLETE, UNCHANGED), RunOutcome.COMPLETE),
        ((COMPLETE, FAILED), RunOutcome.PARTIAL),
        ((FAILED, UNCHANGED), RunOutcome.PARTIAL),
        ((COMPLETE, DEFERRED), RunOutcome.PARTIAL),
        ((DEFERRED,), RunOutcome.PARTIAL),
        ((COMPLETE, DEFERRED, FAILED), RunOutcome.PARTIAL),
        ((FAILED,), RunOutcome.FAILED),
        ((FAILED, FAILED), RunOutcome.FAILED),
        ((DEFERRED, FAILED), RunOutcome.FAILED),
    ],
)
def test_a_run_is_what_its_repositories_make_it(outcomes: tuple[Outcome, ...], expected: RunOutcome) -> None:
    """Complete if all got through, failed if none did and one failed, else partial."""
    reports = tuple(RepositoryReport(f"octo/{place}", outcome) for place, outcome in enumerate(outcomes))
    assert run_outcome(reports) is expected


def test_a_run_adds_up_its_repositories() -> None:
    """Requests, facts and shares are sums; each figure is its own."""
    report = _run(
        RepositoryReport("octo/a", COMPLETE, requests=1, facts_seen=20, facts_changed=300, shares_changed=4000),
        RepositoryReport("octo/b", FAILED, requests=2, facts_seen=30, facts_changed=400, shares_changed=5000),
    )
    sums = (report.requests, report.facts_seen, report.facts_changed, report.shares_changed)
    assert sums == (3, 50, 700, 9000)


def test_repositories_are_found_by_outcome() -> None:
    """In their order, by any of several outcomes."""
    reports = [
        RepositoryReport(f"octo/{outcome.value}", outcome) for outcome in (COMPLETE, DEFERRED, FAILED, UNCHANGED)
    ]
    run = _run(*reports)
    assert run.with_outcome(FAILED, DEFERRED) == (reports[1], reports[2])
    assert run.with_outcome() == ()


def test_instants_are_kept_in_utc() -> None:
    """Start, end and when to come back are instants, so naive ones are refused (R3)."""
    report = RepositoryReport("octo/a", DEFERRED, retry_at=at("2024-01-01T02:00:00+02:00"))
    assert report.retry_at == at("2024-01-01")
    assert _run(report).started_at.isoformat() == "2023-12-31T22:00:00+00:00"
    with pytest.raises(InvalidValueError):
        RepositoryReport("octo/a", DEFERRED, retry_at=at("2024-01-01").replace(tzinfo=None))


def _run(*reports: RepositoryReport) -> RunReport:
    return RunReport(at("2024-01-01T00:00:00+02:00"), at("2024-01-01"), run_outcome(reports), 1, reports)


def test_reports_of_versions_that_dropped_nothing_can_be_read() -> None:
    """Their rows do not hold the count."""
    report = _run(RepositoryReport("octo/a", COMPLETE, facts_seen=20, facts_dropped=7))
    assert report.facts_dropped == 7
    (fields,) = json.loads(str(run_values(report)["repositories"]))
    assert fields.pop("facts_dropped") == 7
    row: tuple[object, ...] = (
        report.started_at,
        report.finished_at,
        report.outcome.value,
        report.roster_version,
        [fields],
        [],
    )
    assert report_of(row).repositories == (RepositoryReport("octo/a", COMPLETE, facts_seen=20),)


def test_document_holds_nothing_but_json() -> None:
    """Instants in ISO 8601, outcomes by their words, sums beside the repositories."""
    report = RunReport(
        at("2024-01-01"),
        at("2024-01-01T00:01"),
        RunOutcome.PARTIAL,
        1,
        (RepositoryReport("a/b", DEFERRED, retry_at=at("2024-01-02"), requests=2),),
    )
    document = run_document(report)
    assert json.loads(json.dumps(document)) == document
    assert (document["started_at"], document["outcome"]) == ("2024-01-01T00:00:00+00:00", "partial")
    assert document["repositories"][0]["retry_at"] == "2024-01-02T00:00:00+00:00"
    assert document["requests"] == 2


def test_log_line_tells_trouble_first_and_what_it_leaves_out() -> None:
    """The sums are those of all; a line that is too long would not be kept at all."""
    many = [RepositoryReport(f"a/{place}", UNCHANGED, requests=1) for place in range(MOST_LOGGED + 5)]
    trouble = (RepositoryReport("z/deferred", DEFERRED), RepositoryReport("z/failed", FAILED))
    report = RunReport(at("2024-01-01"), at("2024-01-02"), RunOutcome.PARTIAL, 1, (*many, *trouble))
    told = logged_run(report)
    assert [entry["name"] for entry in told["repositories"][:3]] == ["z/failed", "z/deferred", "a/0"]
    assert (len(told["repositories"]), told["repositories_left_out"]) == (MOST_LOGGED, 7)
    assert told["requests"] == MOST_LOGGED + 5
    assert len(json.dumps(told)) < 200_000
