"""The migrations: from empty, from the version before, twice, and by two at once."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from github_tracker.adapters.postgres import migrations
from github_tracker.adapters.postgres.migrations import migrate, migration_names, migration_status
from github_tracker.ports.errors import StorageUnavailableError
from github_tracker.ports.secret_store import Secret
from tools.working_tree import CHECKOUT

CHECKSUMS = {
    "0001.repositories": "1cd09ef505ef6b3f",
    "0002.teams-and-memberships": "c630fb82ce577c15",
    "0003.roster-history": "7e74115d2bc0c2dc",
    "0004.settings": "29d6945708106c56",
    "0005.pull-requests": "2821730b82ee1c0a",
    "0006.pr-metrics": "777f45d994cbc6ca",
    "0007.pr-unattributed": "4abc07ff79ddfd01",
    "0008.collection": "2a6328c250a65fed",
    "0009.view-team-velocity": "0a5fc8ef613f4654",
    "0010.view-dora-lead-time": "f60efe0876a9ee3c",
    "0011.view-unattributed-velocity": "79b2595b10e644a4",
    "0012.run-anomalies": "c2e1b92e5d7e5a43",
    "0013.forgotten-authors": "43c8a9f7d5bce0c1",
    "0014.retention": "60eb9ce4fb637e96",
    "0015.api-keys": "6d7e51995a7611ae",
    "0016.view-unattributed-lead-time": "0f86e114973cb600",
    "0017.request-budget": "220f06373c2a1499",
    "0018.data-version-index": "406aaadbc8e8bf9a",
    "0019.shared-runs": "cf6c1a77f8792788",
    "0020.touched-buckets": "7ba48d400888b7e2",
    "0021.rolled-up-figures": "0bff78dc3b3155c1",
    "0022.computed-figures": "4cbbbc17b8dafc5a",
    "0023.live-figures": "744e6f8b08d39f1a",
    "0024.rolled-up-views": "6fb202a4233fe1d9",
    "0025.partition-guards": "6e7a865f7fdddf35",
    "0026.rests-looked-up-by-key": "09019f6c568d0864",
    "0027.one-check-a-share-less": "bb1598779fbeec62",
}
"""Of every migration that was ever released or merged: first 16 hexadecimal digits of the file's SHA-256."""


def test_applied_migrations_are_never_edited() -> None:
    """A database that has applied a file never sees it again: write a new migration instead."""
    files = sorted((CHECKOUT / "schema").glob("*.sql"))
    found = {file.stem: hashlib.sha256(file.read_bytes()).hexdigest()[:16] for file in files}
    assert {name: found.get(name) for name in CHECKSUMS} == CHECKSUMS
    assert found.keys() == CHECKSUMS.keys(), "a new migration's checksum must be added here"


def test_empty_database_gets_everything_once(empty_database: Secret) -> None:
    """And nothing the second time."""
    assert migration_status(empty_database).pending == migration_names()
    assert migrate(empty_database) == migration_names()
    assert migrate(empty_database) == ()
    status = migration_status(empty_database)
    assert (status.applied, status.pending, status.unknown) == (migration_names(), (), ())


def test_version_before_gets_what_is_missing(
    empty_database: Secret, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was stored stays."""
    with monkeypatch.context() as patched:
        for name in migration_names()[:-1]:
            (tmp_path / f"{name}.sql").write_text((CHECKOUT / "schema" / f"{name}.sql").read_text())
        patched.setattr(migrations, "_SCHEMA", tmp_path)
        migrate(empty_database)
    with psycopg.connect(empty_database.reveal()) as connection:
        connection.execute("INSERT INTO teams (name) VALUES ('Platform')")
    assert migrate(empty_database) == migration_names()[-1:]
    with psycopg.connect(empty_database.reveal()) as connection:
        assert connection.execute("SELECT name FROM teams").fetchall() == [("Platform",)]
        assert connection.execute("SELECT count(*) FROM view_unattributed_velocity").fetchone() == (0,)


def test_two_at_once_apply_each_file_once(empty_database: Secret) -> None:
    """One waits for the other and finds nothing left to do; no lock stays."""
    with ThreadPoolExecutor(2) as threads:
        applied = sorted(threads.map(migrate, [empty_database, empty_database]), key=len)
    assert applied == [(), migration_names()]
    with psycopg.connect(empty_database.reveal()) as connection:
        held = connection.execute(
            "SELECT count(*) FROM pg_locks INNER JOIN pg_database ON pg_database.oid = pg_locks.database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )
        assert held.fetchone() == (0,)


def test_newer_database_is_recognised(fresh_database: Secret) -> None:
    """Its unknown migrations are named."""
    with psycopg.connect(fresh_database.reveal()) as connection:
        connection.execute(
            "INSERT INTO _yoyo_migration (migration_hash, migration_id, applied_at_utc)"
            " VALUES ('x', '9999.later', now())"
        )
    assert migration_status(fresh_database).unknown == ("9999.later",)


def test_database_that_is_not_there_is_told(fresh_database: Secret) -> None:
    """In a sentence, and without the address."""
    missing = Secret(fresh_database.reveal().replace("github_tracker_tests_", "no_such_database_canary_"))
    with pytest.raises(StorageUnavailableError) as caught:
        migrate(missing)
    assert "postgresql://" not in str(caught.value)
