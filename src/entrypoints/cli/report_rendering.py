"""How figures are written: one sheet of rows, as a table, CSV or JSON. Rounding happens here and nowhere else."""

import csv
import json
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TextIO

from attrs import field, frozen
from rich.console import Console

from github_tracker.application.report import Basis, Discretion, LeadTimeReport, VelocityReport
from github_tracker.domain.person import RestReason
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import count_of, exact
from github_tracker.entrypoints.figure_cells import Cell, json_cell, text_cell
from github_tracker.ports.report_repository import ShareLine

_LABELS = {
    "prs_merged": "PRs\nmerged",
    "prs_timed": "PRs\ntimed",
    "avg_cycle_time_hours": "average\nhours",
    "weighted_prs_merged": "weighted\nPRs",
    "weighted_avg_cycle_time_hours": "weighted\naverage",
    "median_lead_time_hours": "median\nhours",
    "p95_lead_time_hours": "95th pct\nhours",
    "weighted_median_lead_time_hours": "weighted\nmedian",
    "weighted_p95_lead_time_hours": "weighted\n95th pct",
    "effective_prs": "effective\nPRs",
}
"""What tables call the columns that CSV and JSON call by their published names."""

_LEAST_NEEDED = {"effective_prs": 3, "prs_timed": 2, "weighted_p95_lead_time_hours": 1}

_REASONS = {
    RestReason.UNKNOWN_LOGIN: "the author stands on no roster entry",
    RestReason.JOINED_LATER: "the author joined a first team only afterwards",
    RestReason.LEFT_BEFORE: "the author had left and was in no team",
    RestReason.ZERO_WEIGHT: "the author belonged with weight 0 only",
    RestReason.PART_TIME: "the author's weights add up to less than 1",
    RestReason.GHOST: "GitHub no longer names the author",
}


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
    discretion: Discretion = field(factory=Discretion)
    withheld: int = 0
    """Rows whose figures are left empty for the discretion's sake."""

    @property
    def withheld_note(self) -> str:
        """Why figures are missing; empty where none is."""
        if not self.withheld:
            return ""
        return (
            f"Withheld: the figures of {count_of(self.withheld, 'row')}. Fewer than {self.discretion.min_group_size} "
            "people stand behind them, or they would give away such figures of the same time (MIN_GROUP_SIZE)."
        )

    def close(self) -> None:
        """Give back what rows that were not read to their end still hold."""
        if isinstance(self.rows, Generator):
            self.rows.close()


