"""Exports: every stored pull request and share as a row, exact in CSV and in Parquet."""

import csv
import io
import json
from collections.abc import Generator, Iterable
from datetime import date, datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given

from github_tracker.adapters.csv_table import CsvTableWriter
from github_tracker.adapters.memory import MemoryAttributionReader, MemoryStore
from github_tracker.application.export import FACT_COLUMNS, SHARE_COLUMNS, Days, ExportTables
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author, PullRequest, Repository
from github_tracker.domain.roster import Roster
from github_tracker.ports.table_writer import Cell, Column, ColumnKind, Row, TableWriter
from tests import strategies
from tests.contracts.memory import memory_store
from tests.contracts.metrics import BARE, FULL
from tests.contracts.store import Store, put_facts, put_roster, stream_of
from tests.unit.examples import at, opened, roster_of
from tests.unit.test_retention import filled

EVER = Days()
ROSTER = roster_of(Membership("Platform", "alice", Decimal("0.6")), Membership("Öl", "alice", Decimal("0.123456")))


class Kept(TableWriter):
    """Remembers what it was given."""

    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()

    def write(self, columns: tuple[Column, ...], rows: Iterable[Row]) -> int:
        """Take everything."""
        self.columns, self.rows = columns, tuple(rows)
        return len(self.rows)

    @property
    def records(self) -> list[dict[str, Cell]]:
        """The rows by column names."""
        return [dict(zip((column.name for column in self.columns), row, strict=True)) for row in self.rows]


@pytest.fixture
def store() -> Store:
    """Two pull requests, one with everything and one with next to nothing, and two shares."""
    made = memory_store()
    put_roster(made, ROSTER)
    put_facts(made, FULL, BARE)
    return made


def test_fact_is_a_row_of_everything_that_is_stored(store: Store) -> None:
    """With the repository's name of today and the cycle time in whole seconds; what is unknown is none."""
    kept = Kept()
    assert ExportTables(store.attributions).facts(EVER, kept) == 2
    assert kept.columns == FACT_COLUMNS
    assert kept.records[0] == {
        "repository_id": 1,
        "repository": "Acme/Widgets",
        "number": 7,
        "github_id": 2**62,
        "author_login": "alice",
        "author_id": 101,
        "author_type": "User",
        "author_association": "MEMBER",
        "is_bot": False,
        "title": "Add the widget",
        "state": "merged",
        "is_draft": True,
        "base_branch": "main",
        "head_branch": "topic/1",
        "merge_commit": "0" * 40,
        "labels": ("ready", "bug", "bug"),
        "created_at": FULL.created_at,
        "updated_at": FULL.updated_at,
        "merged_at": FULL.merged_at,
        "closed_at": FULL.closed_at,
        "observed_at": FULL.observed_at,
        "cycle_time_seconds": 91_799,
    }
    given_of_bare = {name for name, cell in kept.records[1].items() if cell not in (None, (), False)}
    assert given_of_bare == {
        *("repository_id", "repository", "number", "state", "created_at", "updated_at", "observed_at")
    }


def test_share_is_a_row_of_what_its_team_earns(store: Store) -> None:
    """By team within a pull request, with its exact weight and the rule; what no team earned is no row."""
    kept = Kept()
    assert ExportTables(store.attributions).shares(EVER, kept) == 2
    assert kept.columns == SHARE_COLUMNS
    assert [(one["team"], one["weight"]) for one in kept.records] == [
        ("Platform", Decimal("0.6")),
        ("Öl", Decimal("0.123456")),
    ]
    first = kept.records[0]
    assert (first["repository"], first["pr_number"], first["author"], first["rule"], first["is_bot"]) == (
        "Acme/Widgets",
        7,
        "alice",
        "created",
        False,
    )
    assert (first["created_date"], first["cycle_time_seconds"], first["state"]) == (date(2024, 1, 1), 91_799, "merged")


@pytest.mark.parametrize(
    ("since", "until", "numbers"),
    [
        (None, None, [1, 2, 3]),
        (date(2024, 1, 2), None, [2, 3]),
        (None, date(2024, 1, 2), [1]),
        (date(2024, 1, 2), date(2024, 1, 3), [2]),
    ],
)
def test_days_of_creation_are_half_open_and_in_utc(since: date | None, until: date | None, numbers: list[int]) -> None:
    """Like those of the reports."""
    store = memory_store()
    days = ("2024-01-01T23:59:59.999999", "2024-01-02", "2024-01-03")
    put_facts(store, *(opened(Author("alice"), at(day), number) for number, day in enumerate(days, start=1)))
    kept = Kept()
    ExportTables(store.attributions).facts(Days(since, until), kept)
    assert [one["number"] for one in kept.records] == numbers


def test_repository_that_comes_meanwhile_is_named() -> None:
    """Names are asked for again where one is missing, and not for every row."""
    data = MemoryStore()
    store = memory_store(data)
    for repository in (Repository(1, "acme/one"), Repository(2, "acme/two")):
        put_facts(store, evolve(BARE, repository_id=repository.id), FULL_OF[repository.id], repository=repository)

    class Growing(MemoryAttributionReader):
        asked = 0

        def repositories(self) -> tuple[Repository, ...]:
            self.asked += 1
            return super().repositories()[: self.asked]

    reader, kept = Growing(data), Kept()
    ExportTables(reader).facts(EVER, kept)
    assert [one["repository"] for one in kept.records] == ["acme/one"] * 2 + ["acme/two"] * 2
    assert reader.asked == 2


