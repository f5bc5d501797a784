"""How single figures are written where programs read them: exact weights, hours rounded here and nowhere else."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from github_tracker.entrypoints.wording import exact

DECIMALS = 6
"""Places of hours and effective sizes in CSV and JSON; weights are exact and written in full."""

Cell = str | int | date | Decimal | Fraction | None


def json_cell(cell: Cell) -> str | int | float | None:
    """Return a cell as JSON holds it: weights as strings, since they are exact decimals, and hours as numbers."""
    if isinstance(cell, Fraction):
        return round(float(cell), DECIMALS)
    return cell if isinstance(cell, int) or cell is None else text_cell(cell)


def text_cell(cell: Cell) -> str:
    """Return a cell as CSV holds it; empty for what is not there."""
    match cell:
        case None:
            return ""
        case Decimal():
            return exact(cell)
        case Fraction():
            return f"{float(cell):.{DECIMALS}f}"
        case _:
            return str(cell)
