"""Examples of what lies behind figures, of /access and of /what-if, for the OpenAPI document."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from github_tracker.domain.cycle_time_distribution import BUCKET_EDGES
from github_tracker.entrypoints.api.behind_documents import (
    ALLOCATION_DEFINITION,
    DISTRIBUTION_DEFINITION,
    LIST_DEFINITION,
)
from github_tracker.entrypoints.api.openapi_examples import TEAM, basis_example

_BUCKETS: Final = [{"from_hours": one, "to_hours": other} for one, other in pairwise((0, *BUCKET_EDGES, None))]
_EMPTY: Final = [0] * len(_BUCKETS)
_FEW: Final[Mapping[str, object]] = {
    "prs": [*_EMPTY[:5], 3, 1, *_EMPTY[7:]],
    "weighted_prs": [*map(str, _EMPTY[:5]), "3", "0.5", *map(str, _EMPTY[7:])],
    "prs_untimed": 0,
    "withheld_months": [],
}
_LEFT: Final[Mapping[str, object]] = {
    **_FEW,
    "prs": [*_EMPTY[:6], 1, *_EMPTY[7:]],
    "weighted_prs": [*map(str, _EMPTY[:6]), "0.5", *map(str, _EMPTY[7:])],
}
_POLICY: Final = {"rule": "created", "time_zone": "UTC", "bot_patterns": ["*-bot"]}
_ROSTER: Final = '{"teams": [{"name": "Checkout", "members": [{"username": "alice", "allocation_weight": 0.5}]}]}'
_MEMBER: Final[Mapping[str, object]] = {
    "username": "alice",
    "aliases": [],
    "github_id": 1001,
    "joined_at": None,
    "left_at": None,
}
_FIGURES: Final[Mapping[str, object]] = {
    "prs_merged": 4,
    "weighted_prs_merged": "4",
    "prs_timed": 4,
    "median_lead_time_hours": 20.25,
    "p95_lead_time_hours": 40.1,
}

BEHIND_EXAMPLES: Final[Mapping[str, object]] = {
    "Access": {
        "key_id": "k7f3q2x9",
        "scopes": ["metrics:read", "teams:read"],
        "teams": [TEAM],
        "min_group_size": None,
    },
    "CycleTimes": {
        **basis_example("cycle-times", DISTRIBUTION_DEFINITION),
        "from": "2026-01-01",
        "to": "2026-02-01",
        "buckets": _BUCKETS,
        "teams": [{"team": TEAM, **_FEW}],
        "unattributed": _LEFT,
    },
    "PullRequests": {
        **basis_example("pull-requests", LIST_DEFINITION),
        "team": TEAM,
        "pull_requests": [
            {
                "repository": "octo/widgets",
                "number": 12,
                "title": "Count what is in the basket",
                "url": "https://github.com/octo/widgets/pull/12",
                "author": "alice",
                "created_at": "2026-01-05T09:00:00+00:00",
                "merged_at": "2026-01-06T06:30:00+00:00",
                "cycle_time_hours": 21.5,
                "weight": "0.5",
                "reasons": [],
            }
        ],
        "next": None,
        "is_withheld": False,
    },
    "Allocation": {
        "metric": "allocation",
        "definition": ALLOCATION_DEFINITION,
        "team": TEAM,
        "time_zone": "UTC",
        "roster_version": 3,
        "from": "2026-01-01",
        "to": "2026-07-01",
        "steps": [
            {"at": "2026-01-01T00:00:00+00:00", "weight": "3", "members": 3},
            {"at": "2026-03-01T00:00:00+00:00", "weight": "3.5", "members": 4},
        ],
        "changes": [
            {
                "at": "2026-03-01T00:00:00+00:00",
                "kind": "joined",
                "login": "alice",
                "weight_before": None,
                "weight_after": "0.5",
            }
        ],
    },
    "Proposal": {"roster": _ROSTER, "form": "json", "rule": None, "from": None, "to": None},
    "WhatIf": {
        "from": None,
        "to": None,
        "roster_version": 3,
        "policy": {"before": _POLICY, "after": _POLICY},
        "memberships": [
            {
                "team": "Checkout",
                "username": "alice",
                "before": {**_MEMBER, "allocation_weight": "1"},
                "after": {**_MEMBER, "allocation_weight": "0.5"},
            }
        ],
        "allocated_at": "2026-06-29T08:00:00+00:00",
        "allocation": [{"team": "Checkout", "before": "1", "after": "0.5"}],
        "totals": {
            "prs_compared": 4,
            "prs_changed": 4,
            "prs_moved": 4,
            "before": {"prs_merged": 4, "earned": "4", "unattributed": {}, "beyond_one": "0"},
            "after": {"prs_merged": 4, "earned": "2", "unattributed": {"part_time": "2"}, "beyond_one": "0"},
        },
        "teams": [{"team": "Checkout", "before": _FIGURES, "after": {**_FIGURES, "weighted_prs_merged": "2"}}],
        "moves": [
            {
                "from": {"kind": "team", "name": "Checkout"},
                "to": {"kind": "unattributed", "name": "part_time"},
                "prs": 4,
                "weight": "2",
            }
        ],
        "weeks": [],
        "months": [],
        "unattributed": [],
    },
}
