"""Figures in memory are computed whenever they are asked for."""

from collections.abc import Iterator

from github_tracker.ports.rollups import Rollups


class MemoryRollups(Rollups):
    """Has nothing to keep ready."""

    def refresh(self) -> Iterator[int]:
        """Yield nothing."""
        return iter(())

    def distrust(self) -> None:
        """Do nothing."""
