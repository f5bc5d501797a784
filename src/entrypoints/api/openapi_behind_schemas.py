"""The forms of what lies behind figures, of /access and of /what-if, as the OpenAPI document describes them."""

from collections.abc import Mapping
from typing import Final

from github_tracker.domain.api_key import Scope
from github_tracker.domain.cycle_time_distribution import BUCKETS
from github_tracker.domain.moves import PlaceKind
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.staffing import StaffingKind
from github_tracker.entrypoints.api.openapi_forms import (
    COUNT,
    DAY,
    GROUP_SIZE,
    HOURS,
    ID,
    INSTANT,
    TEXT,
    TRUTH,
    WEIGHT,
    Schema,
    list_of,
    one_of,
    or_null,
    record,
    reference,
)
from github_tracker.entrypoints.api.openapi_schemas import BASIS
from github_tracker.entrypoints.roster_file import RosterForm

_TIMED: Final[Mapping[str, Schema]] = {"prs_merged": COUNT, "weighted_prs_merged": WEIGHT, "prs_timed": COUNT}
_MEDIANS: Final[Mapping[str, Schema]] = {"median_lead_time_hours": HOURS, "p95_lead_time_hours": HOURS}
_POLICY: Final = record(
    "What shares follow besides the roster.",
    {"rule": one_of(AttributionRule), "time_zone": TEXT, "bot_patterns": list_of(TEXT)},
)
_MEMBERSHIP: Final = record(
    "A membership as the roster has it.",
    {
        "username": TEXT,
        "aliases": list_of(TEXT),
        "github_id": or_null(ID),
        "allocation_weight": WEIGHT,
        "joined_at": or_null(INSTANT),
        "left_at": or_null(INSTANT),
    },
)
_PLACE: Final = record(
    "Where credit lies.",
    {
        "kind": one_of(PlaceKind),
        "name": {**or_null(TEXT), "description": "The team's name, or the reason why no team earned it."},
    },
)


def _both(of: Schema) -> Mapping[str, Schema]:
    return {"before": of, "after": of}


def _bucket_list(of: Schema) -> Schema:
    return {**list_of(of), "minItems": BUCKETS, "maxItems": BUCKETS, "description": "One for each of `buckets`."}


_DISTRIBUTION: Final[Mapping[str, Schema]] = {
    "prs": _bucket_list(COUNT),
    "weighted_prs": _bucket_list(WEIGHT),
    "prs_untimed": {**COUNT, "description": "Without a cycle time, and so in no bucket."},
    "withheld_months": {**list_of(DAY), "description": "Months left out since too few people stand behind them."},
}

