"""`github-tracker report`: figures as tables, CSV or JSON."""

import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from github_tracker.application.as_known_at import FiguresAsKnownAt
from github_tracker.application.report import LeadTimeReport, ReportFigures, VelocityReport
from github_tracker.entrypoints.cli import report_rendering as rendering
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.options import DAY, as_known_at, check_days
from github_tracker.entrypoints.cli.output_file import whole_file
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.html_report import HtmlReport
from github_tracker.ports.report_repository import ReportScope

if TYPE_CHECKING:
    import punq


class Format(StrEnum):
    """How figures are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def _scope_options(command: Callable[..., None]) -> Callable[..., None]:
    options = (
        click.option("--team", metavar="NAME", help="One team by its name; all teams without."),
        click.option("--from", "since", type=DAY, metavar="DAY", help="First day that counts, such as 2026-01-31."),
        click.option("--to", "until", type=DAY, metavar="DAY", help="First day that no longer counts."),
        click.option(
            "--format", "form", type=click.Choice([form.value for form in Format]), default="table", show_default=True
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


_EXAMPLES = """\b
Examples:
  github-tracker report velocity --team Checkout --from 2026-01-01
  github-tracker report lead-time --format csv > lead-time.csv
  github-tracker report --html report.html"""


@click.group("report", epilog=_EXAMPLES, invoke_without_command=True)
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the page for managers, with all teams' figures in it, into one file to be sent to somebody.",
)
@click.option("--force", is_flag=True, help="Write over FILE if it exists.")
@click.pass_context
def command(context: click.Context, page: Path | None, force: bool) -> None:
    """Show the figures of the database.

    Days are half-open: --from counts, --to does not. Tables are for people and leave out what does not fit; CSV and
    JSON hold everything, weights exactly.
    """
    if context.invoked_subcommand is not None:
        if page is not None:
            raise click.UsageError(f"--html is a report of its own; leave {context.invoked_subcommand} out")
    elif page is None:
        click.echo(context.get_help())
    else:
        with container_for(context.obj, settings_for(context.obj)) as container:
            write_page(container, page, is_forced=force)
        click.echo(f"{page} holds the page with its figures; a browser opens it.")


def write_page(container: "punq.Container", path: Path, *, is_forced: bool) -> None:
    """Write the page with all figures in it."""
    with whole_file(path, is_forced=is_forced) as out:
        out.write(container.resolve(HtmlReport)(ReportScope()).encode())


@command.command("velocity", short_help="Merged pull requests, by team and week.")
@_scope_options
@as_known_at
@click.pass_obj
def velocity(
    is_demo: bool,
    team: str | None,
    since: datetime | None,
    until: datetime | None,
    form: str,
    known_at: datetime | None,
) -> None:
    """Merged pull requests of each team and ISO week, bots left out; with what no team earned.

    --from and --to choose weeks by their Monday.
    """
    scope = _scope(team, since, until)
    _show(is_demo, form, lambda container: rendering.velocity_sheet(_velocity(container, scope, known_at)))


@command.command("lead-time", short_help="Hours from created to merged, by team and month.")
@_scope_options
@as_known_at
@click.pass_obj
def lead_time(
    is_demo: bool,
    team: str | None,
    since: datetime | None,
    until: datetime | None,
    form: str,
    known_at: datetime | None,
) -> None:
    """Pull-request cycle times of each team and month of merging, created to merged; bots left out.

    --from and --to choose months by their first day.
    """
    scope = _scope(team, since, until)
    _show(is_demo, form, lambda container: rendering.lead_time_sheet(_lead_time(container, scope, known_at)))


@command.command("unattributed", short_help="What no team earned, by week and reason.")
@_scope_options
@as_known_at
@click.pass_obj
def unattributed(
    is_demo: bool,
    team: str | None,
    since: datetime | None,
    until: datetime | None,
    form: str,
    known_at: datetime | None,
) -> None:
    """What no team earned of each week's merged pull requests, by reason; bots left out.

    --from and --to choose weeks by their Monday. It belongs to no team, so --team changes nothing.
    """
    scope = _scope(team, since, until)
    _show(is_demo, form, lambda container: rendering.unattributed_sheet(_velocity(container, scope, known_at)))


@command.command("shares", short_help="Who earned which part of which pull request.")
@_scope_options
@click.pass_obj
def shares(is_demo: bool, team: str | None, since: datetime | None, until: datetime | None, form: str) -> None:
    """Every share of pull requests created in the time, merged or not, bots included.

    --from and --to choose pull requests by the day of their creation, in UTC.
    """
    scope = _scope(team, since, until)
    _show(is_demo, form, lambda container: rendering.shares_sheet(container.resolve(ReportFigures).shares(scope)))


def _scope(team: str | None, since: datetime | None, until: datetime | None) -> ReportScope:
    check_days(since, until)
    return ReportScope(team, since and since.date(), until and until.date())


def _velocity(container: "punq.Container", scope: ReportScope, known_at: datetime | None) -> VelocityReport:
    if known_at is None:
        return container.resolve(ReportFigures).velocity(scope)
    return container.resolve(FiguresAsKnownAt).velocity(scope, known_at)


def _lead_time(container: "punq.Container", scope: ReportScope, known_at: datetime | None) -> LeadTimeReport:
    if known_at is None:
        return container.resolve(ReportFigures).lead_time(scope)
    return container.resolve(FiguresAsKnownAt).lead_time(scope, known_at)


def _show(is_demo: bool, form: str, sheet_of: "Callable[[punq.Container], rendering.Sheet]") -> None:
    with container_for(is_demo, settings_for(is_demo)) as container:
        _print(container, form, sheet_of)


def _print(container: "punq.Container", form: str, sheet_of: "Callable[[punq.Container], rendering.Sheet]") -> None:
    with closing(sheet_of(container)) as sheet:
        match Format(form):
            case Format.CSV:
                rendering.write_csv(sheet, sys.stdout)
                if sheet.withheld:
                    # Beside the rows: a CSV file has no room for remarks.
                    click.echo(sheet.withheld_note, err=True)
            case Format.JSON:
                rendering.write_json(sheet, sys.stdout)
            case Format.TABLE:
                rendering.print_table(sheet, console())
