"""Examples for the OpenAPI document."""

from collections.abc import Mapping
from typing import Final

from github_tracker.domain.policy import AttributionRule
from github_tracker.entrypoints.api import problems
from github_tracker.entrypoints.api.bodies import LONGEST_BODY
from github_tracker.entrypoints.api.metric_documents import LEAD_TIME_DEFINITION, RULE_DEFINITIONS, VELOCITY_DEFINITION

_REQUEST_ID: Final = "6f1c0f4f3a4b4d0f9f0d3d5a4f7b1c2e"
TEAM: Final = {"id": 1, "key": "checkout", "name": "Checkout"}
"""The one of all examples."""


def basis_example(metric: str, definition: str) -> dict[str, object]:
    """Return what figures are labelled with."""
    return {
        "metric": metric,
        "definition": definition,
        "rule": "created",
        "rule_definition": RULE_DEFINITIONS[AttributionRule.CREATED],
        "time_zone": "UTC",
        "roster_version": 3,
        "collected_at": "2026-06-29T04:00:12+00:00",
        "from": "2026-01-05",
        "to": "2026-01-19",
        "min_group_size": None,
    }


_WEEKS: Final = [
    {
        "week": "2026-01-05",
        "prs_merged": 4,
        "prs_timed": 4,
        "avg_cycle_time_hours": 21.5,
        "weighted_prs_merged": "3.5",
        "weighted_avg_cycle_time_hours": 22.285714,
        "is_withheld": False,
    },
    {
        "week": "2026-01-12",
        "prs_merged": 0,
        "prs_timed": 0,
        "avg_cycle_time_hours": None,
        "weighted_prs_merged": "0",
        "weighted_avg_cycle_time_hours": None,
        "is_withheld": False,
    },
]
_MONTHS: Final = [
    {
        "month": "2026-01-01",
        "prs_merged": 4,
        "prs_timed": 4,
        "median_lead_time_hours": 20.25,
        "p95_lead_time_hours": 40.1,
        "weighted_prs_merged": "3.5",
        "weighted_median_lead_time_hours": 20.0,
        "weighted_p95_lead_time_hours": 40.7,
        "effective_prs": 3.769231,
        "is_withheld": False,
    }
]
_REST_MONTH: Final = {
    **_MONTHS[0],
    "prs_merged": 1,
    "prs_timed": 1,
    "median_lead_time_hours": 22.5,
    "p95_lead_time_hours": 22.5,
    "weighted_prs_merged": "0.5",
    "weighted_median_lead_time_hours": 22.5,
    "weighted_p95_lead_time_hours": 22.5,
    "effective_prs": 1.0,
}
_VELOCITY: Final = basis_example("velocity", VELOCITY_DEFINITION)
_LEAD_TIME: Final = basis_example("lead-time", LEAD_TIME_DEFINITION)
_REST: Final = {
    "week": "2026-01-05",
    "reason": "part_time",
    "prs_merged": 1,
    "weighted_prs_merged": "0.5",
    "is_withheld": False,
}

EXAMPLES: Final[Mapping[str, object]] = {
    "TeamVelocity": {"team": TEAM, **_VELOCITY, "weeks": _WEEKS},
    "TeamVelocity.csv": "team,week,prs_merged,prs_timed,avg_cycle_time_hours,weighted_prs_merged,"
    "weighted_avg_cycle_time_hours,is_withheld\r\nCheckout,2026-01-05,4,4,21.500000,3.5,22.285714,false\r\n",
    "TeamLeadTime": {"team": TEAM, **_LEAD_TIME, "months": _MONTHS},
    "TeamLeadTime.csv": "team,month,prs_merged,prs_timed,median_lead_time_hours,p95_lead_time_hours,"
    "weighted_prs_merged,weighted_median_lead_time_hours,weighted_p95_lead_time_hours,effective_prs,is_withheld\r\n"
    "Checkout,2026-01-01,4,4,20.250000,40.100000,3.5,20.000000,40.700000,3.769231,false\r\n",
    "Velocity": {**_VELOCITY, "teams": [{"team": TEAM, "weeks": _WEEKS}], "unattributed": [_REST]},
    "Velocity.csv": "team_id,team,week,reason,prs_merged,prs_timed,avg_cycle_time_hours,weighted_prs_merged,"
    "weighted_avg_cycle_time_hours,is_withheld\r\n1,Checkout,2026-01-05,,4,4,21.500000,3.5,22.285714,false\r\n"
    ",,2026-01-05,part_time,1,,,0.5,,false\r\n",
    "LeadTime": {**_LEAD_TIME, "teams": [{"team": TEAM, "months": _MONTHS}], "unattributed": [_REST_MONTH]},
    "LeadTime.csv": "team_id,team,month,prs_merged,prs_timed,median_lead_time_hours,p95_lead_time_hours,"
    "weighted_prs_merged,weighted_median_lead_time_hours,weighted_p95_lead_time_hours,effective_prs,is_withheld\r\n"
    "1,Checkout,2026-01-01,4,4,20.250000,40.100000,3.5,20.000000,40.700000,3.769231,false\r\n"
    ",,2026-01-01,1,1,22.500000,22.500000,0.5,22.500000,22.500000,1.000000,false\r\n",
    "Teams": {"teams": [{**TEAM, "description": "Basket and payment", "is_listed": True}]},
    "TeamWithMembers": {
        **TEAM,
        "description": "Basket and payment",
        "is_listed": True,
        "members": [
            {
                "login": "alice",
                "weight": "0.5",
                "joined_at": "2026-01-01T00:00:00+00:00",
                "left_at": None,
                "aliases": [],
                "github_id": 1001,
            }
        ],
    },
    "PartialRun": {
        "started_at": "2026-06-29T04:00:00+00:00",
        "finished_at": "2026-06-29T04:00:12+00:00",
        "outcome": "complete",
    },
}

_FAULT: Final = problems.FieldFault("query", "from", "wanted is a day such as 2026-01-31")
_ROSTER_FAULT: Final = problems.FieldFault(
    "body", "roster: teams[0].members[1].allocation_weight", "found 1.5, wanted a number from 0 to 1"
)

PROBLEM_EXAMPLES: Final = {
    problem.status.value: problem.document(_REQUEST_ID)
    for problem in (
        problems.bad_request(_FAULT),
        problems.not_authenticated(),
        problems.not_allowed("teams:read"),
        problems.not_found("No team has this id."),
        problems.method_not_allowed("GET, HEAD, OPTIONS"),
        problems.no_roster(),
        problems.body_too_long(LONGEST_BODY),
        problems.too_long("The query", 2048),
        problems.unprocessable(_ROSTER_FAULT),
        problems.too_many(3),
        problems.storage_away(),
    )
}
