"""Making figures ready after a command has changed something."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from github_tracker.application.refresh_rollups import RefreshRollups
from github_tracker.ports.errors import StorageError

if TYPE_CHECKING:
    import punq

_LOG = logging.getLogger(__name__)


def refresh_figures(container: "punq.Container", stop_at: datetime | None = None) -> None:
    """Make ready what changed, until `stop_at` at most; a failure is logged, for all that was asked for is done."""
    try:
        container.resolve(RefreshRollups)(stop_at)
    except StorageError as exc:
        _LOG.warning("figures were not made ready, so that reading them takes longer: %s", exc)
