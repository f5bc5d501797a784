"""Team figures as JSON documents and CSV: the same rows in both, with what is needed to read them rightly."""

import csv
import io
from collections.abc import Iterable
from datetime import date
from typing import Final

from github_tracker.application.report import Discretion
from github_tracker.application.team_figures import TeamLeadTime, TeamSeries, TeamVelocity
from github_tracker.domain.lead_time import TeamMonth, UnattributedMonth
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.team_identity import KnownTeam
from github_tracker.domain.velocity import TeamWeek
from github_tracker.entrypoints.figure_cells import Cell, json_cell, text_cell
from github_tracker.ports.data_version import DataVersion

VELOCITY_DEFINITION: Final = (
    "Merged pull requests of each ISO week, Monday 00:00 to Monday 00:00 in time_zone, by the instant of merging; "
    "bots are left out. prs_merged counts each pull request once for every team that earned a part of it, "
    "weighted_prs_merged adds up the parts, which follow the author's membership weights. Hours are from created to "
    "merged, averaged over the prs_timed of them that have such a time; null means that there is none."
)
LEAD_TIME_DEFINITION: Final = (
    "Pull-request cycle time, from created to merged, of each calendar month in time_zone, by the instant of merging; "
    "bots are left out. It is not the time from commit to production. Median and 95th percentile are interpolated "
    "over the prs_timed pull requests that have such a time, each once; the weighted ones count it by the author's "
    "membership weight and rest on effective_prs equally weighted ones. Null means that there is none."
)
RULE_DEFINITIONS: Final = {
    AttributionRule.CREATED: "The teams that the author belonged to when the pull request was opened earn it.",
    AttributionRule.MERGED: "The teams that the author belonged to when the pull request was merged earn it.",
    AttributionRule.EFFORT: "The teams that the author belonged to between opening and merging earn it, each by its "
    "part of that time.",
}

WEEK_COLUMNS: Final = (
    "week",
    "prs_merged",
    "prs_timed",
    "avg_cycle_time_hours",
    "weighted_prs_merged",
    "weighted_avg_cycle_time_hours",
)
MONTH_COLUMNS: Final = (
    "month",
    "prs_merged",
    "prs_timed",
    "median_lead_time_hours",
    "p95_lead_time_hours",
    "weighted_prs_merged",
    "weighted_median_lead_time_hours",
    "weighted_p95_lead_time_hours",
    "effective_prs",
)
_REST_COLUMNS: Final = ("week", "reason", "prs_merged", "weighted_prs_merged")
_WITHHELD: Final = "is_withheld"


def velocity_document(answer: TeamVelocity) -> dict[str, object]:
    """Return the velocity of all teams."""
    rests = None if answer.unattributed is None else [_json_row(_REST_COLUMNS, row) for row in _rest_rows(answer)]
    teams = [{"team": team_fields(series.team), "weeks": _weeks(series)} for series in answer.teams]
    return {**_basis(answer, "velocity", VELOCITY_DEFINITION), "teams": teams, "unattributed": rests}


def team_velocity_document(answer: TeamVelocity) -> dict[str, object]:
    """Return the velocity of the one team."""
    (series,) = answer.teams
    basis = _basis(answer, "velocity", VELOCITY_DEFINITION)
    return {"team": team_fields(series.team), **basis, "weeks": _weeks(series)}


def lead_time_document(answer: TeamLeadTime) -> dict[str, object]:
    """Return the lead time of all teams."""
    rests = None if answer.unattributed is None else [_json_row(MONTH_COLUMNS, row) for row in _rest_month_rows(answer)]
    teams = [{"team": team_fields(series.team), "months": _months(series)} for series in answer.teams]
    return {**_basis(answer, "lead-time", LEAD_TIME_DEFINITION), "teams": teams, "unattributed": rests}


def team_lead_time_document(answer: TeamLeadTime) -> dict[str, object]:
    """Return the lead time of the one team."""
    (series,) = answer.teams
    basis = _basis(answer, "lead-time", LEAD_TIME_DEFINITION)
    return {"team": team_fields(series.team), **basis, "months": _months(series)}


def velocity_csv(answer: TeamVelocity) -> bytes:
    """Return the velocity of all teams, with what no team earned in rows that have a reason and no team."""
    rows: list[tuple[Cell, ...]] = [
        (series.team.id, series.team.name, row[0], None, *row[1:])
        for series in answer.teams
        for row in _week_rows(series)
    ]
    for week, reason, merged, weighted, is_withheld in _rest_rows(answer):
        rows.append((None, None, week, reason, merged, None, None, weighted, None, is_withheld))
    return _csv(("team_id", "team", "week", "reason", *WEEK_COLUMNS[1:], _WITHHELD), rows)


