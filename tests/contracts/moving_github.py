"""A GitHub in memory on which everything moves while its lists are read, and whose answers can break off."""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve

from github_tracker.adapters.memory import MemoryClock, MemoryGitHubSource
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState, Repository, state_of
from github_tracker.domain.reading import ListAnswer, ListRequest

AUTHORS = (
    Author("alice", 101, "User"),
    Author("Bob", 102, "User"),
    Author("stranger"),
    Author("ci-deploy"),
    Author("dependabot[bot]", 49699333, "Bot"),
    None,
)


class Break(StrEnum):
    """How an answer breaks off in the middle of a list."""

    EMPTY = "empty"
    """A page without rows and without a next one."""
    CUT = "cut"
    """A page that names no next one, though a later page was named before."""


class Happening(StrEnum):
    """What befalls a pull request that is there."""

    RETITLED = "retitled"
    MERGED = "merged"
    CLOSED = "closed"
    REOPENED = "reopened"
    GHOSTED = "ghosted"


class MovingGitHub(MemoryGitHubSource):
    """Instants are whole seconds, and every change carries a number of its own in the title."""

    def __init__(self, clock: MemoryClock, page_size: int) -> None:
        super().__init__(clock, page_size)
        self.page_size = page_size
        self.names: dict[int, str] = {}
        self.names_ever: set[tuple[int, str]] = set()
        self.facts: dict[tuple[int, int], PullRequest] = {}
        self.hidden: dict[tuple[int, int], PullRequest] = {}
        self.changes = 0
        self._time = clock
        self._numbers: dict[int, int] = {}
        self._break: tuple[Break, int] | None = None

    def name(self, repository_id: int, full_name: str) -> bool:
        """Create or rename a repository, unless another one bears the name; say whether it was done."""
        if full_name in self.names.values():
            return False
        self.names[repository_id] = full_name
        self.names_ever.add((repository_id, full_name))
        self.put_repository(Repository(repository_id, full_name))
        self.changes += 1
        return True

    def led_to(self, full_name: str) -> set[int]:
        """Return the ids of the repositories to which the name leads or ever led."""
        return {repository_id for repository_id, name in self.names_ever if name.lower() == full_name.lower()}

    def open(self, repository_id: int, author: Author | None, lateness: int = 0) -> None:
        """Open a pull request, which appears that many seconds after the instants it carries."""
        number = self._numbers[repository_id] = self._numbers.get(repository_id, 0) + 1
        opened_at = self._stamp(lateness)
        self._show(
            PullRequest(
                repository_id=repository_id,
                number=number,
                author=author,
                state=PullRequestState.OPEN,
                created_at=opened_at,
                updated_at=opened_at,
                observed_at=opened_at,
                title=f"change {self.changes}",
            )
        )

    def happen(self, key: tuple[int, int], what: Happening, lateness: int = 0) -> None:
        """Change a pull request; the list shows it that many seconds after the instants it carries."""
        known = self.facts[key]
        stamp = max(self._stamp(lateness), known.updated_at)
        merged_at, closed_at = known.merged_at, known.closed_at
        if what is Happening.MERGED:
            merged_at = closed_at = stamp
        elif what is Happening.CLOSED:
            closed_at = stamp
        elif what is Happening.REOPENED and merged_at is None:
            closed_at = None
        author = None if what is Happening.GHOSTED else known.author
        state = state_of(merged_at, is_open=closed_at is None)
        changed = evolve(known, author=author, state=state, merged_at=merged_at, closed_at=closed_at, updated_at=stamp)
        self._show(evolve(changed, title=f"change {self.changes}"))

    def hide_row(self, key: tuple[int, int]) -> None:
        """Leave a pull request out of every list."""
        self.hidden[key] = self.facts.pop(key)
        self.hide(*key)
        self.changes += 1

    def show_row(self, key: tuple[int, int]) -> None:
        """Let a hidden one be back as it was, with the instants it had."""
        self.changes += 1
        self._show(self.hidden.pop(key))

    def break_next(self, how: Break, named_last_page: int) -> None:
        """Let the next answer break off, if that can be told from what the reader was told before."""
        self._break = how, named_last_page

    def mend(self) -> None:
        """Let no answer break off that has not done so."""
        self._break = None

    def shown(self, repository_id: int) -> dict[int, PullRequest]:
        """Return what the lists of a repository show now, by number."""
        return {number: fact for (owner, number), fact in self.facts.items() if owner == repository_id}

    def _show(self, fact: PullRequest) -> None:
        self.facts[fact.key] = fact
        self.put(fact)

    def _stamp(self, lateness: int) -> datetime:
        self.changes += 1
        return self._time.now().replace(microsecond=0) - timedelta(seconds=lateness)

    def _answer(self, repository_id: int, request: ListRequest) -> ListAnswer:
        """The proper answer, or one that breaks off."""
        answer = super()._answer(repository_id, request)
        scripted, self._break = self._break, None
        if scripted is None or answer.is_unchanged:
            return answer
        how, named_last_page = scripted
        if how is Break.EMPTY and request.page > 1:
            return evolve(answer, facts=(), has_next=False, last_page=None)
        if how is Break.CUT and request.page < named_last_page:
            return evolve(answer, has_next=False, last_page=None)
        return answer


def change_of(fact: PullRequest) -> int:
    """Return the number of the change that made the pull request what it is."""
    return int((fact.title or "").removeprefix("change "))
