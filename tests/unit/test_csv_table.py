"""CSV as RFC 4180 has it, with what is not known told from what is empty."""

import csv
import io

import pytest

from github_tracker.adapters.csv_table import CsvTableWriter
from github_tracker.ports.table_writer import Column, ColumnKind, Row

COLUMNS = (Column("text", ColumnKind.TEXT), Column("texts", ColumnKind.TEXTS))


def csv_of(columns: tuple[Column, ...], *rows: Row, for_spreadsheets: bool = False) -> str:
    """Return the CSV of a table."""
    out = io.BytesIO()
    assert CsvTableWriter(out, for_spreadsheets=for_spreadsheets).write(columns, rows) == len(rows)
    return out.getvalue().decode()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("plain text", "plain text"),
        (None, ""),
        ("", '""'),
        ('say "x"', '"say ""x"""'),
        ("a,b", '"a,b"'),
        ("a\r\nb", '"a\r\nb"'),
        (" a", '" a"'),
        ("=1+1", "=1+1"),
        ("Füge 🐛 hinzu", "Füge 🐛 hinzu"),
    ],
)
def test_csv_quotes_where_it_must(text: str | None, field: str) -> None:
    """And tells an empty text from none; every line ends with CRLF."""
    assert csv_of(COLUMNS, (text, ())) == f"text,texts\r\n{field},[]\r\n"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_for_spreadsheets_holds_no_formula(sign: str) -> None:
    """Only where it is wanted, only at the beginning, and never in figures."""
    rows: tuple[Row, ...] = ((f"{sign}1+1", ("=1",)), (f"a{sign}1", ()), (None, ()), ("", ()))
    read = list(csv.reader(io.StringIO(csv_of(COLUMNS, *rows, for_spreadsheets=True), newline="")))
    assert [row[0] for row in read] == ["text", f"'{sign}1+1", f"a{sign}1", "", ""]
    assert read[1][1] == '["=1"]'
    whole = (Column("whole", ColumnKind.WHOLE),)
    assert csv_of(whole, (-1,), for_spreadsheets=True) == "whole\r\n-1\r\n"


def test_csv_of_nothing_has_its_headings() -> None:
    """So that a reader knows the columns."""
    assert csv_of(COLUMNS) == "text,texts\r\n"


def test_csv_of_many_rows_is_written_in_parts() -> None:
    """None is lost between them, whatever their number."""
    for count in (998, 999, 1000, 1001, 2500):
        text = csv_of((Column("n", ColumnKind.WHOLE),), *((number,) for number in range(count)))
        assert text == "".join(f"{line}\r\n" for line in ("n", *range(count)))