FULL_OF = {number: evolve(FULL, repository_id=number) for number in (1, 2)}


def test_stream_is_closed_when_writing_fails(store: Store) -> None:
    """Its connection is given back at once."""

    class Watched(MemoryAttributionReader):
        is_closed = False

        def attributions(self, authors: object = None) -> Generator[Attribution]:
            assert authors is None
            try:
                yield from stream_of(store)
            finally:
                self.is_closed = True

    class Full(TableWriter):
        def write(self, columns: tuple[Column, ...], rows: Iterable[Row]) -> int:
            assert columns
            next(iter(rows))
            raise OSError("no space left")

    reader = Watched(MemoryStore())
    reader.repositories = store.attributions.repositories  # type: ignore[method-assign]  # names of the other store
    with pytest.raises(OSError, match="no space left"):
        ExportTables(reader).facts(EVER, Full())
    assert reader.is_closed


def cell_of(text: str, kind: ColumnKind) -> Cell:
    """Return what a field of CSV stands for; an empty text is one that is not known here."""
    if text == "":
        return None
    match kind:
        case ColumnKind.WHOLE:
            return int(text)
        case ColumnKind.FLAG:
            return {"true": True, "false": False}[text]
        case ColumnKind.INSTANT:
            return datetime.fromisoformat(text)
        case ColumnKind.DAY:
            return date.fromisoformat(text)
        case ColumnKind.WEIGHT:
            return Decimal(text)
        case ColumnKind.TEXTS:
            return tuple(json.loads(text))
        case _:
            return text


@given(strategies.rosters(), strategies.policies(), strategies.pull_request_lists())
def test_csv_is_read_back_as_it_was_stored(roster: Roster, policy: AttributionPolicy, facts: list[PullRequest]) -> None:
    """Every cell of both tables, with Python's own reader."""
    export = ExportTables(filled(roster, policy, facts, None).attributions)
    for write, columns in ((export.facts, FACT_COLUMNS), (export.shares, SHARE_COLUMNS)):
        kept, out = Kept(), io.BytesIO()
        assert write(EVER, kept) == write(EVER, CsvTableWriter(out))
        names, *read = csv.reader(io.StringIO(out.getvalue().decode(), newline=""))
        assert names == [column.name for column in columns]
        kinds = [column.kind for column in columns]
        assert [tuple(map(cell_of, row, kinds)) for row in read] == [
            tuple(None if cell == "" else cell for cell in row) for row in kept.rows
        ]


@given(strategies.rosters(), strategies.policies(), strategies.pull_request_lists())
def test_parquet_is_read_back_as_it_was_stored(
    roster: Roster, policy: AttributionPolicy, facts: list[PullRequest]
) -> None:
    """Every cell of both tables, weights as exact decimals and instants in UTC."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: the extra parquet")
    from github_tracker.adapters.parquet import ParquetTableWriter  # noqa: PLC0415  # needs the extra

    export = ExportTables(filled(roster, policy, facts, None).attributions)
    for write in (export.facts, export.shares):
        kept, out = Kept(), io.BytesIO()
        assert write(EVER, kept) == write(EVER, ParquetTableWriter(out))
        table = parquet.read_table(io.BytesIO(out.getvalue()))
        assert table.column_names == [column.name for column in kept.columns]
        assert table.to_pylist() == [
            {name: list(cell) if isinstance(cell, tuple) else cell for name, cell in record.items()}
            for record in kept.records
        ]


def test_parquet_columns_keep_their_types() -> None:
    """As other programs see them; several row groups are one table."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed: the extra parquet")
    from pyarrow import parquet  # noqa: PLC0415  # as above

    from github_tracker.adapters.parquet import ParquetTableWriter  # noqa: PLC0415  # as above

    columns = tuple(Column(kind.value, kind) for kind in ColumnKind)
    row: Row = ("", 2**63 - 1, True, FULL.created_at, date(2024, 1, 1), Decimal(1), ("b", "a"))
    out = io.BytesIO()
    assert ParquetTableWriter(out).write(columns, (row for _ in range(45_000))) == 45_000
    file = parquet.ParquetFile(io.BytesIO(out.getvalue()))
    assert dict(zip(file.schema_arrow.names, file.schema_arrow.types, strict=True)) == {
        "text": pa.string(),
        "whole": pa.int64(),
        "flag": pa.bool_(),
        "instant": pa.timestamp("us", tz="UTC"),
        "day": pa.date32(),
        "weight": pa.decimal128(7, 6),
        "texts": pa.list_(pa.string()),
    }
    assert (file.metadata.num_rows, file.metadata.num_row_groups) == (45_000, 3)
    last = file.read().slice(44_999).to_pylist()
    assert last == [dict(zip(file.schema_arrow.names, (*row[:-1], ["b", "a"]), strict=True))]
    assert str(last[0]["weight"]) == "1.000000"
