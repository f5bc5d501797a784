"""How a comparison is written for programs: everything that differs, weights exactly and as text."""

from github_tracker.domain.comparison import Comparison, TeamChange, Total
from github_tracker.domain.lead_time import TeamMonth
from github_tracker.domain.moves import Move, Place
from github_tracker.domain.tally import TeamFigures
from github_tracker.domain.velocity import TeamWeek, UnattributedWeek
from github_tracker.entrypoints.figure_cells import Cell, json_cell

Fields = dict[str, object]


def comparison_fields(comparison: Comparison) -> Fields:
    """Return the comparison; null stands for a side on which there is no such week or month."""
    return {
        "totals": {
            "prs_compared": comparison.prs_compared,
            "prs_changed": comparison.prs_changed,
            "prs_moved": comparison.prs_moved,
            "before": _total(comparison.before),
            "after": _total(comparison.after),
        },
        "teams": [_team(change) for change in comparison.teams],
        "moves": [_move(move) for move in comparison.moves],
        "weeks": [
            {
                "team": change.team,
                "week": str(change.week),
                "before": _week(change.before),
                "after": _week(change.after),
            }
            for change in comparison.weeks
        ],
        "months": [
            {
                "team": change.team,
                "month": str(change.month),
                "before": _month(change.before),
                "after": _month(change.after),
            }
            for change in comparison.months
        ],
        "unattributed": [
            {
                "week": str(change.week),
                "reason": change.reason.value,
                "before": _rest(change.before),
                "after": _rest(change.after),
            }
            for change in comparison.rests
        ],
    }


def _total(total: Total) -> Fields:
    return {
        "prs_merged": total.prs_merged,
        "earned": json_cell(total.earned),
        "unattributed": {reason.value: json_cell(weight) for reason, weight in total.unattributed},
        "beyond_one": json_cell(total.beyond_one),
    }


def _team(change: TeamChange) -> Fields:
    return {"team": change.team, "before": _figures(change.before), "after": _figures(change.after)}


def _figures(figures: TeamFigures) -> Fields:
    return _cells(
        prs_merged=figures.prs_merged,
        weighted_prs_merged=figures.weighted_prs_merged,
        prs_timed=figures.prs_timed,
        median_lead_time_hours=figures.median_lead_time_hours,
        p95_lead_time_hours=figures.p95_lead_time_hours,
    )


def _week(week: TeamWeek | None) -> Fields | None:
    if week is None:
        return None
    return _cells(
        prs_merged=week.prs_merged,
        avg_cycle_time_hours=week.avg_cycle_time_hours,
        weighted_prs_merged=week.weighted_prs_merged,
        weighted_avg_cycle_time_hours=week.weighted_avg_cycle_time_hours,
    )


def _month(month: TeamMonth | None) -> Fields | None:
    if month is None:
        return None
    return _cells(
        median_lead_time_hours=month.median_lead_time_hours,
        p95_lead_time_hours=month.p95_lead_time_hours,
        prs_merged=month.prs_merged,
        prs_timed=month.prs_timed,
        weighted_prs_merged=month.weighted_prs_merged,
        weighted_median_lead_time_hours=month.weighted_median_lead_time_hours,
        weighted_p95_lead_time_hours=month.weighted_p95_lead_time_hours,
        effective_prs=month.effective_prs,
    )


def _rest(week: UnattributedWeek | None) -> Fields | None:
    return None if week is None else _cells(prs_merged=week.prs_merged, weighted_prs_merged=week.weighted_prs_merged)


def _move(move: Move) -> Fields:
    return {
        "from": _place(move.origin),
        "to": _place(move.destination),
        "prs": move.prs,
        "weight": json_cell(move.weight),
    }


def _place(place: Place) -> Fields:
    return {"kind": place.kind.value, "name": place.name or None}


def _cells(**cells: Cell) -> Fields:
    return {name: json_cell(cell) for name, cell in cells.items()}
