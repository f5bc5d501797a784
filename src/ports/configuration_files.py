"""The role of the place where configuration lies that is too long for a variable of the environment."""

from abc import ABC, abstractmethod


class ConfigurationFiles(ABC):
    """Hands out texts."""

    @abstractmethod
    def read(self, address: str) -> str:
        """Return the text that lies there now, past every cache.

        Raises ConfigurationUnavailableError, which tells the address and why.
        """
