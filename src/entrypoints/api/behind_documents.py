"""What lies behind figures as JSON documents."""

import base64
import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final
from urllib.parse import quote

from github_tracker.application.figures_behind import (
    Distributions,
    PullRequestList,
    TeamDistribution,
    TeamStaffing,
)
from github_tracker.domain.cycle_time_distribution import BUCKET_EDGES
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import to_utc
from github_tracker.entrypoints.api.bounds import GREATEST_NUMBER
from github_tracker.entrypoints.api.metric_documents import basis_fields, team_fields
from github_tracker.entrypoints.figure_cells import json_cell
from github_tracker.ports.figure_details import DetailPosition, PullRequestDetail

DISTRIBUTION_DEFINITION: Final = (
    "Merged pull requests of whole calendar months in time_zone, by the instant of merging, counted by their cycle "
    "time from created to merged; bots are left out. prs counts each pull request once for every team that earned a "
    "part of it, weighted_prs adds up the parts. Those without a cycle time are in no bucket, only in prs_untimed."
)
LIST_DEFINITION: Final = (
    "The merged pull requests behind a figure, by the instant of merging; bots are left out. The weight is the team's "
    "share, or all that was left where no team is asked for. Days of weeks and months that are withheld are left out."
)
ALLOCATION_DEFINITION: Final = (
    "The sum of the members' weights by the roster in force, in full-time people; each step holds until the next one."
)

Fields = dict[str, object]

_CLOUD_API: Final = re.compile(r"(https://)api\.(github\.com|[^./]+\.ghe\.com)")
_POSITION: Final = re.compile(r"([0-9T:.+-]{25,32}) ([1-9][0-9]{0,18}) ([1-9][0-9]{0,18})", re.ASCII)


def distributions_document(answer: Distributions) -> Fields:
    """Return how cycle times are distributed."""
    edges = (0, *BUCKET_EDGES, None)
    buckets = [{"from_hours": one, "to_hours": other} for one, other in pairwise(edges)]
    basis = basis_fields(answer.version, answer.since, answer.until, answer.discretion)
    return {
        "metric": "cycle-times",
        "definition": DISTRIBUTION_DEFINITION,
        **basis,
        "buckets": buckets,
        "teams": [
            {"team": team_fields(entry.team), **_distribution(entry)}
            for entry in answer.teams
            if entry.team is not None
        ],
        "unattributed": None if answer.unattributed is None else _distribution(answer.unattributed),
    }


def pull_requests_document(answer: PullRequestList, web_url: str, *, tells_authors: bool) -> Fields:
    """Return a page of pull requests; their authors only to those who may see who is who."""
    return {
        "metric": "pull-requests",
        "definition": LIST_DEFINITION,
        **basis_fields(answer.version, answer.since, answer.until, answer.discretion),
        "team": None if answer.team is None else team_fields(answer.team),
        "pull_requests": [_pull_request(entry, web_url, tells_authors) for entry in answer.pull_requests],
        "next": None if answer.following is None else token_of(answer.following),
        "is_withheld": answer.is_withheld,
    }


def staffing_document(answer: TeamStaffing, *, tells_logins: bool) -> Fields:
    """Return how large a team was; who changed it only to those who may see its members."""
    version = answer.version
    return {
        "metric": "allocation",
        "definition": ALLOCATION_DEFINITION,
        "team": team_fields(answer.team),
        "time_zone": version.time_zone,
        "roster_version": version.roster_version,
        "from": answer.since.isoformat(),
        "to": answer.until.isoformat(),
        "steps": [
            {"at": step.at.isoformat(), "weight": json_cell(step.weight), "members": step.members}
            for step in answer.staffing.steps
        ],
        "changes": [
            {
                "at": change.at.isoformat(),
                "kind": change.kind.value,
                "login": change.login if tells_logins else None,
                "weight_before": json_cell(change.weight_before),
                "weight_after": json_cell(change.weight_after),
            }
            for change in answer.staffing.changes
        ],
    }


def web_url_of(api_url: str) -> str:
    """Return where people look at what the REST API at that address serves.

    https://docs.github.com/en/enterprise-cloud@latest/rest, for GitHub itself, Enterprise Cloud and Enterprise Server.

    >>> web_url_of("https://api.github.com"), web_url_of("https://api.octo.ghe.com")
    ('https://github.com', 'https://octo.ghe.com')
    >>> web_url_of("https://ghe.example.com/api/v3")
    'https://ghe.example.com'
    """
    return _CLOUD_API.sub(r"\1\2", api_url) if _CLOUD_API.fullmatch(api_url) else api_url.removesuffix("/api/v3")


def token_of(position: DetailPosition) -> str:
    """Return a position as text that clients hand back unread."""
    text = f"{position.merged_at.isoformat()} {position.repository_id} {position.number}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(token: str) -> DetailPosition | None:
    """Return the position that a token stands for; None for what `token_of` never returned."""
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        return None
    found = _POSITION.fullmatch(text)
    if found is None or max(int(found[2]), int(found[3])) > GREATEST_NUMBER:
        return None
    try:
        position = DetailPosition(to_utc(datetime.fromisoformat(found[1])), int(found[2]), int(found[3]))
    except (ValueError, InvalidValueError):
        return None
    return position if token_of(position) == token else None


def _distribution(entry: TeamDistribution) -> Fields:
    return {
        "prs": list(entry.months.prs),
        "weighted_prs": [json_cell(weight) for weight in entry.months.weighted_prs],
        "prs_untimed": entry.months.prs_untimed,
        "withheld_months": [month.isoformat() for month in entry.withheld_months],
    }


def _pull_request(entry: PullRequestDetail, web_url: str, tells_authors: bool) -> Fields:
    hours = None if entry.cycle_time_seconds is None else Fraction(entry.cycle_time_seconds, 3600)
    return {
        "repository": entry.repository,
        "number": entry.position.number,
        "title": entry.title,
        "url": _url(entry, web_url),
        "author": entry.author if tells_authors else None,
        "created_at": entry.created_at.isoformat(),
        "merged_at": entry.position.merged_at.isoformat(),
        "cycle_time_hours": json_cell(hours),
        "weight": json_cell(Decimal(entry.weight)),
        "reasons": [reason.value for reason in entry.reasons],
    }


def _url(entry: PullRequestDetail, web_url: str) -> str | None:
    """A repository whose name was taken over by another one cannot be linked to by its name."""
    if "#" in entry.repository:
        return None
    return f"{web_url}/{quote(entry.repository)}/pull/{entry.position.number}"
