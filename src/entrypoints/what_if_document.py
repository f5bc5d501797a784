"""What a proposed roster or rule would make of the figures, for programs."""

from github_tracker.application.what_if import Proposal, WhatIfReport
from github_tracker.entrypoints.comparison_document import comparison_fields
from github_tracker.entrypoints.figure_cells import json_cell
from github_tracker.entrypoints.roster_change_document import change_fields, policy_fields


def what_if_document(proposal: Proposal, report: WhatIfReport) -> dict[str, object]:
    """Return both sides and what differs."""
    return {
        "from": proposal.since and proposal.since.isoformat(),
        "to": proposal.until and proposal.until.isoformat(),
        "roster_version": report.roster_version,
        "policy": {"before": policy_fields(report.policy_before), "after": policy_fields(report.policy_after)},
        "memberships": [change_fields(change) for change in report.memberships],
        "allocated_at": report.allocated_at.isoformat(),
        "allocation": [
            {"team": entry.team, "before": json_cell(entry.before), "after": json_cell(entry.after)}
            for entry in report.allocation
        ],
        **comparison_fields(report.comparison),
    }
