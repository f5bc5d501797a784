"""Pull requests of one repository from GitHub's REST API, in the order that the domain's reading asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import parse_qs, urlsplit

from attrs import evolve, frozen
from requests.utils import parse_header_links

from github_tracker.adapters.github_rest.answer import Answer, UnavailableError, whole_number
from github_tracker.adapters.github_rest.first_pages import FirstPages
from github_tracker.adapters.github_rest.options import RestOptions
from github_tracker.adapters.github_rest.payload import (
    PullRequestPayload,
    decode_pull_requests,
    decode_repository,
    fact_of,
    replaced_characters,
    repository_of_first,
)
from github_tracker.adapters.github_rest.transport import Transport
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Repository
from github_tracker.domain.reading import IncompleteListError, ListAnswer, ListOrder, Reading, begin
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import (
    MalformedSourceError,
    RepositoryMovedError,
    RepositoryUnavailableError,
    SourceError,
    TransientSourceError,
)
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository
from github_tracker.ports.secret_store import SecretStore
from github_tracker.ports.telemetry import RequestFailed, Telemetry

_ORDERS: Final = {
    ListOrder.OLDEST_CREATED_FIRST: {"sort": "created", "direction": "asc"},
    ListOrder.LAST_UPDATED_FIRST: {"sort": "updated", "direction": "desc"},
}


_ENOUGH_FOR_ONE: Final = (64 * 1024, 1024 * 1024)
"""Bytes. Most pull requests take 20 KB; the longest body that GitHub takes has 65,536 characters."""


def _parameters(order: ListOrder, page_size: int) -> dict[str, str]:
    return {"state": "all", **_ORDERS[order], "per_page": str(page_size)}


@frozen
class _Question:
    """Which page of whose list is asked for."""

    repository: Repository
    reading: Reading
    page_size: int

    @property
    def asked(self) -> dict[str, str]:
        """The parameters that every link of the answer must repeat."""
        return _parameters(self.reading.request.order, self.page_size)

    @property
    def is_first_of_a_walk(self) -> bool:
        """Whether it is what asking for an unknown repository asks as well."""
        request = self.reading.request
        return (request.order, request.page, request.etag) == (ListOrder.OLDEST_CREATED_FIRST, 1, None)


@frozen
class _Read:
    """What a page means."""

    page: FactPage
    following: Reading | None


@frozen
class _Doubt:
    """Why a page may belong to another repository, or to another question than ours."""

    reason: str
    otherwise: _Read | None = None
    """What it means if the repository stands where it stood; None if that makes no sense of it."""


class GitHubRestSource(GitHubSource):
    """Reads lists of pull requests, 100 at a time, without a request for any single one.

    A redirected request loses its query on the way, so a page of a renamed repository answers another question, and
    looks no different at first sight. Each page is therefore checked before anything of it is given out.
    """

    def __init__(self, options: RestOptions, secrets: SecretStore, clock: Clock, telemetry: Telemetry) -> None:
        self._options = options
        self._clock = clock
        self._transport = Transport(options, secrets, clock, telemetry)
        self._telemetry = telemetry
        self._first_pages = FirstPages()

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Return the repository that answers to owner/name today.

        The first page of its list tells it, and is kept for whoever walks over the list next, so that the request is
        none too many. Only of an empty list, and where enough pages are kept, the repository itself is asked for.
        """
        if not self._first_pages.has_room(self._clock.now()):
            return ResolvedRepository(*self._ask_for_repository(full_name, deadline))
        answer, sent = self._ask_for_list(full_name, deadline)
        repository = _owner_of(answer)
        if repository is None:
            with _counted(sent):
                repository, more = self._ask_for_repository(full_name, deadline)
            sent += more
        if not answer.is_redirected:
            self._first_pages.keep(repository, answer, self._clock.now())
        return ResolvedRepository(repository, sent)

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Yield the pages that the checkpoint has not seen, each one request when all goes well."""
        reading: Reading | None = begin(checkpoint)
        while reading is not None:
            read = self._read(_Question(repository, reading, self._options.page_size), deadline)
            yield read.page
            reading = read.following

    def _ask_for_list(self, full_name: str, deadline: datetime | None) -> tuple[Answer, int]:
        parameters = _parameters(ListOrder.OLDEST_CREATED_FIRST, self._options.page_size)
        try:
            return self._transport.get(
                f"/repos/{full_name}/pulls", parameters | {"page": "1"}, lambda answer: answer, deadline=deadline
            )
        except UnavailableError as exc:
            raise _unavailable(full_name, exc) from exc

    def _ask_for_repository(self, full_name: str, deadline: datetime | None) -> tuple[Repository, int]:
        try:
            return self._transport.get(
                f"/repos/{full_name}",
                {},
                lambda answer: decode_repository(answer.body.read(), full_name),
                deadline=deadline,
            )
        except UnavailableError as exc:
            raise _unavailable(full_name, exc) from exc

    def release(self) -> None:
        """Close the connections to GitHub."""
        self._transport.release()

    def _read(self, question: _Question, deadline: datetime | None) -> _Read:
        """Read one page; one that looks moved is asked for again if the repository stands where it stood."""
        repository = question.repository
        read, spent = self._get(question, deadline)
        if isinstance(read, _Doubt):
            with _counted(spent):
                found, sent = self._ask_for_repository(repository.full_name, deadline)
            spent += sent
            if (found.id, found.full_name) != (repository.id, repository.full_name):
                raise RepositoryMovedError(found, spent)
            with _counted(spent):
                again, sent = self._get(question, deadline)
            spent += sent
            read = again.otherwise or again if isinstance(again, _Doubt) else again
        if isinstance(read, _Doubt):
            fault = MalformedSourceError(
                f"repository {repository.full_name}: {read.reason}, twice; nothing of it was stored"
            )
            fault.requests = spent
            self._telemetry.observe(RequestFailed(fault.code))
            raise fault
        return evolve(read, page=evolve(read.page, requests=spent))

    def _get(self, question: _Question, deadline: datetime | None) -> tuple[_Read | _Doubt, int]:
        request = question.reading.request
        full_name = question.repository.full_name
        if (kept := self._kept(question)) is not None:
            return kept, 0
        try:
            return self._transport.get(
                f"/repos/{full_name}/pulls",
                question.asked | {"page": str(request.page)},
                partial(self._understand, question),
                etag=request.etag,
                deadline=deadline,
            )
        except UnavailableError as exc:
            raise _unavailable(full_name, exc) from exc

    def _kept(self, question: _Question) -> _Read | _Doubt | None:
        """Return what the page means that was asked for to find the repository; None if it must be asked for."""
        if not question.is_first_of_a_walk:
            return None
        answer = self._first_pages.take(question.repository, self._clock.now())
        try:
            return None if answer is None else self._understand(question, answer)
        except (SourceError, IncompleteListError):
            self._telemetry.observe(RequestFailed(TransientSourceError.code))
            return None

    def _understand(self, question: _Question, answer: Answer) -> _Read | _Doubt:
        if answer.is_redirected:
            return _Doubt("it was redirected")
        payloads: list[PullRequestPayload] = []
        if answer.status == 200:
            payloads = decode_pull_requests(answer.body.read(), question.repository.full_name)
        links = _links(answer)
        hint = _hint_of_a_move(question, payloads, links)
        if hint is not None:
            return _Doubt(hint)
        read = self._accepted(question, payloads, links, answer)
        is_known = question.reading.checkpoint != Checkpoint()
        if not payloads and question.reading.request.page == 1 and is_known and answer.status != 304:
            # Of `nothing ever was here` (409) there is no reading that agrees with what is known.
            return _Doubt("its list is empty, though it was read before", None if answer.status == 409 else read)
        return read

    def _accepted(
        self, question: _Question, payloads: list[PullRequestPayload], links: "_Links", answer: Answer
    ) -> _Read:
        keeps_titles = self._options.keeps_titles
        facts = (fact_of(entry, question.repository.id, answer.served_at, keeps_titles) for entry in payloads)
        step = question.reading.accept(
            ListAnswer(
                facts=tuple(facts),
                served_at=answer.served_at,
                has_next="next" in links,
                last_page=_page_of(links["last"]) if "last" in links else None,
                etag=answer.etag,
                is_unchanged=answer.status == 304,
            )
        )
        page = FactPage(
            facts=step.facts,
            checkpoint=step.checkpoint,
            is_last=step.following is None,
            requests=0,
            requests_left=answer.requests_left,
            limit_resets_at=answer.limit_resets_at,
            free_requests=int(answer.status == 304),
            replaced_characters=sum(map(replaced_characters, payloads)),
            is_list_empty=answer.status != 304 and not payloads and question.reading.request.page == 1,
        )
        return _Read(page, step.following)


def _owner_of(answer: Answer) -> Repository | None:
    """Return the repository that a list's first entry belongs to; None if there is none, or it cannot be read."""
    if answer.status != 200:
        return None
    told = (repository_of_first(answer.body.beginning(size)) for size in _ENOUGH_FOR_ONE)
    return next(filter(None, told), None)


