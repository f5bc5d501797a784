"""`github-tracker export`: everything that is stored, for other programs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import click

from github_tracker.adapters.csv_table import CsvTableWriter
from github_tracker.application.export import Days, ExportTables
from github_tracker.entrypoints.cli.options import DAY, check_days
from github_tracker.entrypoints.cli.output_file import check_output, whole_file
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.ports.table_writer import TableWriter


class Content(StrEnum):
    """What is exported."""

    FACTS = "facts"
    SHARES = "shares"


class Format(StrEnum):
    """How it is written."""

    CSV = "csv"
    PARQUET = "parquet"


_EXAMPLES = """\b
Examples:
  github-tracker export shares > shares.csv
  github-tracker export facts --format parquet --output facts.parquet
  github-tracker export facts --from 2026-01-01 --to 2026-04-01"""


@click.command("export", epilog=_EXAMPLES, short_help="Write pull requests or shares to a CSV or Parquet file.")
@click.argument("content", type=click.Choice([content.value for content in Content]))
@click.option("--format", "form", type=click.Choice([form.value for form in Format]), default="csv", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="Written whole or not at all; - is the output."
)
@click.option("--force", "is_forced", is_flag=True, help="Write over a file that exists.")
@click.option("--from", "since", type=DAY, metavar="DAY", help="First day of creation that counts, in UTC.")
@click.option("--to", "until", type=DAY, metavar="DAY", help="First day that no longer counts.")
@click.option(
    "--for-spreadsheets", is_flag=True, help="In CSV, put ' before texts that begin with =, +, - or @ like a formula."
)
@click.pass_obj
def command(
    is_demo: bool,
    content: str,
    form: str,
    output: Path | None,
    is_forced: bool,
    since: datetime | None,
    until: datetime | None,
    for_spreadsheets: bool,
) -> None:
    """Write every stored pull request (facts), or every share of one (shares), bots included.

    Instants are in UTC, weights exact, cycle times in whole seconds. In CSV (RFC 4180, UTF-8) what is not known is
    empty, an empty text is "", and labels are a JSON list. Titles are what their authors wrote: before opening CSV in
    a spreadsheet, export it with --for-spreadsheets. Parquet needs a FILE and the extra github-tracker[parquet].
    """
    check_days(since, until)
    place = None if output is None or str(output) == "-" else output
    _check_format(Format(form), place, for_spreadsheets)
    if place is not None:
        check_output(place, is_forced=is_forced)
    days = Days(since and since.date(), until and until.date())
    with container_for(is_demo, settings_for(is_demo)) as container, _opened(place, is_forced) as out:
        export: ExportTables = container.resolve(ExportTables)
        write = export.facts if content == Content.FACTS else export.shares
        count = write(days, _writer(Format(form), out, for_spreadsheets))
    if place is not None:
        click.echo(f"Wrote {count_of(count, 'row')} to {place}.")


def _check_format(form: Format, place: Path | None, for_spreadsheets: bool) -> None:
    if form is Format.CSV:
        return
    if for_spreadsheets:
        raise click.UsageError("--for-spreadsheets is for CSV: Parquet holds texts, which nothing takes for formulas.")
    if place is None:
        raise click.UsageError("Parquet is no text: name a file by --output.")
    if find_spec("pyarrow") is None:
        raise click.UsageError("Parquet needs pyarrow: pip install 'github-tracker[parquet]'")


@contextmanager
def _opened(place: Path | None, is_forced: bool) -> Iterator[BinaryIO]:
    if place is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with whole_file(place, is_forced=is_forced) as out:
        yield out


def _writer(form: Format, out: BinaryIO, for_spreadsheets: bool) -> TableWriter:
    if form is Format.PARQUET:
        from github_tracker.adapters.parquet import ParquetTableWriter  # noqa: PLC0415  # optional, and half a second

        return ParquetTableWriter(out)
    return CsvTableWriter(out, for_spreadsheets=for_spreadsheets)