BEHIND_SCHEMAS: Final[Mapping[str, Schema]] = {
    "Access": record(
        "What a key is good for.",
        {
            "key_id": TEXT,
            "scopes": list_of(one_of(Scope)),
            "teams": {**or_null(list_of(reference("Team"))), "description": "Null: all of them."},
            "min_group_size": GROUP_SIZE,
        },
    ),
    "CycleTimes": record(
        "How cycle times are distributed, of all teams within the key's reach.",
        {
            **BASIS,
            "buckets": list_of(
                record(
                    "Cycle times from from_hours on, and below to_hours.",
                    {"from_hours": COUNT, "to_hours": {**or_null(COUNT), "description": "Null: without end."}},
                )
            ),
            "teams": list_of(record("A team's distribution.", {"team": reference("Team"), **_DISTRIBUTION})),
            "unattributed": {
                **or_null(record("What no team earned.", _DISTRIBUTION)),
                "description": "What no team earned. Null for a key that is restricted to some teams.",
            },
        },
    ),
    "PullRequests": record(
        "Merged pull requests, by the instant of merging.",
        {
            **BASIS,
            "team": {**or_null(reference("Team")), "description": "Null: what no team earned."},
            "pull_requests": list_of(reference("PullRequest")),
            "next": {**or_null(TEXT), "description": "To be given as `after` for those that follow; null: none do."},
            "is_withheld": {
                **TRUTH,
                "description": "Whether some of the days lie in a week or a month whose figures are withheld "
                "(min_group_size); what merged on them is left out.",
            },
        },
    ),
    "PullRequest": record(
        "A merged pull request.",
        {
            "repository": {**TEXT, "description": "Followed by #ID where another repository bears that name now."},
            "number": ID,
            "title": {**or_null(TEXT), "description": "Null where titles are not stored."},
            "url": {**or_null({**TEXT, "format": "uri"}), "description": "Null where its repository lost its name."},
            "author": {**or_null(TEXT), "description": "Null for keys without teams:read, and for who left GitHub."},
            "created_at": INSTANT,
            "merged_at": INSTANT,
            "cycle_time_hours": HOURS,
            "weight": {**WEIGHT, "description": "The team's share, or all that was left."},
            "reasons": {
                **list_of(one_of(RestReason)),
                "description": "Why something was left, if no team is asked for.",
            },
        },
    ),
    "Allocation": record(
        "How large a team was, by the roster in force.",
        {
            "metric": BASIS["metric"],
            "definition": BASIS["definition"],
            "team": reference("Team"),
            **{name: BASIS[name] for name in ("time_zone", "roster_version", "from", "to")},
            "steps": list_of(
                record("A size that holds until the next step.", {"at": INSTANT, "weight": WEIGHT, "members": COUNT})
            ),
            "changes": list_of(
                record(
                    "What one member changed.",
                    {
                        "at": INSTANT,
                        "kind": one_of(StaffingKind),
                        "login": {**or_null(TEXT), "description": "Null for keys without teams:read."},
                        "weight_before": or_null(WEIGHT),
                        "weight_after": or_null(WEIGHT),
                    },
                )
            ),
        },
    ),
    "Proposal": record(
        "What is to be tried: a roster, a rule, or both.",
        {
            "roster": {**or_null(TEXT), "description": "A whole roster as a file holds it. Null: the one in force."},
            "form": {**or_null(one_of(RosterForm)), "description": "What it is written in; json unless said."},
            "rule": {**or_null(one_of(AttributionRule)), "description": "Null: the one in force."},
            "from": {**or_null(DAY), "description": "The first day of merging that counts."},
            "to": {**or_null(DAY), "description": "The first day that no longer counts; after `from`."},
        },
        optional=("roster", "form", "rule", "from", "to"),
    ),
    "WhatIf": record(
        "What is in force and what is proposed, side by side.",
        {
            "from": or_null(DAY),
            "to": or_null(DAY),
            "roster_version": {**COUNT, "description": "The one in force."},
            "policy": record("Both policies.", _both(_POLICY)),
            "memberships": list_of(
                record("A membership that differs.", {"team": TEXT, "username": TEXT, **_both(or_null(_MEMBERSHIP))})
            ),
            "allocated_at": {**INSTANT, "description": "The instant that `allocation` is of."},
            "allocation": list_of(record("A team's size, in full-time people.", {"team": TEXT, **_both(WEIGHT)})),
            "totals": reference("ComparedTotals"),
            "teams": list_of(
                record("A team's figures.", {"team": TEXT, **_both(record("Figures.", {**_TIMED, **_MEDIANS}))})
            ),
            "moves": list_of(
                record("Credit that moves.", {"from": _PLACE, "to": _PLACE, "prs": COUNT, "weight": WEIGHT})
            ),
            "weeks": list_of(
                record("A week that differs.", {"team": TEXT, "week": DAY, **_both(or_null(reference("ComparedWeek")))})
            ),
            "months": list_of(
                record(
                    "A month that differs.", {"team": TEXT, "month": DAY, **_both(or_null(reference("ComparedMonth")))}
                )
            ),
            "unattributed": list_of(
                record(
                    "A week of what no team earns that differs.",
                    {
                        "week": DAY,
                        "reason": one_of(RestReason),
                        **_both(or_null(record("Figures.", {"prs_merged": COUNT, "weighted_prs_merged": WEIGHT}))),
                    },
                )
            ),
        },
    ),
    "ComparedTotals": record(
        "What all of it comes to.",
        {
            "prs_compared": COUNT,
            "prs_changed": COUNT,
            "prs_moved": COUNT,
            **_both(
                record(
                    "Sums.",
                    {
                        "prs_merged": COUNT,
                        "earned": WEIGHT,
                        "unattributed": {
                            "type": "object",
                            "description": "By reason.",
                            "properties": {reason.value: WEIGHT for reason in RestReason},
                            "additionalProperties": False,
                            "required": [],
                        },
                        "beyond_one": WEIGHT,
                    },
                )
            ),
        },
    ),
    "ComparedWeek": record(
        "A week on one side.",
        {
            "prs_merged": COUNT,
            "avg_cycle_time_hours": HOURS,
            "weighted_prs_merged": WEIGHT,
            "weighted_avg_cycle_time_hours": HOURS,
        },
    ),
    "ComparedMonth": record(
        "A month on one side.",
        {
            **_MEDIANS,
            **_TIMED,
            "weighted_median_lead_time_hours": HOURS,
            "weighted_p95_lead_time_hours": HOURS,
            "effective_prs": HOURS,
        },
    ),
}
