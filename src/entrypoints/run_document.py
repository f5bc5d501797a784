"""A run report as a JSON document."""

from attrs import asdict

from github_tracker.domain.run_report import RunReport


def run_fields(report: RunReport) -> dict[str, object]:
    """Return the whole report for JSON, with the sums over its repositories."""
    return asdict(report) | {
        "requests": report.requests,
        "facts_seen": report.facts_seen,
        "facts_changed": report.facts_changed,
        "facts_repaired": report.facts_repaired,
        "facts_dropped": report.facts_dropped,
        "shares_changed": report.shares_changed,
    }
