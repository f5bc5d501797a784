"""The forms of answers, as the OpenAPI document describes them (JSON Schema 2020-12)."""

from collections.abc import Mapping
from typing import Final

from github_tracker.domain.explanation import Exclusion, FoundBy, Standing, TimeBasis
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import PullRequestState
from github_tracker.domain.run_report import Outcome, RunOutcome
from github_tracker.entrypoints.api.openapi_forms import (
    COUNT,
    DAY,
    FIGURE,
    GROUP_SIZE,
    HOURS,
    ID,
    INSTANT,
    PART,
    TEXT,
    TRUTH,
    WEIGHT,
    WITHHELD,
    Schema,
    list_of,
    one_of,
    or_null,
    record,
    reference,
)

BASIS: Final[Mapping[str, Schema]] = {
    "metric": {"type": "string", "enum": ["velocity", "lead-time", "cycle-times", "pull-requests", "allocation"]},
    "definition": {**TEXT, "description": "What the figures are, in words."},
    "rule": one_of(AttributionRule),
    "rule_definition": TEXT,
    "time_zone": {**TEXT, "description": "IANA name of the zone in which weeks and months begin."},
    "roster_version": COUNT,
    "collected_at": {**or_null(INSTANT), "description": "When the latest run finished; null before the first."},
    "from": {**DAY, "description": "The first day that counts."},
    "to": {**DAY, "description": "The first day that no longer counts."},
    "min_group_size": GROUP_SIZE,
}
"""What figures follow, and are labelled with."""