def velocity_sheet(report: VelocityReport) -> Sheet:
    """Return a row for each team's week."""
    headings = ("team", "week", "prs_merged", "avg_cycle_time_hours", "weighted_prs_merged")
    rows: list[tuple[Cell, ...]] = [
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
    rows = _with_withheld(rows, [(cell.team, cell.begins_on) for cell in report.withheld_weeks], figures=4)
    earned = sum((week.weighted_prs_merged for week in report.weeks), Decimal(0))
    lost = sum((week.weighted_prs_merged for week in report.unattributed), Decimal(0))
    return Sheet(
        headings=(*headings, "weighted_avg_cycle_time_hours"),
        rows=rows,
        basis=report.basis,
        notes=(
            "Hours are from created to merged. Weighted: by the authors' membership weights. Bots are left out.",
            f"Earned here: {exact(earned)} pull requests. Earned by no team: {exact(lost)}, see `report unattributed`.",
        ),
        charted="weighted_prs_merged",
        further={"unattributed": unattributed_sheet(report)},
        discretion=report.discretion,
        withheld=len(report.withheld_weeks),
    )


def unattributed_sheet(report: VelocityReport) -> Sheet:
    """Return a row for each week and reason."""
    rows: list[tuple[Cell, ...]] = [
        (week.week, week.reason.value, week.prs_merged, week.weighted_prs_merged) for week in report.unattributed
    ]
    rows = _with_withheld(rows, [(week, reason.value) for week, reason in report.withheld_rests], figures=2)
    totals: dict[RestReason, Decimal] = {}
    for week in report.unattributed:
        totals[week.reason] = totals.get(week.reason, Decimal(0)) + week.weighted_prs_merged
    notes = ["No team earned, bots left out:"] if totals else []
    notes += [f"  {exact(totals[reason])} {reason}: {_REASONS[reason]}" for reason in sorted(totals)]
    headings = ("week", "reason", "prs_merged", "weighted_prs_merged")
    return Sheet(
        headings,
        rows,
        report.basis,
        tuple(notes),
        charted="weighted_prs_merged",
        discretion=report.discretion,
        withheld=len(report.withheld_rests),
    )


def lead_time_sheet(report: LeadTimeReport) -> Sheet:
    """Return a row for each team's month."""
    rows: list[tuple[Cell, ...]] = [
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
    rows = _with_withheld(rows, [(cell.team, cell.begins_on) for cell in report.withheld_months], figures=8)
    headings = ("team", "month", "median_lead_time_hours", "p95_lead_time_hours", "prs_merged", "prs_timed")
    weighted = ("weighted_prs_merged", "weighted_median_lead_time_hours", "weighted_p95_lead_time_hours")
    notes = (
        "Pull-request cycle time, from created to merged, by month of merging. Weighted: by the authors' membership "
        "weights. Bots are left out.",
    )
    return Sheet(
        (*headings, *weighted, "effective_prs"),
        rows,
        report.basis,
        notes,
        charted="median_lead_time_hours",
        discretion=report.discretion,
        withheld=len(report.withheld_months),
    )


def _with_withheld(
    rows: list[tuple[Cell, ...]], withheld: Sequence[tuple[str | date, str | date]], figures: int
) -> list[tuple[Cell, ...]]:
    """Put rows without figures among the others, in the order of their first two cells."""
    empty = [(*names, *[None] * figures) for names in withheld]
    return sorted([*rows, *empty], key=lambda row: (str(row[0]), str(row[1])))


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
        writer.writerow([text_cell(cell) for cell in row])


def write_json(sheet: Sheet, out: TextIO) -> None:
    """Write the rows with what they rest on; weights are strings, since they are exact decimals."""
    json.dump(sheet_document(sheet), out, indent=2, ensure_ascii=False)
    out.write("\n")


def print_table(sheet: Sheet, console: Console) -> None:
    """Print a table for people, with a bar for the charted column and the notes below."""
    rows = list(sheet.rows)
    if not rows:
        console.print("Nothing to show: what is stored holds nothing of this kind and time.")
        return
    columns = [_column(heading, rows, place) for place, heading in enumerate(sheet.headings)]
    texts = [[_short(heading, cell) for heading, cell in zip(sheet.headings, row, strict=True)] for row in rows]
    left_out = print_columns(console, columns, texts, _charted(sheet, rows))
    notes = [*sheet.notes, *filter(None, (sheet.withheld_note,)), *_basis_notes(sheet.basis)]
    if left_out:
        notes.append(f"Left out, for the terminal is narrow: {', '.join(left_out)}.")
    for note in notes:
        console.print(note, markup=False, highlight=False)


def _column(heading: str, rows: list[tuple[Cell, ...]], place: int) -> Column:
    is_figure = any(isinstance(row[place], int | Decimal | Fraction) for row in rows)
    return Column(_LABELS.get(heading, heading), is_figure, _LEAST_NEEDED.get(heading, 0))


def _charted(sheet: Sheet, rows: list[tuple[Cell, ...]]) -> list[float]:
    if sheet.charted is None:
        return []
    figures = [row[sheet.headings.index(sheet.charted)] for row in rows]
    return [float(figure) if isinstance(figure, int | Decimal | Fraction) else 0.0 for figure in figures]


def _basis_notes(basis: Basis | None) -> tuple[str, ...]:
    if basis is None:
        return ()
    policy = basis.policy
    notes = (f"Rule {policy.rule}, time zone {policy.time_zone}, roster version {basis.roster_version}.",)
    if basis.as_known_at is None:
        return notes
    return (
        *notes,
        f"As known at {basis.as_known_at.isoformat()}: that roster and rule were in force then. The pull requests are "
        "all that are stored today, newer ones included.",
    )


def sheet_document(sheet: Sheet) -> dict[str, object]:
    """Return the rows with what they rest on, as JSON holds them."""
    rows = [dict(zip(sheet.headings, map(json_cell, row), strict=True)) for row in sheet.rows]
    document: dict[str, object] = {"rows": rows}
    if sheet.basis is not None:
        policy = sheet.basis.policy
        document = {
            "rule": policy.rule.value,
            "time_zone": policy.time_zone,
            "roster_version": sheet.basis.roster_version,
            **({"as_known_at": known_at.isoformat()} if (known_at := sheet.basis.as_known_at) else {}),
            **document,
        }
    if sheet.discretion.is_wanted:
        document = {"min_group_size": sheet.discretion.min_group_size, "withheld": sheet.withheld, **document}
    return document | {name: sheet_document(other)["rows"] for name, other in sheet.further.items()}


def _short(heading: str, cell: Cell) -> str:
    """Write a cell as short as people want it: hours to a tenth, sums of weights to a hundredth."""
    match cell:
        case None:
            return "-"
        case Fraction():
            return f"{float(cell):.1f}"
        case Decimal() if heading != "weight":
            return f"{cell:.2f}"
        case date() if heading == "month":
            return f"{cell:%Y-%m}"
        case _:
            return text_cell(cell)
