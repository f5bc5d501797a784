"""How figures are written: one sheet of rows, as a table, CSV or JSON. Rounding happens here and nowhere else."""

import csv
import json
from collections.abc import Generator, Iterable
from contextlib import closing
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TextIO

from attrs import field, frozen
from rich.console import Console
from rich.table import Table

from github_tracker.application.report import Basis, LeadTimeReport, VelocityReport
from github_tracker.ports.report_repository import ShareLine

DECIMALS = 6
"""Places of hours and effective sizes in CSV and JSON; weights are exact and written in full."""

TABLE_DECIMALS = 2

BAR_WIDTH = 16

Cell = str | int | date | Decimal | Fraction | None


@frozen
class Sheet:
    """Rows under headings, with what a reader should know beside them."""

    headings: tuple[str, ...]
    rows: Iterable[tuple[Cell, ...]]
    basis: Basis | None = None
    notes: tuple[str, ...] = ()
    charted: str | None = None
    """The heading whose figures get a bar in a table."""
    further: dict[str, "Sheet"] = field(factory=dict)
    """Sheets that belong to it, written in JSON only."""

    def close(self) -> None:
        """Give back what rows that were not read to their end still hold."""
        if isinstance(self.rows, Generator):
            self.rows.close()


def velocity_sheet(report: VelocityReport) -> Sheet:
    """Return a row for each team's week."""
    headings = ("team", "week", "prs_merged", "avg_cycle_time_hours", "weighted_prs_merged")
    rows = [
        (
            week.team,
            week.week,
            week.prs_merged,
            week.avg_cycle_time_hours,
            week.weighted_prs_merged,
            week.weighted_avg_cycle_time_hours,
        )
        for week in report.weeks
    ]
    earned = sum((week.weighted_prs_merged for week in report.weeks), Decimal(0))
    lost = sum((week.weighted_prs_merged for week in report.unattributed), Decimal(0))
    return Sheet(
        headings=(*headings, "weighted_avg_cycle_time_hours"),
        rows=rows,
        basis=report.basis,
        notes=(
            f"These teams earned {_exact(earned)} pull requests; {_exact(lost)} belong to no team "
            "(github-tracker report unattributed). Bots are left out.",
        ),
        charted="weighted_prs_merged",
        further={"unattributed": unattributed_sheet(report)},
    )


def unattributed_sheet(report: VelocityReport) -> Sheet:
    """Return a row for each week and reason."""
    rows = [(week.week, week.reason.value, week.prs_merged, week.weighted_prs_merged) for week in report.unattributed]
    return Sheet(("week", "reason", "prs_merged", "weighted_prs_merged"), rows, report.basis)


def lead_time_sheet(report: LeadTimeReport) -> Sheet:
    """Return a row for each team's month."""
    rows = [
        (
            month.team,
            month.month,
            month.median_lead_time_hours,
            month.p95_lead_time_hours,
            month.prs_merged,
            month.prs_timed,
            month.weighted_prs_merged,
            month.weighted_median_lead_time_hours,
            month.weighted_p95_lead_time_hours,
            month.effective_prs,
        )
        for month in report.months
    ]
    headings = ("team", "month", "median_lead_time_hours", "p95_lead_time_hours", "prs_merged", "prs_timed")
    weighted = ("weighted_prs_merged", "weighted_median_lead_time_hours", "weighted_p95_lead_time_hours")
    notes = ("Pull-request cycle time, from created to merged; bots are left out.",)
    return Sheet((*headings, *weighted, "effective_prs"), rows, report.basis, notes, charted="median_lead_time_hours")


def shares_sheet(lines: Generator[ShareLine]) -> Sheet:
    """Return a row for each share, as it comes."""
    return Sheet(("team", "repository", "number", "author", "weight", "rule"), _share_rows(lines))


def _share_rows(lines: Generator[ShareLine]) -> Generator[tuple[Cell, ...]]:
    with closing(lines):
        for line in lines:
            yield line.team, line.repository, line.number, line.author, line.weight, line.rule.value


def write_csv(sheet: Sheet, out: TextIO) -> None:
    """Write the rows as they come; what is unknown is an empty cell, never 0."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(sheet.headings)
    for row in sheet.rows:
        writer.writerow([_plain(cell) for cell in row])


def write_json(sheet: Sheet, out: TextIO) -> None:
    """Write the rows with what they rest on; weights are strings, since they are exact decimals."""
    json.dump(_document(sheet), out, indent=2, ensure_ascii=False)
    out.write("\n")


def print_table(sheet: Sheet, console: Console) -> None:
    """Print a table for people, with a bar for the charted column and the notes below."""
    rows = list(sheet.rows)
    if not rows:
        console.print("Nothing to show: no pull request of this scope is stored.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in sheet.headings:
        is_figure = any(isinstance(row[sheet.headings.index(heading)], int | Decimal | Fraction) for row in rows)
        table.add_column(heading.replace("_", " "), justify="right" if is_figure else "left", overflow="fold")
    charted = None if sheet.charted is None else sheet.headings.index(sheet.charted)
    if charted is not None:
        table.add_column("", min_width=BAR_WIDTH, no_wrap=True)
    most = max((float(row[charted] or 0) for row in rows), default=0.0) if charted is not None else 0.0  # type: ignore[arg-type]  # charted columns hold numbers
    for row in rows:
        bar = [] if charted is None else [bar_of(float(row[charted] or 0), most)]  # type: ignore[arg-type]  # as above
        table.add_row(*(_short(cell) for cell in row), *bar)
    console.print(table)
    for note in (*sheet.notes, *_basis_notes(sheet.basis)):
        console.print(note, highlight=False, soft_wrap=True)


def bar_of(figure: float, most: float, width: int = BAR_WIDTH) -> str:
    """Return a bar of at most `width` characters, exact to an eighth of one."""
    eighths = round(figure / most * width * 8) if most else 0
    return "█" * (eighths // 8) + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[eighths % 8]


def _basis_notes(basis: Basis | None) -> tuple[str, ...]:
    if basis is None:
        return ()
    policy = basis.policy
    return (f"Rule {policy.rule}, time zone {policy.time_zone}, roster version {basis.roster_version}.",)


def _document(sheet: Sheet) -> dict[str, object]:
    rows = [dict(zip(sheet.headings, map(_json, row), strict=True)) for row in sheet.rows]
    document: dict[str, object] = {"rows": rows}
    if sheet.basis is not None:
        policy = sheet.basis.policy
        document = {
            "rule": policy.rule.value,
            "time_zone": policy.time_zone,
            "roster_version": sheet.basis.roster_version,
            **document,
        }
    return document | {name: _document(other)["rows"] for name, other in sheet.further.items()}


def _json(cell: Cell) -> str | int | float | None:
    if isinstance(cell, Fraction):
        return round(float(cell), DECIMALS)
    return cell if isinstance(cell, int) or cell is None else _plain(cell)


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return _exact(cell)
        case Fraction():
            return f"{float(cell):.{DECIMALS}f}"
        case _:
            return str(cell)


def _short(cell: Cell) -> str:
    if isinstance(cell, Decimal | Fraction):
        return f"{float(cell):.{TABLE_DECIMALS}f}"
    return "-" if cell is None else str(cell)


def _exact(weight: Decimal) -> str:
    """Write a weight without trailing zeros and without an exponent."""
    return f"{weight.normalize():f}"
