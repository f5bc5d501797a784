"""What is known of the request that is being answered, for its log line."""

from contextvars import ContextVar

from attrs import define


@define
class Trace:
    """Filled in as the request gets on; nothing secret in it."""

    request_id: str
    key_id: str | None = None
    """The public id of the key, once it was accepted; of a refused one, what it claims to be."""
    refusal: str | None = None
    """Why the key was refused, which is told to nobody else."""
    error: str | None = None
    """What went wrong on our side, for the operator."""
    waited_seconds: float = 0.0
    """For its turns."""


TRACE: ContextVar[Trace] = ContextVar("github_tracker_trace")
"""Of the present request; threads that answer it see the same object."""
