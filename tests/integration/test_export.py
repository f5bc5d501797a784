"""Exports from the command line: exact, whole or not there at all, and never over a file that exists."""

import csv
import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import click
import psycopg
import pytest

from github_tracker.entrypoints.cli.output_file import whole_file
from tests.integration.collected_world import World, shares_of, world


@pytest.fixture(scope="module")
def collected() -> Iterator[World]:
    """A small organisation that is collected."""
    with world() as made:
        made.line.succeed("collect")
        yield made


@pytest.fixture
def folder(collected: World, request: pytest.FixtureRequest) -> Path:
    """A folder of the test's own."""
    made = collected.line.folder / str(request.node.name).partition("[")[0]
    made.mkdir(exist_ok=True)
    return made


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def stored(world: World, statement: str) -> list[tuple[object, ...]]:
    """Return what the database holds."""
    with psycopg.connect(world.line.succeed("db", "url").out.strip()) as connection:
        return connection.execute(statement.encode()).fetchall()


FACTS = """
SELECT full_name, number, created_at, merged_at, title, author_login, floor(extract(EPOCH FROM merged_at - created_at))
FROM pull_requests
INNER JOIN repositories ON repositories.id = repository_id
ORDER BY repository_id, number
"""


def test_facts_are_those_of_the_database(collected: World, folder: Path) -> None:
    """All of them in order; on standard output the same as in a file."""
    path = folder / "facts.csv"
    told = collected.line.succeed("export", "facts", "--output", str(path))
    rows = read_csv(path)
    assert told.out == f"Wrote {len(collected.served())} rows to {path}.\n"
    assert [
        (
            row["repository"],
            int(row["number"]),
            datetime.fromisoformat(row["created_at"]),
            datetime.fromisoformat(row["merged_at"]) if row["merged_at"] else None,
            row["title"],
            row["author_login"] or None,
            Decimal(row["cycle_time_seconds"]) if row["cycle_time_seconds"] else None,
        )
        for row in rows
    ] == stored(collected, FACTS)
    for arguments in ((), ("--output", "-")):
        assert collected.line.succeed("export", "facts", *arguments).rows == rows
    assert list(folder.iterdir()) == [path]


def test_shares_are_those_of_the_report(collected: World) -> None:
    """With the same weights; days choose by creation."""
    rows = collected.line.succeed("export", "shares").rows
    names = ("team", "repository", "pr_number", "author", "weight", "rule")
    found = {tuple(row[name] for name in names) for row in rows}
    reported = shares_of(collected.line)
    assert {(*row[:4], Decimal(row[4]), row[5]) for row in found} == {
        (*row[:4], Decimal(row[4]), row[5]) for row in reported
    }
    assert len(rows) == len(reported)
    days = sorted(row["created_date"] for row in rows)
    since, until = days[len(days) // 3], days[-1]
    chosen = collected.line.succeed("export", "shares", "--from", since, "--to", until).rows
    assert chosen == [row for row in rows if since <= row["created_date"] < until]


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed: the extra parquet")
def test_parquet_says_what_csv_says(collected: World, folder: Path) -> None:
    """Typed: instants in UTC, exact weights."""
    from pyarrow import parquet  # noqa: PLC0415  # an optional extra

    path = folder / "shares.parquet"
    collected.line.succeed("export", "shares", "--format", "parquet", "--output", str(path))
    found = parquet.read_table(path).to_pylist()
    rows = collected.line.succeed("export", "shares").rows
    assert [(one["team"], one["pr_number"], one["weight"], one["created_at"], one["title"]) for one in found] == [
        (
            row["team"],
            int(row["pr_number"]),
            Decimal(row["weight"]),
            datetime.fromisoformat(row["created_at"]).astimezone(UTC),
            row["title"],
        )
        for row in rows
    ]


def test_existing_file_is_written_over_only_by_force(collected: World, folder: Path) -> None:
    """Also where it is a link, which then still is one; no part of a file is left."""
    path, link = folder / "facts.csv", folder / "link.csv"
    path.write_text("precious")
    link.symlink_to(path)
    for output in (path, link):
        refused = collected.line.run("export", "facts", "--output", str(output))
        assert (refused.code, path.read_text()) == (2, "precious")
        assert "--force writes over it" in refused.err
    collected.line.succeed("export", "facts", "--output", str(link), "--force")
    assert len(read_csv(path)) == len(collected.served())
    assert link.is_symlink()
    assert sorted(folder.iterdir()) == [path, link]


def test_failed_export_leaves_the_former_file(collected: World, folder: Path) -> None:
    """And nothing else."""
    path = folder / "facts.csv"
    path.write_text("precious")
    broken = collected.line.given(DB_URL="postgresql://nobody@127.0.0.1:1/nothing")
    failed = broken.run("export", "facts", "--output", str(path), "--force")
    assert (failed.code, path.read_text()) == (1, "precious")
    assert list(folder.iterdir()) == [path]


def test_file_that_is_not_finished_is_not_there(tmp_path: Path) -> None:
    """Nothing is left of it, and a former one is what it was."""
    path = tmp_path / "facts.csv"
    for former in ([], [path]):
        with pytest.raises(OSError, match="full"):
            _write_half(path)
        assert list(tmp_path.iterdir()) == former
        path.write_text("precious")
    assert path.read_text() == "precious"


def test_file_that_somebody_else_writes_meanwhile_stays(tmp_path: Path) -> None:
    """It was not there in the beginning."""
    path = tmp_path / "facts.csv"
    with pytest.raises(click.BadParameter, match="exists"):
        _write_beside_another(path)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("theirs", [path])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("facts", "--format", "parquet"), "name a file by --output"),
        (("facts", "--format", "parquet", "--output", "-"), "name a file by --output"),
        (("facts", "--format", "parquet", "--output", "x", "--for-spreadsheets"), "is for CSV"),
        (("facts", "--output", "/dev/null", "--force"), "no regular file"),
        (("facts", "--output", "."), "is a folder"),
        (("facts", "--output", "nowhere/x.csv"), "does not exist"),
        (("facts", "--from", "2024-02-01", "--to", "2024-02-01"), "is not before --to"),
        (("rests",), "is not one of 'facts', 'shares'"),
    ],
)
def test_bad_arguments_are_refused(collected: World, arguments: tuple[str, ...], reason: str) -> None:
    """With exit code 2, and nothing is written."""
    refused = collected.line.run("export", *arguments)
    assert (refused.code, refused.out) == (2, "")
    assert reason in refused.err


def test_spreadsheets_get_no_formula(collected: World) -> None:
    """A title that an attacker wrote is text there, and as it is without the option."""
    url = collected.line.succeed("db", "url").out.strip()
    formula = '=HYPERLINK("http://x","y")'
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE pull_requests SET title = %s", [formula])
    assert {row["title"] for row in collected.line.succeed("export", "facts").rows} == {formula}
    safe = collected.line.succeed("export", "facts", "--for-spreadsheets").rows
    assert {row["title"] for row in safe} == {f"'{formula}"}


def _write_half(path: Path) -> None:
    with whole_file(path, is_forced=True) as out:
        out.write(b"half")
        raise OSError("full")


def _write_beside_another(path: Path) -> None:
    with whole_file(path, is_forced=False) as out:
        out.write(b"ours")
        path.write_text("theirs")
