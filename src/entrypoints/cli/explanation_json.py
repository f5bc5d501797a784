"""An explanation as JSON: weights as exact decimals, parts of time as exact fractions, instants in ISO 8601."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from github_tracker.application.explain import ExplainedPullRequest
from github_tracker.domain.attribution import Attribution, Stretch
from github_tracker.domain.explanation import ConsideredMembership, Explanation
from github_tracker.domain.pull_request import PullRequest
from github_tracker.entrypoints.cli.explanation_wording import why_left_over
from github_tracker.entrypoints.cli.wording import exact


def explanation_json(explained: ExplainedPullRequest) -> str:
    """Return the whole explanation; what could command a terminal is escaped, all other letters stand as they are."""
    text = json.dumps(_document(explained), indent=2, ensure_ascii=False, default=_plain)
    return "".join(letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1] for letter in text)


def _document(explained: ExplainedPullRequest) -> dict[str, object]:
    explanation = explained.explanation
    return {
        "repository": explained.repository.full_name,
        **_fact(explanation.attribution.pull_request),
        "rule": explanation.policy.rule,
        "time_zone": explanation.policy.time_zone,
        "roster_version": explained.roster_version,
        "decided_by": {
            "basis": explanation.time.basis,
            "starts_at": explanation.time.starts_at,
            "ends_at": explanation.time.ends_at,
        },
        "found_by": _finding(explanation),
        "memberships": [_membership(entry) for entry in explanation.memberships],
        "stretches": [_stretch(stretch) for stretch in explanation.stretches],
        **_sums(explanation),
        "is_bot": explanation.attribution.is_bot,
        **_counting(explanation),
        "is_as_stored": explained.is_as_stored,
        "stored": _stored(explained.stored),
    }


def _fact(fact: PullRequest) -> dict[str, object]:
    author = fact.author
    return {
        "number": fact.number,
        "title": fact.title,
        "state": fact.state,
        "author": None if author is None else {"login": author.login, "github_id": author.id},
        "created_at": fact.created_at,
        "merged_at": fact.merged_at,
        "closed_at": fact.closed_at,
        "updated_at": fact.updated_at,
        "observed_at": fact.observed_at,
        "cycle_time_seconds": fact.cycle_time_seconds,
    }


def _finding(explanation: Explanation) -> dict[str, object]:
    finding = explanation.finding
    return {
        "by": finding.found_by,
        "login": None if finding.entry is None else finding.entry.login,
        "github_id": None if finding.entry is None else finding.entry.github_id,
        "login_belongs_to_github_id": None if finding.namesake is None else finding.namesake.github_id,
    }


def _membership(entry: ConsideredMembership) -> dict[str, object]:
    membership = entry.membership
    return {
        "team": membership.team,
        "login": membership.login,
        "weight": membership.weight,
        "joined_at": membership.joined_at,
        "left_at": membership.left_at,
        "standing": entry.standing,
        "held": entry.held,
        "earned": entry.earned,
    }


def _stretch(stretch: Stretch) -> dict[str, object]:
    segment = stretch.segment
    return {
        "starts_at": stretch.starts_at,
        "ends_at": stretch.ends_at,
        "part": stretch.part,
        "teams": [{"team": held.team, "weight": held.weight} for held in segment.memberships],
        "rest": segment.rest,
        "reason": segment.rest_reason if segment.rest else None,
    }


def _sums(explanation: Explanation) -> dict[str, object]:
    """Parts that rounding made nothing stand with weight 0, since they belong to the exact sum."""
    return {
        "shares": [
            {"team": entry.team, "weight": entry.rounded, "before_rounding": entry.exact} for entry in explanation.teams
        ],
        "unattributed": [
            {
                "reason": entry.reason,
                "weight": entry.rounded,
                "before_rounding": entry.exact,
                "explanation": why_left_over(explanation, entry.reason),
            }
            for entry in explanation.rests
        ],
        "sum": explanation.total,
        "sum_before_rounding": explanation.exact_total,
    }


def _counting(explanation: Explanation) -> dict[str, object]:
    counting = explanation.counting
    has_time = explanation.attribution.pull_request.cycle_time_seconds is not None
    return {
        "counts_in_velocity": counting.is_counted,
        "counts_in_lead_time": counting.is_counted and has_time and bool(explanation.attribution.shares),
        "left_out_as": counting.exclusion,
        "week": None if counting.week is None else str(counting.week),
        "month": None if counting.month is None else str(counting.month),
    }


def _stored(stored: Attribution) -> dict[str, object]:
    return {
        "rule": stored.rule,
        "is_bot": stored.is_bot,
        "shares": [{"team": share.team, "weight": share.weight} for share in stored.shares],
        "unattributed": [{"reason": rest.reason, "weight": rest.weight} for rest in stored.rest],
    }


def _plain(value: object) -> str:
    writers: dict[type, Callable[..., str]] = {Decimal: exact, Fraction: str, datetime: datetime.isoformat}
    return writers[type(value)](value)
