"""The paths of the OpenAPI document. The page at / and its files under /assets are for browsers, and not among them."""

from typing import Final

from github_tracker.entrypoints.api.behind_routes import LISTED, MOST_HOURS, MOST_LISTED
from github_tracker.entrypoints.api.openapi_operations import (
    TEAM_ID,
    Node,
    day,
    document,
    path_name,
    query,
    reading,
    trying,
    without_key,
)
from github_tracker.entrypoints.api.query import NAME_PATTERN, REPOSITORY_PATTERN

_RANGE: Final = (
    "Without `from` it begins with the first figures that there are, without `to` it ends with the last ones; at most "
    "3660 days."
)
_LISTED: Final = (
    "By the instant of merging. Where `next` is not null, there are more: given as `after`, with all else the same, it "
    "leads to them."
)
_WHAT_IF: Final = (
    "What is in force and what is proposed, side by side over the same merged pull requests; nothing is stored. For "
    "keys with both metrics:read and teams:read and without restriction to teams, and only where nothing is withheld "
    "(min_group_size). A body of more than 1,000,000 bytes is refused with 413, a roster with faults with 422; "
    "`errors` names them all. One proposal is tried at a time, for at most 20 seconds; then it is 503."
)
_STARTS: Final = "The first day that counts; weeks and months are chosen by their first day."
_ENDS: Final = "The first day that no longer counts; after `from`, by at most {} days."
_DAYS: Final = [day("from", _STARTS, "2026-01-05"), day("to", _ENDS.format(3660), "2026-06-29")]
_METRIC: Final = (400, 401, 403, 414, 429, 503)
_OF_TEAM: Final = (400, 401, 403, 404, 414, 429, 503)


def paths() -> Node:
    """Return every path with its operation."""
    return {**_metrics(), **_behind(), **_others(), **_service()}


def _metrics() -> Node:
    velocity, lead_time = "One team's velocity, week by week", "One team's lead time, month by month"
    return {
        "/metrics/team/{team_id}/velocity": _metric(velocity, "TeamVelocity", _OF_TEAM, TEAM_ID),
        "/metrics/team/{team_id}/lead-time": _metric(lead_time, "TeamLeadTime", _OF_TEAM, TEAM_ID),
        "/metrics/velocity": _metric("Velocity of all teams, and what no team earned", "Velocity", _METRIC),
        "/metrics/lead-time": _metric("Lead time of all teams, and what no team earned", "LeadTime", _METRIC),
    }


def _metric(summary: str, schema: str, statuses: tuple[int, ...], *path: Node) -> Node:
    parameters = [*path, *_DAYS]
    return reading(summary, "metrics", (schema,), parameters, statuses, description=_RANGE, has_tag=True, has_csv=True)


def _behind() -> Node:
    of_team = [TEAM_ID, *_list_parameters()]
    staffing = [TEAM_ID, *_needed_days(3660)]
    rests = "Merged pull requests that no team earned in full"
    return {
        "/metrics/cycle-times": reading(
            "How cycle times are distributed over whole months",
            "metrics",
            ("CycleTimes",),
            list(_DAYS),
            _METRIC,
            description=_RANGE,
            has_tag=True,
        ),
        "/metrics/team/{team_id}/pull-requests": reading(
            "Merged pull requests that a team earned a part of",
            "metrics",
            ("PullRequests",),
            of_team,
            _OF_TEAM,
            description=_LISTED,
            has_tag=True,
        ),
        "/metrics/unattributed/pull-requests": reading(
            rests,
            "metrics",
            ("PullRequests",),
            _list_parameters(),
            _METRIC,
            description=f"{_LISTED} For keys without restriction to teams.",
            has_tag=True,
        ),
        "/metrics/team/{team_id}/allocation": reading(
            "How large a team was, by the roster in force",
            "metrics",
            ("Allocation",),
            staffing,
            _OF_TEAM,
            has_tag=True,
        ),
        "/what-if": trying(
            "What a roster or a rule would make of the figures",
            "metrics",
            ("Proposal", "WhatIf"),
            (400, 401, 403, 409, 413, 414, 422, 429, 503),
            _WHAT_IF,
        ),
    }


def _list_parameters() -> list[Node]:
    hours = {"type": "integer", "maximum": MOST_HOURS}
    return [
        *_needed_days(366),
        query("least_hours", "Of cycle time; leaves out those without any.", {**hours, "minimum": 0}, 24),
        query(
            "below_hours",
            "Of cycle time, which is less; greater than `least_hours`. Leaves out those without any.",
            {**hours, "minimum": 1},
            48,
        ),
        query(
            "limit",
            "How many at most.",
            {"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "default": LISTED},
        ),
        query("after", "`next` of the answer before.", {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}),
    ]


def _needed_days(most: int) -> list[Node]:
    return [
        day("from", "The first day that counts, in time_zone.", "2026-01-05", is_needed=True),
        day("to", _ENDS.format(most), "2026-01-12", is_needed=True),
    ]


def _others() -> Node:
    number: Node = {**TEAM_ID, "name": "number", "description": "The pull request's number.", "example": 12}
    owner, repo = path_name("owner", NAME_PATTERN, "octo"), path_name("repo", REPOSITORY_PATTERN, "widgets")
    return {
        "/teams": reading("All teams", "teams", ("Teams",), [], (400, 401, 403, 429, 503), has_tag=True),
        "/teams/{team_id}": reading(
            "A team with its members' windows",
            "teams",
            ("TeamWithMembers",),
            [TEAM_ID],
            (400, 401, 403, 404, 429, 503),
            has_tag=True,
        ),
        "/pull-requests/{owner}/{repo}/{number}/attribution": reading(
            "Why a pull request is credited as it is",
            "metrics",
            ("Explanation", "PartialExplanation"),
            [owner, repo, number],
            _OF_TEAM,
        ),
    }


def _service() -> Node:
    text = {"type": "string"}
    return {
        "/runs/latest": reading(
            "What the latest run did",
            "service",
            ("Run", "PartialRun"),
            [],
            (400, 401, 403, 404, 429, 503),
            has_tag=True,
        ),
        "/access": reading("What the key is good for", "service", ("Access",), [], (400, 401, 429, 503)),
        "/health": without_key(reading("Whether the process lives", "service", ("Status",), [], (400,))),
        "/ready": without_key(reading("Whether the database answers", "service", ("Status",), [], (400, 429, 503))),
        "/openapi.json": without_key(document("This description", "application/json", {"type": "object"})),
        "/docs": without_key(document("This description for people", "text/html", text)),
    }
