"""Work that is handed from a planner to workers: one repository to be collected for one run."""

import re
from typing import Final
from uuid import UUID

from attrs import field, frozen
from attrs.validators import instance_of

from github_tracker.domain.errors import InvalidValueError

MOST_ATTEMPTS: Final = 5
"""How often an item is delivered before it is put aside as a dead letter; the queue's own setting must agree."""

_FULL_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


def _check_name(_item: "WorkItem", _field: object, name: str) -> None:
    if not _FULL_NAME.fullmatch(name):
        raise InvalidValueError("repository", name, "a name such as owner/name")


@frozen
class WorkItem:
    """One repository that one run is to collect. Where to go on lies in the store, so the same item serves again."""

    run: UUID
    """The planning that it belongs to."""
    repository: str = field(validator=[instance_of(str), _check_name])
    """owner/name, as configured."""
