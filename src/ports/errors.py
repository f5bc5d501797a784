"""What can go wrong outside, in the few kinds that call for different reactions. Adapters translate once."""

from datetime import datetime

from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.domain.pull_request import Repository


class PortError(GitHubTrackerError):
    """Root of what the outside world does to us."""

    code = "outside"
    """Names the kind in reports, for programs."""


class SourceError(PortError):
    """GitHub, or what stands in for it, did not give what was asked."""

    requests = 0
    """HTTP requests that were sent in vain."""


class TransientSourceError(SourceError):
    """Something that may pass: a server error, a cut connection, an incomplete list. Retried before it is raised."""

    code = "transient"


class LimitedSourceError(SourceError):
    """A rate limit that ends later than can be waited for. `retry_at` tells when to come back."""

    code = "limited"

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class OutOfTimeError(SourceError):
    """The deadline comes before the answer; nothing is wrong, and the next run goes on."""

    code = "deadline"


class UnauthorisedError(SourceError):
    """The credential is refused; no other request will fare better, so the run stops."""

    code = "unauthorised"


class RepositoryUnavailableError(SourceError):
    """This one repository is missing, blocked or closed to us; the others are not touched by it."""

    code = "unavailable"

    def __init__(self, full_name: str, reason: str) -> None:
        super().__init__(
            f"repository {full_name}: {reason}; check its spelling and that the token may read it. "
            "Nothing stored of it was removed"
        )
        self.full_name = full_name


class MalformedSourceError(SourceError):
    """An answer that GitHub's documentation rules out; nothing of the page was stored."""

    code = "malformed"


class RepositoryMovedError(SourceError):
    """The pages asked for belong to another name or another repository than the one asked for.

    Not a failure: `found` is what stands there now, to be registered and read instead.
    """

    code = "moved"

    def __init__(self, found: Repository, requests: int) -> None:
        super().__init__(f"the repository is now {found.full_name} with id {found.id}")
        self.found = found
        self.requests = requests


class SecretUnavailableError(PortError):
    """A secret cannot be read. The message names it and never shows it."""

    code = "secret"


class StorageError(PortError):
    """The database did not do what was asked; the transaction left nothing behind."""

    code = "storage"


class StorageUnavailableError(StorageError):
    """The database cannot be reached or refuses to let us in."""

    code = "storage_unavailable"


class CallerLeftError(StorageError):
    """Nobody waits for the answer any more, so nothing more was begun."""

    code = "left"

    def __init__(self) -> None:
        super().__init__("nobody waits for the answer any more")


class SchemaError(StorageError):
    """The database lacks our tables or holds those of another version."""

    code = "schema"


class RosterChangedError(StorageError):
    """The roster is another version than the one the shares were computed with; compute them again."""

    code = "roster_changed"


class StateChangedError(StorageError):
    """Another run has moved this repository's checkpoint meanwhile; go on from where it is."""

    code = "state_changed"


class UnknownTeamError(StorageError):
    """No team of this name is known."""

    code = "unknown_team"

    def __init__(self, team: str, known: tuple[str, ...]) -> None:
        super().__init__(f"team: no team is named {team!r}; known are {', '.join(known) or 'none'}")
        self.team = team
        self.known = known


class ApiKeyExistsError(StorageError):
    """A key of this public id is kept already."""

    code = "api_key_exists"

    def __init__(self, public_id: str) -> None:
        super().__init__(f"API key {public_id}: one of this id is kept already; nothing was changed")
        self.public_id = public_id


class UnknownApiKeyError(StorageError):
    """No key of this public id is kept."""

    code = "unknown_api_key"

    def __init__(self, public_id: str) -> None:
        super().__init__(f"API key {public_id!r}: no such key is kept; `github-tracker keys list` shows all")
        self.public_id = public_id
