"""Who opened how many pull requests, counted by PostgreSQL."""

from collections.abc import Generator
from typing import Final

from github_tracker.adapters.postgres.database import Database
from github_tracker.domain.hygiene import AuthorActivity
from github_tracker.domain.pull_request import Author
from github_tracker.ports.author_directory import AuthorDirectory

_ROWS_AT_A_TIME: Final = 1000

_ACTIVITIES: Final = """
SELECT author_login, author_id, author_type, count(*), min(created_at), max(created_at)
FROM pull_requests
WHERE author_login IS NOT NULL
GROUP BY author_login, author_id, author_type
ORDER BY author_login COLLATE "C", author_id NULLS FIRST, author_type COLLATE "C" NULLS FIRST
"""


class PostgresAuthorDirectory(AuthorDirectory):
    """Counts the rows of pull_requests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def activities(self) -> Generator[AuthorActivity]:
        """Yield what each author opened, through a server-side cursor."""
        with self._database.reading() as connection, connection.cursor(name="activities") as cursor:
            cursor.itersize = _ROWS_AT_A_TIME
            cursor.execute(_ACTIVITIES)
            for login, github_id, account_type, count, first_at, last_at in cursor:
                yield AuthorActivity(Author(login, github_id, account_type), count, first_at, last_at)
