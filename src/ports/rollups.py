"""The role of the store for keeping its figures ready, so that they are told as fast however much is stored."""

from abc import ABC, abstractmethod
from collections.abc import Iterator


class Rollups(ABC):
    """Keeps figures of weeks and months ready. What is read is exact whether they are fresh or not: only slower."""

    @abstractmethod
    def refresh(self) -> Iterator[int]:
        """Make ready what changed since it was, a bounded part with each step; yield how many figures each made ready.

        Every step stands for itself, so stopping after any of them loses nothing. Where nothing changed there is no
        step, and nothing is written.
        """

    @abstractmethod
    def distrust(self) -> None:
        """Have every figure computed from the shares, at once and until it is made ready again."""
