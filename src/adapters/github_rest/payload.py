"""What GitHub's list of pull requests says, decoded narrowly: of 20 KB a pull request, the fields that are kept.

GitHub's own schema is no gate: user and head.repo can be null, draft and labels can be missing, unknown keys abound.
"""

import json
import re
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final

import msgspec

from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.pull_request import Author, PullRequest, Repository, state_of, storable_text
from github_tracker.ports.errors import MalformedSourceError, TransientSourceError

Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A number of GitHub's own; larger ones fit into no database."""

_FULL_NAME: Final = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


class UserPayload(msgspec.Struct, gc=False):
    """An account."""

    login: str
    id: Id | None = None
    type: str | None = None


class RepositoryPayload(msgspec.Struct, gc=False):
    """A repository."""

    id: Id
    full_name: str | None = None
    default_branch: str | None = None


class BranchPayload(msgspec.Struct, gc=False):
    """One end of a pull request."""

    ref: str | None = None
    repo: RepositoryPayload | None = None


class LabelPayload(msgspec.Struct, gc=False):
    """A label."""

    name: str | None = None


class PullRequestPayload(msgspec.Struct, gc=False):
    """One entry of the list."""

    number: int
    state: str
    created_at: datetime
    updated_at: datetime
    id: Id | None = None
    title: str | None = None
    user: UserPayload | None = None
    author_association: str | None = None
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    draft: bool | None = None
    base: BranchPayload | None = None
    head: BranchPayload | None = None
    merge_commit_sha: str | None = None
    labels: list[LabelPayload] | None = None


class _Based(msgspec.Struct, gc=False):
    base: BranchPayload | None = None


_AUTHORS: Final = 1024
_JSON: Final = json.JSONDecoder()
_PULL_REQUESTS = msgspec.json.Decoder(list[PullRequestPayload])
_REPOSITORY = msgspec.json.Decoder(RepositoryPayload)


def decode_pull_requests(body: bytes, where: str) -> list[PullRequestPayload]:
    """Return the entries of a page.

    Raises MalformedSourceError naming the field that is off, and TransientSourceError for a body that is cut off or
    no JSON at all. Lone surrogates, which only the lenient standard decoder accepts, cost a second look, nothing else.
    """
    try:
        return _PULL_REQUESTS.decode(body)
    except (msgspec.ValidationError, RecursionError) as exc:
        raise MalformedSourceError(f"{where}: the answer is not a list of pull requests: {exc}") from exc
    except msgspec.DecodeError as exc:
        return _decode_leniently(body, where, exc)


def _decode_leniently(body: bytes, where: str, strict: msgspec.DecodeError) -> list[PullRequestPayload]:
    try:
        return msgspec.convert(json.loads(body.decode(errors="replace")), list[PullRequestPayload])
    except (msgspec.ValidationError, RecursionError) as exc:
        raise MalformedSourceError(f"{where}: the answer is not a list of pull requests: {exc}") from exc
    except ValueError:
        raise TransientSourceError(f"the answer is no complete JSON: {strict}") from strict


def decode_repository(body: bytes, where: str) -> Repository:
    """Return the repository of an answer. Raises MalformedSourceError."""
    try:
        payload = _REPOSITORY.decode(body)
    except (msgspec.ValidationError, RecursionError) as exc:
        raise MalformedSourceError(f"{where}: the answer is not a repository: {exc}") from exc
    except msgspec.DecodeError as exc:
        raise TransientSourceError(f"the answer is no complete JSON: {exc}") from exc
    repository = _repository_of(payload)
    if repository is None:
        raise MalformedSourceError(f"{where}: the answer names no full_name of the form owner/name")
    return repository


def repository_of_first(beginning: bytes) -> Repository | None:
    """Return which repository the first entry of a page belongs to; None if its beginning does not tell.

    Nothing else is checked: that is for whoever reads the page.
    """
    text = beginning.decode(errors="ignore").lstrip()
    if not text.startswith("["):
        return None
    try:
        entry, _ = _JSON.raw_decode(text.removeprefix("[").lstrip())
        base = msgspec.convert(entry, _Based).base
    except (ValueError, RecursionError):
        return None
    return None if base is None or base.repo is None else _repository_of(base.repo)


def _repository_of(payload: RepositoryPayload) -> Repository | None:
    if payload.full_name is None or _FULL_NAME.fullmatch(payload.full_name) is None:
        return None
    branch = payload.default_branch
    return Repository(payload.id, payload.full_name, None if branch is None else storable_text(branch))


@lru_cache(_AUTHORS)
def _author(login: str, github_id: int | None, account_type: str | None) -> Author:
    """Return the author; most pull requests are by the few who opened those before."""
    return Author(login, github_id, account_type)


def fact_of(payload: PullRequestPayload, repository_id: int, observed_at: datetime, keeps_title: bool) -> PullRequest:
    """Return the fact that an entry states. Raises MalformedSourceError for what cannot be."""
    state = state_of(payload.merged_at, is_open=payload.state == "open")
    user = payload.user
    try:
        return PullRequest(
            repository_id=repository_id,
            number=payload.number,
            author=None if user is None else _author(user.login, user.id, user.type),
            state=state,
            created_at=payload.created_at,
            updated_at=payload.updated_at,
            observed_at=observed_at,
            merged_at=payload.merged_at,
            # A reopened pull request loses its closed_at (R12), whatever the answer still says.
            closed_at=None if state == "open" else payload.closed_at,
            github_id=payload.id,
            title=payload.title if keeps_title else None,
            author_association=payload.author_association,
            is_draft=bool(payload.draft),
            base_branch=payload.base.ref if payload.base else None,
            head_branch=payload.head.ref if payload.head else None,
            merge_commit=payload.merge_commit_sha,
            labels=tuple([label.name for label in payload.labels or () if label.name is not None]),
        )
    except InvalidValueError as exc:
        raise MalformedSourceError(f"repository {repository_id}, pull request {payload.number}: {exc}") from exc


def replaced_characters(payload: PullRequestPayload) -> int:
    """Return how many characters no database stores, and which therefore become U+FFFD."""
    user, base, head = payload.user, payload.base, payload.head
    # All in one: a character is replaced by one character, whatever stands beside it.
    text = (
        f"{payload.title or ''}{user.login if user else ''}{base.ref or '' if base else ''}"
        f"{head.ref or '' if head else ''}"
    )
    if payload.labels:
        text += "".join([label.name or "" for label in payload.labels])
    if text.isascii() and "\0" not in text:
        return 0
    return sum(before != after for before, after in zip(text, storable_text(text), strict=True))
