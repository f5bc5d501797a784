"""A store of one's own: facts, shares and checkpoints in one SQLite file, with nothing but the standard library.

The roster comes from its file at every start, and names of repositories are asked for again, so both stay in memory.
What a file must not lose is what this keeps: every page with its checkpoint in one transaction, or nothing of it.
"""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

from attrs import evolve
from cattrs.preconf.json import make_converter

from github_tracker.adapters.memory import MemoryCollectionRepository, MemoryStore
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.merging import changed_parts, superseding
from github_tracker.domain.pull_request import PullRequest, Repository
from github_tracker.ports.collection_repository import CollectionState
from github_tracker.ports.errors import RosterChangedError, StateChangedError
from github_tracker.ports.metrics_repository import AttributedPage, MetricsRepository, PageStored
from github_tracker.ports.roster_repository import RosterRepository

_TABLES = """
CREATE TABLE IF NOT EXISTS states (repository_id INTEGER PRIMARY KEY, version INTEGER, checkpoint TEXT);
CREATE TABLE IF NOT EXISTS facts (repository_id INTEGER, number INTEGER, content TEXT,
                                  PRIMARY KEY (repository_id, number));
CREATE TABLE IF NOT EXISTS shares (repository_id INTEGER, number INTEGER, team TEXT, weight TEXT,
                                   PRIMARY KEY (repository_id, number, team));
"""
_STATE = "SELECT version, checkpoint FROM states WHERE repository_id = ?"
_JSON = make_converter()
_JSON.register_unstructure_hook(Decimal, str)
_JSON.register_structure_hook(Decimal, lambda text, _: Decimal(text))


class SqliteMetricsRepository(MetricsRepository):
    """Keeps facts with their shares, and how far each repository has been read."""

    def __init__(self, file: Path, rosters: RosterRepository) -> None:
        self._file = file
        self._rosters = rosters
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that alone may write until the end; an error leaves nothing behind."""
        with closing(sqlite3.connect(self._file, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection

    def store_page(self, page: AttributedPage) -> PageStored:
        """Compare the versions, merge the facts by the domain's rule, and move the state's row on."""
        with self.transaction() as connection:
            version, text = connection.execute(_STATE, (page.repository_id,)).fetchone() or (None, "")
            if version != page.state_version:
                raise StateChangedError(f"repository {page.repository_id}: another run has stored a page meanwhile")
            if self._rosters.in_force().version != page.roster_version:
                raise RosterChangedError("the roster is another one now")
            before = _JSON.loads(text, Checkpoint)
            keys = {entry.pull_request.key for entry in page.attributions}
            found = {key: entry for key in keys if (entry := _read(connection, *key)) is not None}
            changed = superseding(page.attributions, found)
            for entry in changed.values():
                _write(connection, entry)
            marks = [mark for mark in (before.watermark, page.checkpoint.watermark) if mark is not None]
            after = evolve(page.checkpoint, watermark=max(marks, default=None))
            if changed or after != before:
                version += 1
                values = (version, _JSON.dumps(after), page.repository_id)
                connection.execute("UPDATE states SET version = ?, checkpoint = ? WHERE repository_id = ?", values)
            parts = sum(changed_parts(found.get(key), entry) for key, entry in changed.items())
            repaired = sum(before.is_behind(entry.pull_request.updated_at) for entry in changed.values())
            return PageStored(version, len(changed), parts, repaired)

    def pull_requests(self, repository_id: int) -> Generator[PullRequest]:
        """Yield the facts of one repository by number."""
        with closing(self.attributions()) as found:
            yield from (one.pull_request for one in found if one.pull_request.repository_id == repository_id)

    def attribution(self, repository_id: int, number: int) -> Attribution | None:
        """Return one fact with its shares."""
        with self.transaction() as connection:
            return _read(connection, repository_id, number)

    def attributions(self) -> Generator[Attribution]:
        """Yield everything, by repository and number: what the domain's figures are computed from."""
        with closing(sqlite3.connect(self._file)) as connection:
            for (content,) in connection.execute("SELECT content FROM facts ORDER BY repository_id, number"):
                yield _JSON.loads(content, Attribution)


class SqliteCollectionRepository(MemoryCollectionRepository):
    """Keeps names and reports in memory; versions and checkpoints come from the file."""

    def __init__(self, store: MemoryStore, metrics: SqliteMetricsRepository) -> None:
        super().__init__(store)
        self._metrics = metrics

    def find(self, name: str) -> CollectionState | None:
        """Return the state of the repository known by this name."""
        state = super().find(name)
        return None if state is None else self._with_checkpoint(state)

    def register(self, repository: Repository, configured_name: str) -> CollectionState:
        """Make a repository known; one that is in the file already goes on from there."""
        return self._with_checkpoint(super().register(repository, configured_name))

    def _with_checkpoint(self, state: CollectionState) -> CollectionState:
        repository_id = state.repository.id
        with self._metrics.transaction() as connection:
            fresh = (repository_id, 0, _JSON.dumps(Checkpoint()))
            connection.execute("INSERT OR IGNORE INTO states VALUES (?, ?, ?)", fresh)
            version, text = connection.execute(_STATE, (repository_id,)).fetchone()
        return evolve(state, version=version, checkpoint=_JSON.loads(text, Checkpoint))


def _read(connection: sqlite3.Connection, *key: int) -> Attribution | None:
    row = connection.execute("SELECT content FROM facts WHERE repository_id = ? AND number = ?", key).fetchone()
    return None if row is None else _JSON.loads(row[0], Attribution)


def _write(connection: sqlite3.Connection, entry: Attribution) -> None:
    key = entry.pull_request.key
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", (*key, _JSON.dumps(entry)))
    connection.execute("DELETE FROM shares WHERE repository_id = ? AND number = ?", key)
    rows = [(*key, share.team, str(share.weight)) for share in entry.shares]
    connection.executemany("INSERT INTO shares VALUES (?, ?, ?, ?)", rows)