_WEEKS: Final = {"weeks": list_of(reference("Week"))}
_MONTHS: Final = {"months": list_of(reference("Month"))}
_TEAM: Final[Mapping[str, Schema]] = {"id": ID, "key": or_null(TEXT), "name": TEXT}
_STORED_SHARE: Final = record("A team's part.", {"team": TEXT, "weight": WEIGHT})
_LISTED: Final[Mapping[str, Schema]] = {
    **_TEAM,
    "description": TEXT,
    "is_listed": {**TRUTH, "description": "Whether the roster in force lists it."},
}
_FACT: Final[Mapping[str, Schema]] = {
    "repository": TEXT,
    "number": ID,
    "title": or_null(TEXT),
    "state": one_of(PullRequestState),
    "author": or_null(record("Who opened it.", {"login": TEXT, "github_id": or_null(ID)})),
    "created_at": INSTANT,
    "merged_at": or_null(INSTANT),
    "closed_at": or_null(INSTANT),
    "updated_at": INSTANT,
    "observed_at": INSTANT,
    "cycle_time_seconds": or_null(COUNT),
    "rule": one_of(AttributionRule),
    "time_zone": TEXT,
    "roster_version": COUNT,
    "decided_by": record(
        "The time whose memberships decide.",
        {"basis": one_of(TimeBasis), "starts_at": INSTANT, "ends_at": INSTANT},
    ),
    "memberships": list_of(reference("ConsideredMembership")),
    "shares": list_of(
        record("What a team earns.", {"team": TEXT, "weight": WEIGHT, "before_rounding": PART}),
    ),
    "is_bot": TRUTH,
    "counts_in_velocity": TRUTH,
    "left_out_as": or_null(one_of(Exclusion)),
    "week": or_null(DAY),
    "month": or_null(DAY),
}
_REPOSITORY_RUN: Final = record(
    "What a run did for one repository.",
    {
        "name": TEXT,
        "outcome": one_of(Outcome),
        "repository_id": or_null(ID),
        "code": or_null(TEXT),
        "message": or_null(TEXT),
        "retry_at": or_null(INSTANT),
        **dict.fromkeys(
            (
                "pages",
                "requests",
                "facts_seen",
                "facts_changed",
                "facts_repaired",
                "facts_dropped",
                "shares_changed",
                "replaced_characters",
            ),
            COUNT,
        ),
        "requests_left": or_null(COUNT),
        "is_empty": TRUTH,
    },
)
_RUN: Final[Mapping[str, Schema]] = {"started_at": INSTANT, "finished_at": INSTANT, "outcome": one_of(RunOutcome)}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Team": record("A team.", _TEAM),
    "ListedTeam": record("A team as the roster describes it.", _LISTED),
    "Teams": record("All teams within the key's reach.", {"teams": list_of(reference("ListedTeam"))}),
    "TeamWithMembers": record(
        "A team with its members' windows.", {**_LISTED, "members": list_of(reference("Membership"))}
    ),
    "Membership": record(
        "Somebody's membership on the half-open time from joined_at to left_at.",
        {
            "login": TEXT,
            "weight": WEIGHT,
            "joined_at": {**or_null(INSTANT), "description": "Null: since ever."},
            "left_at": {**or_null(INSTANT), "description": "Null: still there."},
            "aliases": list_of(TEXT),
            "github_id": or_null(ID),
        },
    ),
    "Week": record(
        "One ISO week; zeros and nulls where nothing merged.",
        {
            "week": {**DAY, "description": "Its Monday."},
            "prs_merged": FIGURE,
            "prs_timed": FIGURE,
            "avg_cycle_time_hours": HOURS,
            "weighted_prs_merged": or_null(WEIGHT),
            "weighted_avg_cycle_time_hours": HOURS,
            "is_withheld": WITHHELD,
        },
    ),
    "Month": record(
        "One calendar month; zeros and nulls where nothing merged.",
        {
            "month": {**DAY, "description": "Its first day."},
            "prs_merged": FIGURE,
            "prs_timed": FIGURE,
            "median_lead_time_hours": HOURS,
            "p95_lead_time_hours": HOURS,
            "weighted_prs_merged": or_null(WEIGHT),
            "weighted_median_lead_time_hours": HOURS,
            "weighted_p95_lead_time_hours": HOURS,
            "effective_prs": HOURS,
            "is_withheld": WITHHELD,
        },
    ),
    "UnattributedWeek": record(
        "What no team earned of a week's merged pull requests, for one reason.",
        {
            "week": DAY,
            "reason": one_of(RestReason),
            "prs_merged": FIGURE,
            "weighted_prs_merged": or_null(WEIGHT),
            "is_withheld": WITHHELD,
        },
    ),
    "TeamVelocity": record("One team's velocity.", {"team": reference("Team"), **BASIS, **_WEEKS}),
    "TeamLeadTime": record("One team's lead time.", {"team": reference("Team"), **BASIS, **_MONTHS}),
    "Velocity": record(
        "The velocity of all teams within the key's reach.",
        {
            **BASIS,
            "teams": list_of(record("A team's weeks.", {"team": reference("Team"), **_WEEKS})),
            "unattributed": {
                **or_null(list_of(reference("UnattributedWeek"))),
                "description": "What no team earned: with the teams' weighted_prs_merged it adds up to all merged "
                "pull requests. Null for a key that is restricted to some teams.",
            },
        },
    ),
    "LeadTime": record(
        "The lead time of all teams within the key's reach.",
        {
            **BASIS,
            "teams": list_of(record("A team's months.", {"team": reference("Team"), **_MONTHS})),
            "unattributed": {
                **or_null(list_of(reference("Month"))),
                "description": "The months of what no team earned, where something was left: each pull request once, "
                "weighing what was left of it. Null for a key that is restricted to some teams.",
            },
        },
    ),
    "ConsideredMembership": record(
        "A membership of the author's, with what it contributed.",
        {
            "team": TEXT,
            "login": TEXT,
            "weight": WEIGHT,
            "joined_at": or_null(INSTANT),
            "left_at": or_null(INSTANT),
            "standing": one_of(Standing),
            "held": PART,
            "earned": PART,
        },
    ),
    "Explanation": record(
        "Why a pull request is credited as it is.",
        {
            **_FACT,
            "found_by": record(
                "By what the author was found on the roster.",
                {
                    "by": or_null(one_of(FoundBy)),
                    "login": or_null(TEXT),
                    "github_id": or_null(ID),
                    "login_belongs_to_github_id": or_null(ID),
                },
            ),
            "stretches": list_of(
                record(
                    "A piece of the time that decides.",
                    {
                        "starts_at": INSTANT,
                        "ends_at": INSTANT,
                        "part": PART,
                        "teams": list_of(_STORED_SHARE),
                        "rest": WEIGHT,
                        "reason": or_null(one_of(RestReason)),
                    },
                )
            ),
            "unattributed": list_of(
                record(
                    "What no team earns, for one reason.",
                    {
                        "reason": one_of(RestReason),
                        "weight": WEIGHT,
                        "before_rounding": PART,
                        "explanation": TEXT,
                    },
                )
            ),
            "sum": WEIGHT,
            "sum_before_rounding": PART,
            "counts_in_lead_time": TRUTH,
            "is_as_stored": {**TRUTH, "description": "False is a defect."},
            "stored": record(
                "What is stored.",
                {
                    "rule": one_of(AttributionRule),
                    "is_bot": TRUTH,
                    "shares": list_of(_STORED_SHARE),
                    "unattributed": list_of(
                        record("A rest.", {"reason": one_of(RestReason), "weight": WEIGHT}),
                    ),
                },
            ),
        },
    ),
    "PartialExplanation": record(
        "What a key that is restricted to some teams may know: their part, and no sum.",
        {**_FACT, "stored": record("What is stored.", {"shares": list_of(_STORED_SHARE)})},
    ),
    "Run": record(
        "What the latest run did.",
        {
            **_RUN,
            "roster_version": COUNT,
            "repositories": list_of(_REPOSITORY_RUN),
            "anomalies": list_of(record("Something remarkable.", {"kind": TEXT, "message": TEXT})),
            **dict.fromkeys(
                ("requests", "facts_seen", "facts_changed", "facts_repaired", "facts_dropped", "shares_changed"),
                COUNT,
            ),
        },
    ),
    "PartialRun": record("How the latest run ended, for a key that is restricted to some teams.", _RUN),
    "Status": record("How the service stands.", {"status": {"type": "string", "enum": ["alive", "ready"]}}),
    "Problem": record(
        "What went wrong (RFC 9457).",
        {
            "type": {"type": "string", "format": "uri"},
            "title": TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": TEXT,
            "request_id": {**TEXT, "description": "Stands in the log as well, and in X-Request-Id."},
            "errors": list_of(
                record(
                    "One thing that is wrong with the request.",
                    {
                        "location": {"type": "string", "enum": ["path", "query", "body", "request"]},
                        "name": TEXT,
                        "detail": TEXT,
                    },
                )
            ),
        },
        optional=("errors",),
    ),
}
