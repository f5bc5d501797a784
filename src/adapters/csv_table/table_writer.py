r"""A table as CSV by RFC 4180: UTF-8, CRLF, quotation marks where a field needs them.

What is not known is an empty field, and an empty text a quoted one (""), as PostgreSQL's COPY has it. The standard
library's writer cannot tell the two apart before Python 3.12.
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import BinaryIO, Final

from github_tracker.ports.table_writer import Cell, Column, ColumnKind, Row, TableWriter

_ROWS_AT_A_TIME: Final = 1000

_NEEDS_QUOTES: Final = re.compile(r'[",\r\n]|^\s|\s$|^$')

_FORMULA: Final = re.compile(r"[=+\-@\t\r]")

_TEXTS: Final = (ColumnKind.TEXT, ColumnKind.TEXTS)


class CsvTableWriter(TableWriter):
    """Writes CSV into a binary stream.

    With `for_spreadsheets`, texts that a spreadsheet would take for a formula get an apostrophe before them: opened
    with a double click, such a title could run a program (OWASP, "CSV Injection"). Without it every text is what is
    stored, which other programs want.
    """

    def __init__(self, out: BinaryIO, *, for_spreadsheets: bool = False) -> None:
        self._out = out
        self._for_spreadsheets = for_spreadsheets

    def write(self, columns: tuple[Column, ...], rows: Iterable[Row]) -> int:
        """Write the names, then all rows: instants in ISO 8601, weights in full, lists as JSON."""
        lines = [",".join(_quoted(column.name) for column in columns)]
        is_text = tuple(column.kind in _TEXTS for column in columns)
        count = 0
        for row in rows:
            lines.append(",".join(map(self._field, row, is_text)))
            count += 1
            if len(lines) >= _ROWS_AT_A_TIME:
                self._write_lines(lines)
        self._write_lines(lines)
        return count

    def _write_lines(self, lines: list[str]) -> None:
        if lines:
            self._out.write("".join(f"{line}\r\n" for line in lines).encode())
            lines.clear()

    def _field(self, cell: Cell, is_text: bool) -> str:
        if cell is None:
            return ""
        text = _text_of(cell)
        if not is_text:
            return text
        if self._for_spreadsheets and _FORMULA.match(text):
            text = f"'{text}"
        return _quoted(text)


def _text_of(cell: Cell) -> str:
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int():
            return str(cell)
        case Decimal():
            return f"{cell:f}"
        case tuple():
            return json.dumps(cell, ensure_ascii=False)
        case None:
            return ""
        case _:
            return cell.isoformat()


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text