def _unavailable(full_name: str, cause: UnavailableError) -> RepositoryUnavailableError:
    unavailable = RepositoryUnavailableError(full_name, str(cause))
    unavailable.requests = cause.requests
    return unavailable


@contextmanager
def _counted(spent: int) -> Iterator[None]:
    """Add requests that were sent before to those of an error."""
    try:
        yield
    except SourceError as exc:
        exc.requests += spent
        raise


def _hint_of_a_move(question: _Question, payloads: list[PullRequestPayload], links: "_Links") -> str | None:
    """Return why the page hints at a rename, a transfer, or a question other than ours; None if nothing does."""
    repository = question.repository
    bases = (entry.base.repo for entry in payloads if entry.base is not None and entry.base.repo is not None)
    for base in bases:
        if base.id != repository.id or base.full_name not in (None, repository.full_name):
            return f"its pull requests belong to {base.full_name} with id {base.id}"
    for parameters in links.values():
        if any(parameters.get(name) != [value] for name, value in question.asked.items()):
            return "its links lack what was asked for"
    return None


_Links = dict[str, dict[str, list[str]]]


def _links(answer: Answer) -> _Links:
    """Return the parameters of the Link header's addresses, by their relation (RFC 8288)."""
    header = answer.headers.get("link")
    found = parse_header_links(header) if header else []
    return {link["rel"]: _parameters_of(link["url"]) for link in found if "rel" in link}


def _parameters_of(address: str) -> dict[str, list[str]]:
    """Return the parameters of an address; none of one that cannot be read, which then lacks what was asked for."""
    try:
        return parse_qs(urlsplit(address).query)
    except ValueError:
        return {}


def _page_of(parameters: dict[str, list[str]]) -> int | None:
    return whole_number(parameters.get("page", [""])[0])
