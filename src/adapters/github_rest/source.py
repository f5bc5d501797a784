"""Pull requests of one repository from GitHub's REST API, in the order that the domain's reading asks for."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import parse_qs, urlsplit

from requests.utils import parse_header_links

from github_tracker.adapters.github_rest.payload import (
    PullRequestPayload,
    decode_pull_requests,
    decode_repository,
    fact_of,
    replaced_characters,
)
from github_tracker.adapters.github_rest.transport import Answer, RestOptions, Transport, UnavailableError
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.reading import ListAnswer, ListOrder, Reading, begin
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import MalformedSourceError, RepositoryMovedError, RepositoryUnavailableError
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository
from github_tracker.ports.secret_store import SecretStore
from github_tracker.ports.telemetry import Telemetry

PAGE_SIZE: Final = 100
"""The most that GitHub gives at a time."""

_ORDERS: Final = {
    ListOrder.OLDEST_CREATED_FIRST: {"sort": "created", "direction": "asc"},
    ListOrder.LAST_UPDATED_FIRST: {"sort": "updated", "direction": "desc"},
}


class _LooksMovedError(Exception):
    """The page seems to belong to another repository, or to another question than ours."""


class GitHubRestSource(GitHubSource):
    """Reads lists of pull requests, 100 at a time, without a request for any single one.

    A redirected request loses its query on the way, so a page of a renamed repository answers another question, and
    looks no different at first sight. Each page is therefore checked before anything of it is given out.
    """

    def __init__(self, options: RestOptions, secrets: SecretStore, clock: Clock, telemetry: Telemetry) -> None:
        self._options = options
        self._transport = Transport(options, secrets, clock, telemetry)

    def resolve(self, full_name: str) -> ResolvedRepository:
        """Return the repository that answers to owner/name today; one request."""
        return self._resolve(full_name, deadline=None)

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Yield the pages that the checkpoint has not seen, each one request when all goes well."""
        reading: Reading | None = begin(checkpoint)
        while reading is not None:
            page, reading = self._read(repository, reading, deadline)
            yield page

    def _read(
        self, repository: Repository, reading: Reading, deadline: datetime | None
    ) -> tuple[FactPage, Reading | None]:
        """Read one page; one that looks moved is asked for again if the repository stands where it stood."""
        spent = 0
        reason = ""
        for _ in range(2):
            try:
                (page, following), sent = self._get(repository, reading, deadline)
            except _LooksMovedError as exc:
                reason = str(exc)
                resolved = self._resolve(repository.full_name, deadline)
                spent += 1 + resolved.requests
                found = resolved.repository
                if (found.id, found.full_name) != (repository.id, repository.full_name):
                    raise RepositoryMovedError(found, spent) from exc
            else:
                counted = FactPage(
                    page.facts,
                    page.checkpoint,
                    page.is_last,
                    sent + spent,
                    page.requests_left,
                    page.replaced_characters,
                )
                return counted, following
        raise MalformedSourceError(f"repository {repository.full_name}: {reason}, twice; nothing of it was stored")

    def _get(
        self, repository: Repository, reading: Reading, deadline: datetime | None
    ) -> tuple[tuple[FactPage, Reading | None], int]:
        request = reading.request
        asked = {"state": "all", **_ORDERS[request.order], "per_page": str(PAGE_SIZE)}
        understand = partial(self._understand, repository, reading, asked)
        try:
            return self._transport.get(
                f"/repos/{repository.full_name}/pulls",
                asked | {"page": str(request.page)},
                understand,
                etag=request.etag,
                deadline=deadline,
            )
        except UnavailableError as exc:
            raise _unavailable(repository.full_name, exc) from exc

    def _understand(
        self, repository: Repository, reading: Reading, asked: dict[str, str], answer: Answer
    ) -> tuple[FactPage, Reading | None]:
        payloads = [] if answer.status in (304, 409) else decode_pull_requests(answer.body, repository.full_name)
        links = _links(answer)
        if answer.status == 200:
            _check_belongs(repository, reading, asked, payloads, links)
        facts = tuple(fact_of(entry, repository.id, answer.served_at, self._options.keeps_titles) for entry in payloads)
        step = reading.accept(
            ListAnswer(
                facts=facts,
                served_at=answer.served_at,
                has_next="next" in links,
                last_page=_page_of(links["last"]) if "last" in links else None,
                etag=answer.headers.get("etag"),
                is_unchanged=answer.status == 304,
            )
        )
        page = FactPage(
            facts=step.facts,
            checkpoint=step.checkpoint,
            is_last=step.following is None,
            requests=0,
            requests_left=answer.requests_left,
            replaced_characters=sum(map(replaced_characters, payloads)),
        )
        return page, step.following

    def _resolve(self, full_name: str, deadline: datetime | None) -> ResolvedRepository:
        try:
            repository, sent = self._transport.get(
                f"/repos/{full_name}", {}, lambda answer: decode_repository(answer.body, full_name), deadline=deadline
            )
        except UnavailableError as exc:
            raise _unavailable(full_name, exc) from exc
        return ResolvedRepository(repository, sent)


def _unavailable(full_name: str, cause: UnavailableError) -> RepositoryUnavailableError:
    unavailable = RepositoryUnavailableError(full_name, str(cause))
    unavailable.requests = cause.requests
    return unavailable


def _check_belongs(
    repository: Repository,
    reading: Reading,
    asked: dict[str, str],
    payloads: list[PullRequestPayload],
    links: dict[str, str],
) -> None:
    """Raise _LooksMovedError for a page that hints at a rename, a transfer, or a question other than ours."""
    bases = (entry.base.repo for entry in payloads if entry.base is not None and entry.base.repo is not None)
    for base in bases:
        if base.id != repository.id or base.full_name not in (None, repository.full_name):
            raise _LooksMovedError(f"its pull requests belong to {base.full_name} with id {base.id}")
    for link in links.values():
        query = parse_qs(urlsplit(link).query)
        if any(query.get(name) != [value] for name, value in asked.items()):
            raise _LooksMovedError("its links lack what was asked for")
    if not payloads and reading.request.page == 1 and reading.checkpoint.watermark is not None:
        raise _LooksMovedError("its list is empty, though pull requests of it are known")


def _links(answer: Answer) -> dict[str, str]:
    """Return the addresses of the Link header by their relation (RFC 8288)."""
    header = answer.headers.get("link")
    return {link["rel"]: link["url"] for link in parse_header_links(header) if "rel" in link} if header else {}


def _page_of(link: str) -> int | None:
    number = parse_qs(urlsplit(link).query).get("page", [""])[0]
    return int(number) if number.isdigit() else None
