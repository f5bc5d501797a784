"""Waiting until connections wait for a lock, so that what meets in the middle meets there every time."""

import time

import psycopg

from github_tracker.ports.secret_store import Secret

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
_PATIENCE_SECONDS = 60.0


def wait_for(waiting: int, url: Secret) -> None:
    """Return when that many connections wait for a lock."""
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        while connection.execute(_WAITING).fetchone() != (waiting,):
            assert time.monotonic() < give_up_at, f"not {waiting} connections wait for a lock"
            time.sleep(0.01)
