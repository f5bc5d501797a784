"""Who opened how many pull requests, counted from memory."""

from collections import defaultdict
from collections.abc import Generator
from datetime import datetime

from github_tracker.adapters.memory.store import MemoryStore
from github_tracker.domain.hygiene import AuthorActivity
from github_tracker.domain.pull_request import Author
from github_tracker.ports.author_directory import AuthorDirectory


class MemoryAuthorDirectory(AuthorDirectory):
    """Counts what a MemoryStore holds."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def activities(self) -> Generator[AuthorActivity]:
        """Yield what each author opened."""
        created: defaultdict[Author, list[datetime]] = defaultdict(list)
        for attribution in self._store.in_order():
            fact = attribution.pull_request
            if fact.author is not None:
                created[fact.author].append(fact.created_at)
        for author in sorted(created, key=_place):
            yield AuthorActivity(author, len(created[author]), min(created[author]), max(created[author]))


def _place(author: Author) -> tuple[str, int, tuple[bool, str]]:
    # GitHub's ids are positive, and an empty type is another one than none.
    return author.login, author.id or 0, (author.account_type is not None, author.account_type or "")
