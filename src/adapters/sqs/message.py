"""An item of work as the body of a message: {"version": 1, "run": "<uuid>", "repository": "owner/name"}."""

import json
from typing import Final
from uuid import UUID

from github_tracker.domain.errors import GitHubTrackerError, InvalidValueError
from github_tracker.domain.work import WorkItem

VERSION: Final = 1

_MOST_SHOWN: Final = 200


class MalformedMessageError(GitHubTrackerError):
    """A message that is none of ours; delivered again it will be no better, so it ends among the dead letters."""

    def __init__(self, body: str, reason: str) -> None:
        shown = body if len(body) <= _MOST_SHOWN else f"{body[:_MOST_SHOWN]}..."
        super().__init__(f"message {shown!r}: {reason}")


def body_of(item: WorkItem) -> str:
    """Return the item as a body."""
    return json.dumps({"version": VERSION, "run": str(item.run), "repository": item.repository})


def item_of(body: str) -> WorkItem:
    """Return the item that a body stands for; fields that a newer planner adds are passed over.

    Raises MalformedMessageError for everything else, and for another version: what it asks for is not known.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedMessageError(body, "wanted JSON") from None
    if not isinstance(fields, dict) or fields.get("version") != VERSION:
        raise MalformedMessageError(body, f"wanted an object of version {VERSION}")
    run, repository = fields.get("run"), fields.get("repository")
    if not isinstance(run, str) or not isinstance(repository, str):
        raise MalformedMessageError(body, "wanted run and repository, both text")
    try:
        return WorkItem(UUID(run), repository)
    except InvalidValueError as exc:
        raise MalformedMessageError(body, str(exc)) from None
    except ValueError:
        raise MalformedMessageError(body, "run: wanted a UUID") from None
