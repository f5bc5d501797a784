"""An explanation as a JSON document: weights exact decimals, parts of time exact fractions, instants in ISO 8601."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from github_tracker.application.explain import ExplainedPullRequest
from github_tracker.application.explain_to_reader import PartialExplanation
from github_tracker.domain.attribution import Attribution, Stretch
from github_tracker.domain.explanation import ConsideredMembership, Counting, DecidingTime, Explanation, TeamSum
from github_tracker.domain.pull_request import PullRequest
from github_tracker.entrypoints.explanation_wording import why_left_over
from github_tracker.entrypoints.wording import exact


def explanation_document(explained: ExplainedPullRequest) -> dict[str, object]:
    """Return the whole explanation, to be written with `plain_value` for what JSON does not know."""
    explanation = explained.explanation
    return {
        "repository": explained.repository.full_name,
        **fact_fields(explanation.attribution.pull_request),
        "rule": explanation.policy.rule,
        "time_zone": explanation.policy.time_zone,
        "roster_version": explained.roster_version,
        "decided_by": _decided_by(explanation.time),
        "found_by": _finding(explanation),
        "memberships": [membership_fields(entry) for entry in explanation.memberships],
        "stretches": [_stretch(stretch) for stretch in explanation.stretches],
        **_sums(explanation),
        "is_bot": explanation.attribution.is_bot,
        **_counting(explanation),
        "is_as_stored": explained.is_as_stored,
        "stored": _stored(explained.stored),
    }


def partial_explanation_document(explained: PartialExplanation) -> dict[str, object]:
    """Return the part that a reader of some teams may see; what is shown is named as in the whole explanation."""
    return {
        "repository": explained.repository.full_name,
        **fact_fields(explained.pull_request),
        "rule": explained.policy.rule,
        "time_zone": explained.policy.time_zone,
        "roster_version": explained.roster_version,
        "decided_by": _decided_by(explained.time),
        "memberships": [membership_fields(entry) for entry in explained.memberships],
        "shares": _shares(explained.teams),
        "is_bot": explained.is_bot,
        "counts_in_velocity": explained.counting.is_counted,
        "left_out_as": explained.counting.exclusion,
        **_period(explained.counting),
        "stored": {"shares": [{"team": share.team, "weight": share.weight} for share in explained.stored]},
    }


def fact_fields(fact: PullRequest) -> dict[str, object]:
    """Return what GitHub says of it."""
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


def membership_fields(entry: ConsideredMembership) -> dict[str, object]:
    """Return one membership with what it contributed."""
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
        "shares": _shares(explanation.teams),
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
        **_period(counting),
    }


def _period(counting: Counting) -> dict[str, object]:
    return {
        "week": None if counting.week is None else str(counting.week),
        "month": None if counting.month is None else str(counting.month),
    }


def _decided_by(time: DecidingTime) -> dict[str, object]:
    return {"basis": time.basis, "starts_at": time.starts_at, "ends_at": time.ends_at}


def _shares(teams: tuple[TeamSum, ...]) -> list[dict[str, object]]:
    return [{"team": entry.team, "weight": entry.rounded, "before_rounding": entry.exact} for entry in teams]


def _stored(stored: Attribution) -> dict[str, object]:
    return {
        "rule": stored.rule,
        "is_bot": stored.is_bot,
        "shares": [{"team": share.team, "weight": share.weight} for share in stored.shares],
        "unattributed": [{"reason": rest.reason, "weight": rest.weight} for rest in stored.rest],
    }


def plain_value(value: object) -> str:
    """Return a weight, a part of time or an instant as JSON holds it."""
    writers: dict[type, Callable[..., str]] = {Decimal: exact, Fraction: str, datetime: datetime.isoformat}
    return writers[type(value)](value)
