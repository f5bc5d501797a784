"""Which exit code and message an error gets."""

from github_tracker.application.as_known_at import NothingKnownError
from github_tracker.application.explain import UnknownPullRequestError, UnknownRepositoryError
from github_tracker.application.forget_author import CannotForgetError
from github_tracker.application.sync_roster import NoRosterError
from github_tracker.domain.errors import GitHubTrackerError, InvalidRosterError, InvalidValueError
from github_tracker.domain.roster_edit import RosterEditError
from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.ports.errors import UnknownApiKeyError, UnknownTeamError

_BAD_INPUT = (
    BadInputError,
    CannotForgetError,
    NoRosterError,
    NothingKnownError,
    RosterEditError,
    InvalidRosterError,
    InvalidValueError,
    UnknownApiKeyError,
    UnknownPullRequestError,
    UnknownRepositoryError,
    UnknownTeamError,
)


def exit_code_of(exc: Exception) -> tuple[ExitCode, str]:
    """Return how the process ends after this error, and what it says."""
    if isinstance(exc, BadInputError):
        count = len(exc.faults)
        return ExitCode.BAD_INPUT, f"bad input, {count} fault{'s' if count > 1 else ''}; nothing was done\n{exc}"
    if isinstance(exc, _BAD_INPUT):
        return ExitCode.BAD_INPUT, f"bad input; nothing was done\n{exc}"
    if isinstance(exc, GitHubTrackerError):
        return ExitCode.FAILED, f"failed: {exc}"
    if isinstance(exc, OSError) and exc.strerror:
        place = f": {exc.filename}" if exc.filename else ""
        return ExitCode.FAILED, f"failed: {exc.strerror}{place}"
    return ExitCode.FAILED, f"failed unexpectedly: {type(exc).__name__}; set LOG_LEVEL=DEBUG to see where"
