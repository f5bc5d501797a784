"""Export: all stored pull requests, or all shares of them, as one table for other programs."""

from collections.abc import Callable, Generator
from contextlib import closing
from datetime import date
from typing import Final

from attrs import frozen

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.pull_request import PullRequest
from github_tracker.ports.attribution_reader import AttributionReader
from github_tracker.ports.table_writer import Column, ColumnKind, Row, TableWriter

TEXT, WHOLE, FLAG = ColumnKind.TEXT, ColumnKind.WHOLE, ColumnKind.FLAG
INSTANT, DAY, WEIGHT, TEXTS = ColumnKind.INSTANT, ColumnKind.DAY, ColumnKind.WEIGHT, ColumnKind.TEXTS

FACT_COLUMNS: Final = (
    Column("repository_id", WHOLE),
    Column("repository", TEXT),
    Column("number", WHOLE),
    Column("github_id", WHOLE),
    Column("author_login", TEXT),
    Column("author_id", WHOLE),
    Column("author_type", TEXT),
    Column("author_association", TEXT),
    Column("is_bot", FLAG),
    Column("title", TEXT),
    Column("state", TEXT),
    Column("is_draft", FLAG),
    Column("base_branch", TEXT),
    Column("head_branch", TEXT),
    Column("merge_commit", TEXT),
    Column("labels", TEXTS),
    Column("created_at", INSTANT),
    Column("updated_at", INSTANT),
    Column("merged_at", INSTANT),
    Column("closed_at", INSTANT),
    Column("observed_at", INSTANT),
    Column("cycle_time_seconds", WHOLE),
)

SHARE_COLUMNS: Final = (
    Column("team", TEXT),
    Column("repository_id", WHOLE),
    Column("repository", TEXT),
    Column("pr_number", WHOLE),
    Column("author", TEXT),
    Column("title", TEXT),
    Column("created_at", INSTANT),
    Column("merged_at", INSTANT),
    Column("closed_at", INSTANT),
    Column("cycle_time_seconds", WHOLE),
    Column("state", TEXT),
    Column("created_date", DAY),
    Column("weight", WEIGHT),
    Column("rule", TEXT),
    Column("is_bot", FLAG),
)


@frozen
class Days:
    """The days of creation, in UTC, that are wanted."""

    since: date | None = None
    """The first day that counts."""
    until: date | None = None
    """The first day that no longer counts."""

    def cover(self, day: date) -> bool:
        """Whether the day lies in [since, until)."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


class ExportTables:
    """Streams what is stored, as it stood at one instant, into a table."""

    def __init__(self, attributions: AttributionReader) -> None:
        self._attributions = attributions

    def facts(self, days: Days, writer: TableWriter) -> int:
        """Write a row for each pull request created in these days, bots and ghosts among them; return how many.

        They come by repository id and number.
        """
        return self._write(FACT_COLUMNS, lambda attribution, name: [_fact_row(attribution, name)], days, writer)

    def shares(self, days: Days, writer: TableWriter) -> int:
        """Write a row for each share of a pull request created in these days; return how many.

        They come by repository id, number and team. What no team earned is not among them.
        """
        return self._write(SHARE_COLUMNS, _share_rows, days, writer)

    def _write(
        self,
        columns: tuple[Column, ...],
        rows_of: Callable[[Attribution, str], list[Row]],
        days: Days,
        writer: TableWriter,
    ) -> int:
        with closing(self._rows(rows_of, days)) as rows:
            return writer.write(columns, rows)

    def _rows(self, rows_of: Callable[[Attribution, str], list[Row]], days: Days) -> Generator[Row]:
        names = _Names(self._attributions)
        with closing(self._attributions.attributions()) as attributions:
            for attribution in attributions:
                fact = attribution.pull_request
                if days.cover(fact.created_date):
                    yield from rows_of(attribution, names.of(fact.repository_id))


class _Names:
    """What repositories are called; asked for again where one has come since."""

    def __init__(self, attributions: AttributionReader) -> None:
        self._attributions = attributions
        self._names: dict[int, str] = {}

    def of(self, repository_id: int) -> str:
        if repository_id not in self._names:
            self._names = {known.id: known.full_name for known in self._attributions.repositories()}
        return self._names[repository_id]


def _fact_row(attribution: Attribution, repository: str) -> Row:
    fact: PullRequest = attribution.pull_request
    author = fact.author
    return (
        fact.repository_id,
        repository,
        fact.number,
        fact.github_id,
        None if author is None else author.login,
        None if author is None else author.id,
        None if author is None else author.account_type,
        fact.author_association,
        attribution.is_bot,
        fact.title,
        fact.state.value,
        fact.is_draft,
        fact.base_branch,
        fact.head_branch,
        fact.merge_commit,
        fact.labels,
        fact.created_at,
        fact.updated_at,
        fact.merged_at,
        fact.closed_at,
        fact.observed_at,
        fact.cycle_time_seconds,
    )


def _share_rows(attribution: Attribution, repository: str) -> list[Row]:
    fact: PullRequest = attribution.pull_request
    return [
        (
            share.team,
            fact.repository_id,
            repository,
            fact.number,
            None if fact.author is None else fact.author.login,
            fact.title,
            fact.created_at,
            fact.merged_at,
            fact.closed_at,
            fact.cycle_time_seconds,
            fact.state.value,
            fact.created_date,
            share.weight,
            attribution.rule.value,
            attribution.is_bot,
        )
        for share in attribution.shares
    ]
