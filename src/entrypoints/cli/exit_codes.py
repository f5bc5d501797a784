"""What the exit codes of the command line mean."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The same for every command."""

    COMPLETE = 0
    FAILED = 1
    """The outside world: GitHub, the database, the machine."""
    BAD_INPUT = 2
    """Settings, a roster, or arguments were refused; nothing was done."""
    PARTIAL = 3
    """Something is left to do: a repository failed or was deferred."""