def team_velocity_csv(answer: TeamVelocity) -> bytes:
    """Return the velocity of the one team."""
    (series,) = answer.teams
    return _csv(("team", *WEEK_COLUMNS, _WITHHELD), ((series.team.name, *row) for row in _week_rows(series)))


def lead_time_csv(answer: TeamLeadTime) -> bytes:
    """Return the lead time of all teams, with what no team earned in rows without a team."""
    rows: list[tuple[Cell, ...]] = [
        (series.team.id, series.team.name, *row) for series in answer.teams for row in _month_rows(series)
    ]
    rows += [(None, None, *row) for row in _rest_month_rows(answer)]
    return _csv(("team_id", "team", *MONTH_COLUMNS, _WITHHELD), rows)


def team_lead_time_csv(answer: TeamLeadTime) -> bytes:
    """Return the lead time of the one team."""
    (series,) = answer.teams
    return _csv(("team", *MONTH_COLUMNS, _WITHHELD), ((series.team.name, *row) for row in _month_rows(series)))


def team_fields(team: KnownTeam) -> dict[str, object]:
    """Return what names a team."""
    return {"id": team.id, "key": team.key, "name": team.name}


def basis_fields(version: DataVersion, since: date, until: date, discretion: Discretion) -> dict[str, object]:
    """Return what figures follow: without it, two answers cannot be compared."""
    return {
        "rule": version.rule.value,
        "rule_definition": RULE_DEFINITIONS[version.rule],
        "time_zone": version.time_zone,
        "roster_version": version.roster_version,
        "collected_at": None if version.collected_at is None else version.collected_at.isoformat(),
        "from": since.isoformat(),
        "to": until.isoformat(),
        "min_group_size": _group_size(discretion),
    }


def _basis(answer: TeamVelocity | TeamLeadTime, metric: str, definition: str) -> dict[str, object]:
    basis = basis_fields(answer.version, answer.since, answer.until, answer.discretion)
    return {"metric": metric, "definition": definition, **basis}


def _group_size(discretion: Discretion) -> int | None:
    return discretion.min_group_size if discretion.is_wanted else None


def _weeks(series: TeamSeries[TeamWeek]) -> list[dict[str, object]]:
    return [_json_row(WEEK_COLUMNS, row) for row in _week_rows(series)]


def _months(series: TeamSeries[TeamMonth]) -> list[dict[str, object]]:
    return [_json_row(MONTH_COLUMNS, row) for row in _month_rows(series)]


def _week_rows(series: TeamSeries[TeamWeek]) -> Iterable[tuple[Cell, ...]]:
    for week in series.figures:
        if week.week in series.withheld:
            yield week.week, *[None] * (len(WEEK_COLUMNS) - 1), True
        else:
            yield (
                week.week,
                week.prs_merged,
                week.prs_timed,
                week.avg_cycle_time_hours,
                week.weighted_prs_merged,
                week.weighted_avg_cycle_time_hours,
                False,
            )


def _month_rows(series: TeamSeries[TeamMonth]) -> Iterable[tuple[Cell, ...]]:
    for month in series.figures:
        if month.month in series.withheld:
            yield _withheld_month(month.month)
        else:
            yield _told_month(month)


def _rest_month_rows(answer: TeamLeadTime) -> list[tuple[Cell, ...]]:
    told = [(rest.month, _told_month(rest)) for rest in answer.unattributed or ()]
    return [row for _, row in sorted([*told, *((month, _withheld_month(month)) for month in answer.withheld_rests)])]


def _withheld_month(month: date) -> tuple[Cell, ...]:
    return month, *[None] * (len(MONTH_COLUMNS) - 1), True


def _told_month(month: TeamMonth | UnattributedMonth) -> tuple[Cell, ...]:
    return (
        month.month,
        month.prs_merged,
        month.prs_timed,
        month.median_lead_time_hours,
        month.p95_lead_time_hours,
        month.weighted_prs_merged,
        month.weighted_median_lead_time_hours,
        month.weighted_p95_lead_time_hours,
        month.effective_prs,
        False,
    )


def _rest_rows(answer: TeamVelocity) -> list[tuple[Cell, ...]]:
    told: list[tuple[Cell, ...]] = [
        (rest.week, rest.reason.value, rest.prs_merged, rest.weighted_prs_merged, False)
        for rest in answer.unattributed or ()
    ]
    told += [(week, reason.value, None, None, True) for week, reason in answer.withheld_rests]
    return sorted(told, key=lambda row: (str(row[0]), str(row[1])))


def _json_row(columns: tuple[str, ...], row: tuple[Cell, ...]) -> dict[str, object]:
    return dict(zip((*columns, _WITHHELD), map(json_cell, row), strict=True))


def _csv(headings: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    for row in rows:
        writer.writerow(["" if cell is None else _text(cell) for cell in row])
    return out.getvalue().encode()


def _text(cell: Cell) -> str:
    return str(cell).lower() if isinstance(cell, bool) else text_cell(cell)
