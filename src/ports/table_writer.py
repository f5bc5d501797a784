"""The role of a file that other programs read: one table of typed columns, row after row."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from attrs import frozen

Cell = str | int | bool | datetime | date | Decimal | tuple[str, ...] | None
"""None is what is not known."""

Row = tuple[Cell, ...]


class ColumnKind(StrEnum):
    """What a column holds, besides what is not known."""

    TEXT = "text"
    WHOLE = "whole"
    """A whole number of less than 64 bits."""
    FLAG = "flag"
    INSTANT = "instant"
    """In UTC, to the microsecond."""
    DAY = "day"
    WEIGHT = "weight"
    """An exact decimal from 0 to 1 with at most 6 places (R4)."""
    TEXTS = "texts"
    """A list of texts."""


@frozen
class Column:
    """One column: its name and what it holds."""

    name: str
    kind: ColumnKind


class TableWriter(ABC):
    """Writes one table into what it was made for."""

    @abstractmethod
    def write(self, columns: tuple[Column, ...], rows: Iterable[Row]) -> int:
        """Write all rows under the columns' names and return how many they were.

        A table without rows still tells its columns. Never more than some thousands of rows are held at a time.
        """
