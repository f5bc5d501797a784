"""The forms of answers, as the OpenAPI document describes them (JSON Schema 2020-12)."""

from collections.abc import Mapping
from typing import Final

from github_tracker.domain.explanation import Exclusion, FoundBy, Standing, TimeBasis
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import PullRequestState
from github_tracker.domain.run_report import Outcome, RunOutcome

Schema = Mapping[str, object]

GREATEST: Final = 2**63 - 1


def reference(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def _record(description: str, fields: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": dict(fields),
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _or_null(of: Schema) -> Schema:
    return {"anyOf": [of, {"type": "null"}]}


def _one_of(values: type) -> Schema:
    return {"type": "string", "enum": [value.value for value in values]}  # type: ignore[attr-defined]  # enumerations


_TEXT: Final[Schema] = {"type": "string"}
_TRUTH: Final[Schema] = {"type": "boolean"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_ID: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": GREATEST}
_DAY: Final[Schema] = {"type": "string", "format": "date"}
_INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
_HOURS: Final[Schema] = {"type": ["number", "null"], "description": "To 6 places; null: there is none."}
_WEIGHT: Final[Schema] = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "description": "An exact decimal."}
_PART: Final[Schema] = {"type": "string", "pattern": "^[0-9]+(/[0-9]+)?$", "description": "An exact fraction."}
_WITHHELD: Final[Schema] = {
    "type": "boolean",
    "description": "Whether the figures are null because too few people stand behind them (min_group_size).",
}
_FIGURE: Final[Schema] = {"type": ["integer", "null"], "minimum": 0}

_BASIS: Final[Mapping[str, Schema]] = {
    "metric": {"type": "string", "enum": ["velocity", "lead-time"]},
    "definition": {**_TEXT, "description": "What the figures are, in words."},
    "rule": _one_of(AttributionRule),
    "rule_definition": _TEXT,
    "time_zone": {**_TEXT, "description": "IANA name of the zone in which weeks and months begin."},
    "roster_version": _COUNT,
    "collected_at": {**_or_null(_INSTANT), "description": "When the latest run finished; null before the first."},
    "from": {**_DAY, "description": "The first day that counts."},
    "to": {**_DAY, "description": "The first day that no longer counts."},
    "min_group_size": {"type": ["integer", "null"], "description": "Below it figures are withheld; null: never."},
}

_WEEKS: Final = {"weeks": _list(reference("Week"))}
_MONTHS: Final = {"months": _list(reference("Month"))}
_TEAM: Final[Mapping[str, Schema]] = {"id": _ID, "key": _or_null(_TEXT), "name": _TEXT}
_STORED_SHARE: Final = _record("A team's part.", {"team": _TEXT, "weight": _WEIGHT})
_LISTED: Final[Mapping[str, Schema]] = {
    **_TEAM,
    "description": _TEXT,
    "is_listed": {**_TRUTH, "description": "Whether the roster in force lists it."},
}
_FACT: Final[Mapping[str, Schema]] = {
    "repository": _TEXT,
    "number": _ID,
    "title": _or_null(_TEXT),
    "state": _one_of(PullRequestState),
    "author": _or_null(_record("Who opened it.", {"login": _TEXT, "github_id": _or_null(_ID)})),
    "created_at": _INSTANT,
    "merged_at": _or_null(_INSTANT),
    "closed_at": _or_null(_INSTANT),
    "updated_at": _INSTANT,
    "observed_at": _INSTANT,
    "cycle_time_seconds": _or_null(_COUNT),
    "rule": _one_of(AttributionRule),
    "time_zone": _TEXT,
    "roster_version": _COUNT,
    "decided_by": _record(
        "The time whose memberships decide.",
        {"basis": _one_of(TimeBasis), "starts_at": _INSTANT, "ends_at": _INSTANT},
    ),
    "memberships": _list(reference("ConsideredMembership")),
    "shares": _list(
        _record("What a team earns.", {"team": _TEXT, "weight": _WEIGHT, "before_rounding": _PART}),
    ),
    "is_bot": _TRUTH,
    "counts_in_velocity": _TRUTH,
    "left_out_as": _or_null(_one_of(Exclusion)),
    "week": _or_null(_DAY),
    "month": _or_null(_DAY),
}
_REPOSITORY_RUN: Final = _record(
    "What a run did for one repository.",
    {
        "name": _TEXT,
        "outcome": _one_of(Outcome),
        "repository_id": _or_null(_ID),
        "code": _or_null(_TEXT),
        "message": _or_null(_TEXT),
        "retry_at": _or_null(_INSTANT),
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
            _COUNT,
        ),
        "requests_left": _or_null(_COUNT),
        "is_empty": _TRUTH,
    },
)
_RUN: Final[Mapping[str, Schema]] = {"started_at": _INSTANT, "finished_at": _INSTANT, "outcome": _one_of(RunOutcome)}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Team": _record("A team.", _TEAM),
    "ListedTeam": _record("A team as the roster describes it.", _LISTED),
    "Teams": _record("All teams within the key's reach.", {"teams": _list(reference("ListedTeam"))}),
    "TeamWithMembers": _record(
        "A team with its members' windows.", {**_LISTED, "members": _list(reference("Membership"))}
    ),
    "Membership": _record(
        "Somebody's membership on the half-open time from joined_at to left_at.",
        {
            "login": _TEXT,
            "weight": _WEIGHT,
            "joined_at": {**_or_null(_INSTANT), "description": "Null: since ever."},
            "left_at": {**_or_null(_INSTANT), "description": "Null: still there."},
            "aliases": _list(_TEXT),
            "github_id": _or_null(_ID),
        },
    ),
    "Week": _record(
        "One ISO week; zeros and nulls where nothing merged.",
        {
            "week": {**_DAY, "description": "Its Monday."},
            "prs_merged": _FIGURE,
            "prs_timed": _FIGURE,
            "avg_cycle_time_hours": _HOURS,
            "weighted_prs_merged": _or_null(_WEIGHT),
            "weighted_avg_cycle_time_hours": _HOURS,
            "is_withheld": _WITHHELD,
        },
    ),
    "Month": _record(
        "One calendar month; zeros and nulls where nothing merged.",
        {
            "month": {**_DAY, "description": "Its first day."},
            "prs_merged": _FIGURE,
            "prs_timed": _FIGURE,
            "median_lead_time_hours": _HOURS,
            "p95_lead_time_hours": _HOURS,
            "weighted_prs_merged": _or_null(_WEIGHT),
            "weighted_median_lead_time_hours": _HOURS,
            "weighted_p95_lead_time_hours": _HOURS,
            "effective_prs": _HOURS,
            "is_withheld": _WITHHELD,
        },
    ),
    "UnattributedWeek": _record(
        "What no team earned of a week's merged pull requests, for one reason.",
        {
            "week": _DAY,
            "reason": _one_of(RestReason),
            "prs_merged": _FIGURE,
            "weighted_prs_merged": _or_null(_WEIGHT),
            "is_withheld": _WITHHELD,
        },
    ),
    "TeamVelocity": _record("One team's velocity.", {"team": reference("Team"), **_BASIS, **_WEEKS}),
    "TeamLeadTime": _record("One team's lead time.", {"team": reference("Team"), **_BASIS, **_MONTHS}),
    "Velocity": _record(
        "The velocity of all teams within the key's reach.",
        {
            **_BASIS,
            "teams": _list(_record("A team's weeks.", {"team": reference("Team"), **_WEEKS})),
            "unattributed": {
                **_or_null(_list(reference("UnattributedWeek"))),
                "description": "What no team earned: with the teams' weighted_prs_merged it adds up to all merged "
                "pull requests. Null for a key that is restricted to some teams.",
            },
        },
    ),
    "LeadTime": _record(
        "The lead time of all teams within the key's reach.",
        {
            **_BASIS,
            "teams": _list(_record("A team's months.", {"team": reference("Team"), **_MONTHS})),
            "unattributed": {
                **_or_null(_list(reference("Month"))),
                "description": "The months of what no team earned, where something was left: each pull request once, "
                "weighing what was left of it. Null for a key that is restricted to some teams.",
            },
        },
    ),
    "ConsideredMembership": _record(
        "A membership of the author's, with what it contributed.",
        {
            "team": _TEXT,
            "login": _TEXT,
            "weight": _WEIGHT,
            "joined_at": _or_null(_INSTANT),
            "left_at": _or_null(_INSTANT),
            "standing": _one_of(Standing),
            "held": _PART,
            "earned": _PART,
        },
    ),
    "Explanation": _record(
        "Why a pull request is credited as it is.",
        {
            **_FACT,
            "found_by": _record(
                "By what the author was found on the roster.",
                {
                    "by": _or_null(_one_of(FoundBy)),
                    "login": _or_null(_TEXT),
                    "github_id": _or_null(_ID),
                    "login_belongs_to_github_id": _or_null(_ID),
                },
            ),
            "stretches": _list(
                _record(
                    "A piece of the time that decides.",
                    {
                        "starts_at": _INSTANT,
                        "ends_at": _INSTANT,
                        "part": _PART,
                        "teams": _list(_STORED_SHARE),
                        "rest": _WEIGHT,
                        "reason": _or_null(_one_of(RestReason)),
                    },
                )
            ),
            "unattributed": _list(
                _record(
                    "What no team earns, for one reason.",
                    {
                        "reason": _one_of(RestReason),
                        "weight": _WEIGHT,
                        "before_rounding": _PART,
                        "explanation": _TEXT,
                    },
                )
            ),
            "sum": _WEIGHT,
            "sum_before_rounding": _PART,
            "counts_in_lead_time": _TRUTH,
            "is_as_stored": {**_TRUTH, "description": "False is a defect."},
            "stored": _record(
                "What is stored.",
                {
                    "rule": _one_of(AttributionRule),
                    "is_bot": _TRUTH,
                    "shares": _list(_STORED_SHARE),
                    "unattributed": _list(
                        _record("A rest.", {"reason": _one_of(RestReason), "weight": _WEIGHT}),
                    ),
                },
            ),
        },
    ),
    "PartialExplanation": _record(
        "What a key that is restricted to some teams may know: their part, and no sum.",
        {**_FACT, "stored": _record("What is stored.", {"shares": _list(_STORED_SHARE)})},
    ),
    "Run": _record(
        "What the latest run did.",
        {
            **_RUN,
            "roster_version": _COUNT,
            "repositories": _list(_REPOSITORY_RUN),
            "anomalies": _list(_record("Something remarkable.", {"kind": _TEXT, "message": _TEXT})),
            **dict.fromkeys(
                ("requests", "facts_seen", "facts_changed", "facts_repaired", "facts_dropped", "shares_changed"),
                _COUNT,
            ),
        },
    ),
    "PartialRun": _record("How the latest run ended, for a key that is restricted to some teams.", _RUN),
    "Status": _record("How the service stands.", {"status": {"type": "string", "enum": ["alive", "ready"]}}),
    "Problem": _record(
        "What went wrong (RFC 9457).",
        {
            "type": {"type": "string", "format": "uri"},
            "title": _TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": _TEXT,
            "request_id": {**_TEXT, "description": "Stands in the log as well, and in X-Request-Id."},
            "errors": _list(
                _record(
                    "One thing that is wrong with the request.",
                    {
                        "location": {"type": "string", "enum": ["path", "query", "request"]},
                        "name": _TEXT,
                        "detail": _TEXT,
                    },
                )
            ),
        },
        optional=("errors",),
    ),
}
