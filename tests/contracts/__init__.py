"""The contracts of the ports, one suite each, which every adapter passes.

A suite is a class without a constructor; a test module inherits from it and gives it the adapter through a fixture.
"""

import pytest

_SUITES = (
    "attributions",
    "collecting_process",
    "edits",
    "collection",
    "collection_laws",
    "collection_truth",
    "inspections",
    "author_directory",
    "data_versions",
    "figure_details",
    "forgetting",
    "retention",
    "metrics",
    "metrics_refusals",
    "reports",
    "request_budgets",
    "roles",
    "team_directory",
    "roster_changes",
    "roster_derivations",
    "rosters",
    "texts",
    "turns",
    "store",
    "months",
)

# Without this, a failing assert in a module that is no test module would not show its values.
pytest.register_assert_rewrite(*(f"{__name__}.{suite}" for suite in _SUITES))
