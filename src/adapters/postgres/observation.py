"""Tells whoever watches how long the database took, and when it is away."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from github_tracker.ports.errors import StorageUnavailableError
from github_tracker.ports.telemetry import DatabaseUnavailable, DatabaseUsed, Telemetry


@contextmanager
def observed(telemetry: Telemetry | None) -> Iterator[None]:
    """Tell what the block took; errors must be those of the ports by then. Nothing where nobody watches."""
    if telemetry is None:
        yield
        return
    began_at = time.perf_counter()
    try:
        yield
    except StorageUnavailableError as exc:
        telemetry.observe(DatabaseUnavailable(str(exc)))
        raise
    finally:
        telemetry.observe(DatabaseUsed(timedelta(seconds=time.perf_counter() - began_at)))
