"""A table as a Parquet file, whose columns keep their types: exact decimals, instants in UTC, lists."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO, Final

import pyarrow as pa
from pyarrow import parquet

from github_tracker.ports.table_writer import Column, ColumnKind, Row, TableWriter

_ROWS_OF_A_GROUP: Final = 20_000
"""What is held at a time; larger groups would hardly be smaller in the file."""

_TYPES: Final = {
    ColumnKind.TEXT: pa.string(),
    ColumnKind.WHOLE: pa.int64(),
    ColumnKind.FLAG: pa.bool_(),
    ColumnKind.INSTANT: pa.timestamp("us", tz="UTC"),
    ColumnKind.DAY: pa.date32(),
    ColumnKind.WEIGHT: pa.decimal128(7, 6),
    ColumnKind.TEXTS: pa.list_(pa.string()),
}


class ParquetTableWriter(TableWriter):
    """Writes a Parquet file, compressed by Zstandard, into a binary stream; it is complete when `write` returns."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, columns: tuple[Column, ...], rows: Iterable[Row]) -> int:
        """Write all rows, a row group at a time."""
        schema = pa.schema([pa.field(column.name, _TYPES[column.kind]) for column in columns])
        count = 0
        with parquet.ParquetWriter(self._out, schema, compression="zstd") as writer:
            for group in _groups(rows):
                cells = zip(*group, strict=True)
                arrays = [pa.array(column, field.type) for column, field in zip(cells, schema, strict=True)]
                writer.write_batch(pa.record_batch(arrays, schema=schema))
                count += len(group)
        return count


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while group := list(islice(left, _ROWS_OF_A_GROUP)):
        yield group
