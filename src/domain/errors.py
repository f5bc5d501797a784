"""The one root of all errors, and the errors of the domain itself."""

from collections.abc import Iterable


class GitHubTrackerError(Exception):
    """Root of every error this package raises on purpose."""


class InvalidValueError(GitHubTrackerError, ValueError):
    """A value that cannot exist in the domain, refused where it would have entered."""

    def __init__(self, field: str, value: object, wanted: str) -> None:
        super().__init__(f"{field}: wanted {wanted}, found {value!r}")
        self.field = field
        self.value = value
        self.wanted = wanted


class InvalidRosterError(GitHubTrackerError):
    """A roster that breaks R2 or R5; `faults` lists every reason, one sentence each."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


class ContradictedFactError(GitHubTrackerError):
    """GitHub reports another created_at for a pull request already known; that instant never changes."""

    def __init__(self, repository_id: int, number: int) -> None:
        super().__init__(
            f"pull request {number} of repository {repository_id}: created_at differs from the stored one, "
            "which GitHub never changes; the page was refused and nothing of it stored"
        )
        self.repository_id = repository_id
        self.number = number
