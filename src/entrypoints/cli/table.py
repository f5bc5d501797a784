"""Tables for people: as many columns as the terminal is wide, none of them folded into shreds."""

from collections.abc import Sequence
from itertools import chain

from attrs import frozen
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_GAP = 2
_WIDEST_BAR = 16
_NARROWEST_BAR = 6
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


@frozen
class Column:
    """One column of a table."""

    label: str
    """Its heading, on one or two lines."""
    is_figure: bool = False
    """Figures stand to the right."""
    least_needed: int = 0
    """Where the terminal is too narrow, the column with the highest number goes first; 0 always stays."""


def print_columns(
    console: Console, columns: Sequence[Column], rows: Sequence[Sequence[str]], bars: Sequence[float] = ()
) -> tuple[str, ...]:
    """Print the rows, with a bar for each where there is room, and return the labels of the columns left out."""
    widths = [_width(column, [row[place] for row in rows]) for place, column in enumerate(columns)]
    kept = _fitting(columns, widths, console.width)
    room = console.width - sum(widths[place] + _GAP for place in kept)
    table = Table(box=None, pad_edge=False)
    for place in kept:
        column = columns[place]
        table.add_column(column.label, justify="right" if column.is_figure else "left", overflow="fold")
    has_bars = bool(bars) and room >= _NARROWEST_BAR
    if has_bars:
        table.add_column("", no_wrap=True)
    most = max(bars, default=0.0)
    for number, row in enumerate(rows):
        bar = [bar_of(bars[number], most, min(room, _WIDEST_BAR))] if has_bars else []
        # As text: a name in brackets would otherwise be taken for a style.
        table.add_row(*(Text(row[place]) for place in kept), *bar)
    console.print(table)
    left_out = [column.label for place, column in enumerate(columns) if place not in kept]
    return tuple(label.replace("\n", " ") for label in left_out)


def bar_of(figure: float, most: float, width: int) -> str:
    """Return a bar of at most `width` characters, exact to an eighth of one.

    >>> bar_of(3.0, 4.0, 2), bar_of(0.0, 0.0, 2)
    ('█▌', '')
    """
    eighths = round(figure / most * width * 8) if most else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]


def _width(column: Column, cells: Sequence[str]) -> int:
    return max(map(cell_len, chain(column.label.split("\n"), cells)))


def _fitting(columns: Sequence[Column], widths: Sequence[int], room: int) -> list[int]:
    kept = list(range(len(columns)))
    while sum(widths[place] + _GAP for place in kept) - _GAP > room:
        place = max(kept, key=lambda place: columns[place].least_needed)
        if not columns[place].least_needed:
            break
        kept.remove(place)
    return kept
