"""Which pull requests a list request asks for: its parameters, their order, and the links to the other pages."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import attrgetter
from urllib.parse import urlencode

from attrs import frozen

from github_tracker.domain.pull_request import PullRequest, PullRequestState, Repository

DEFAULT_PER_PAGE = 30
GREATEST_PER_PAGE = 100


@frozen
class ListQuery:
    """The parameters of `GET /repos/{owner}/{repo}/pulls`, with GitHub's defaults; unknown ones are ignored."""

    state: str
    sort: str
    direction: str
    per_page: int
    page: int

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "ListQuery":
        """Return what the parameters of the request mean; what makes no sense counts as not given."""
        sort = _one_of(parameters.get("sort"), "created", "updated")
        return cls(
            state=_one_of(parameters.get("state"), "open", "closed", "all"),
            sort=sort,
            # As docs.github.com has it: newest first when sorted by creation, which is the default, else oldest first.
            direction=_one_of(parameters.get("direction"), *(_DESC_FIRST if sort == "created" else _ASC_FIRST)),
            per_page=min(_positive(parameters.get("per_page"), DEFAULT_PER_PAGE), GREATEST_PER_PAGE),
            page=_positive(parameters.get("page"), 1),
        )


@frozen
class Page:
    """One page of a list."""

    pull_requests: tuple[PullRequest, ...]
    number: int
    last: int
    """The number of the last page there is; 1 for an empty list."""

    def links(self, url: str, parameters: Mapping[str, str]) -> str:
        """Return the Link header as GitHub writes it, empty where there is one page only.

        The query is kept with its order and whatever it holds; only `page` is set. Beyond the end, the previous page
        is the last one there is.
        """
        before = {"prev": min(self.number - 1, self.last)} if self.number > 1 else {}
        after = {"next": self.number + 1} if self.number < self.last else {}
        last = {"last": self.last} if self.number != self.last else {}
        first = {"first": 1} if self.number > 1 else {}
        return ", ".join(
            f'<{url}?{urlencode({**parameters, "page": str(page)})}>; rel="{relation}"'
            for relation, page in {**before, **after, **last, **first}.items()
        )


class Catalogue:
    """All repositories and pull requests that are served, found by name or id."""

    def __init__(self, repositories: Iterable[Repository], pull_requests: Iterable[PullRequest]) -> None:
        self._by_name = {repository.full_name.lower(): repository for repository in repositories}
        self._by_id = {repository.id: repository for repository in self._by_name.values()}
        self._pull_requests: defaultdict[int, list[PullRequest]] = defaultdict(list)
        for pull_request in pull_requests:
            self._pull_requests[pull_request.repository_id].append(pull_request)
        self._ordered: dict[tuple[int, str, str, str], tuple[PullRequest, ...]] = {}

    def by_name(self, full_name: str) -> Repository | None:
        """Return the repository of that owner/name, whatever the letter case."""
        return self._by_name.get(full_name.lower())

    def by_id(self, repository_id: int) -> Repository | None:
        """Return the repository of that id."""
        return self._by_id.get(repository_id)

    def page(self, repository: Repository, query: ListQuery) -> Page:
        """Return the page that is asked for; it is empty beyond the end."""
        ordered = self._in_order(repository, query)
        last = max(1, -(-len(ordered) // query.per_page))
        start = (query.page - 1) * query.per_page
        return Page(ordered[start : start + query.per_page], query.page, last)

    def _in_order(self, repository: Repository, query: ListQuery) -> tuple[PullRequest, ...]:
        key = (repository.id, query.state, query.sort, query.direction)
        if key not in self._ordered:
            chosen = (one for one in self._pull_requests.get(repository.id, ()) if _is_in_state(one, query.state))
            by = attrgetter("created_at" if query.sort == "created" else "updated_at", "number")
            self._ordered[key] = tuple(sorted(chosen, key=by, reverse=query.direction == "desc"))
        return self._ordered[key]


_NUMBER = re.compile(r"[0-9]{1,9}")
_DESC_FIRST = ("desc", "asc")
_ASC_FIRST = ("asc", "desc")


def _is_in_state(pull_request: PullRequest, state: str) -> bool:
    """Whether GitHub lists it under that state; what is merged counts as closed there."""
    return state == "all" or (state == "open") == (pull_request.state is PullRequestState.OPEN)


def _one_of(value: str | None, default: str, *others: str) -> str:
    return value if value in others else default


def _positive(value: str | None, default: int) -> int:
    # Nine digits are more than any page; int() itself refuses thousands of them with an error.
    return int(value) if value is not None and _NUMBER.fullmatch(value) and int(value) else default
