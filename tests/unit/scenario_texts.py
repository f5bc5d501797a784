"""Scenario files as texts, and what comes of reading them."""

import json
from typing import Any

import pytest

from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.simulation import DocumentForm, ScenarioFile, parse_scenario


def scenario_with(**fields: Any) -> dict[str, Any]:
    """Return a sound scenario of one person and team, with these fields instead of or besides its own."""
    return {
        "first_day": "2026-01-05",
        "last_day": "2026-02-01",
        "repositories": ["acme/api"],
        "teams": [{"name": "Platform"}],
        "people": [person()],
        **fields,
    }


def person(**fields: Any) -> dict[str, Any]:
    """Return somebody who belongs to the only team."""
    return {"username": "ada", "pull_requests_a_week": 5, "memberships": [{"team": "Platform"}], **fields}


def read(document: object) -> ScenarioFile:
    """Return the scenario that the document, written as JSON, says."""
    return parse_scenario(json.dumps(document), DocumentForm.JSON)


def faults_of(document: object) -> list[tuple[str, str]]:
    """Return the paths and the found values of what is wrong with the document."""
    with pytest.raises(BadInputError) as caught:
        read(document)
    return [(fault.path, fault.found) for fault in caught.value.faults]
