"""The figures of a whole organisation on one screen: a line a team, and whether the sums add up."""

from collections import defaultdict
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from github_tracker.application.report import LeadTimeReport, VelocityReport

_LEVELS = "▁▂▃▄▅▆▇█"


def print_overview(velocity: VelocityReport, lead_time: LeadTimeReport, out: Console) -> None:
    """Print each team's weeks and months, and what no team earned."""
    out.print("\n[bold]Velocity[/bold]: merged pull requests a week, by membership weight", highlight=False)
    out.print(_velocity_table(velocity))
    out.print(
        "\n[bold]Lead time[/bold]: hours from created to merged, by month: median (95th percentile)", highlight=False
    )
    out.print(_lead_time_table(lead_time))
    earned = sum((week.weighted_prs_merged for week in velocity.weeks), Decimal(0))
    lost = sum((week.weighted_prs_merged for week in velocity.unattributed), Decimal(0))
    out.print(
        f"\nThe sums add up: teams earned {earned.normalize():f}, {lost.normalize():f} belong to no team, "
        f"{(earned + lost).normalize():f} pull requests were merged (bots left out).",
        highlight=False,
    )


def _velocity_table(report: VelocityReport) -> Table:
    weeks = sorted({week.week for week in report.weeks})
    by_team: defaultdict[str, dict[object, float]] = defaultdict(dict)
    for week in report.weeks:
        by_team[week.team][week.week] = float(week.weighted_prs_merged)
    most = max((figure for row in by_team.values() for figure in row.values()), default=0.0)
    table = Table(box=None, pad_edge=False)
    table.add_column("team")
    table.add_column(f"{weeks[0]} to {weeks[-1]}" if weeks else "")
    table.add_column("a week", justify="right")
    table.add_column("last 4", justify="right")
    for team, row in sorted(by_team.items()):
        series = [row.get(week, 0.0) for week in weeks]
        last = series[-4:]
        table.add_row(team, sparkline(series, most), f"{sum(series) / len(series):.1f}", f"{sum(last) / len(last):.1f}")
    return table


def _lead_time_table(report: LeadTimeReport) -> Table:
    months = sorted({month.month for month in report.months})
    cells = {
        (month.team, month.month): f"{float(median):.0f} [dim]({float(p95):.0f})[/dim]"
        for month in report.months
        if (median := month.median_lead_time_hours) is not None and (p95 := month.p95_lead_time_hours) is not None
    }
    table = Table(box=None, pad_edge=False)
    table.add_column("team")
    for month in months:
        table.add_column(f"{month:%b %Y}", justify="right")
    for team in sorted({month.team for month in report.months}):
        table.add_row(team, *(cells.get((team, month), "-") for month in months))
    return table


def sparkline(series: list[float], most: float) -> str:
    """Return one character a figure, as high as its part of the most; a dot for none.

    >>> sparkline([0.0, 1.0, 8.0], 8.0)
    '·▁█'
    """
    top = len(_LEVELS) - 1
    return "".join(_LEVELS[min(int(figure / most * top), top)] if figure else "·" for figure in series)
