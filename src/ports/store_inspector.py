"""The role of a store that looks at itself for what no other port would show."""

from abc import ABC, abstractmethod
from collections.abc import Generator

from github_tracker.domain.verification import Finding


class StoreInspector(ABC):
    """Finds rows that contradict each other; where constraints make that impossible it still looks."""

    @abstractmethod
    def findings(self) -> Generator[Finding]:
        """Yield orphans, copies that differ from what they repeat, and what else contradicts itself, as of one instant.

        Close it if it is not read to its end: it holds a connection.
        """
