"""GitHub's list of one repository's pull requests as a pure model: it moves while it is read."""

from datetime import datetime, timedelta

from attrs import evolve

from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Author, PullRequest, PullRequestState, state_of
from github_tracker.domain.reading import ListAnswer, ListOrder, ListRequest, Reading, begin
from tests.unit.examples import at

REPOSITORY_ID = 1
BEGINNING = at("2024-01-01T00:00:00")


class MovingList:
    """Pull requests that are opened, updated, closed, merged and hidden, in whole seconds as GitHub has them."""

    def __init__(self, page_size: int, count: int = 0) -> None:
        self.now = BEGINNING
        self.facts: dict[int, PullRequest] = {}
        self.requests: list[ListRequest] = []
        self._page_size = page_size
        self._versions = 0
        for _ in range(count):
            self.tick(1)
            self.open()
        self.tick(1)

    def tick(self, seconds: int) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def open(self, lateness: int = 0) -> int:
        """Open a pull request, which appears that many seconds after the instants it carries; return its number."""
        number = self._versions + 1
        created_at = self._stamp(lateness)
        self.facts[number] = PullRequest(
            repository_id=REPOSITORY_ID,
            number=number,
            author=Author("alice"),
            state=PullRequestState.OPEN,
            created_at=created_at,
            updated_at=created_at,
            observed_at=created_at,
            title=f"version {self._versions}",
        )
        return number

    def update(self, number: int, lateness: int = 0) -> None:
        """Change the title."""
        self._replace(number, self._stamp(lateness), self.facts[number].merged_at)

    def merge(self, number: int, lateness: int = 0) -> None:
        """Merge it, and change the title."""
        updated_at = self._stamp(lateness)
        self._replace(number, updated_at, updated_at)

    def hide(self, number: int) -> None:
        """Leave it out of the list from now on."""
        del self.facts[number]

    def answer(self, request: ListRequest) -> ListAnswer:
        """Return the page that stands there at this moment."""
        self.requests.append(request)
        rows = self._in_order(request.order)
        start = (request.page - 1) * self._page_size
        last_page = max(1, -(-len(rows) // self._page_size))
        has_next = request.page < last_page
        page = rows[start : start + self._page_size]
        etag = repr([(fact.number, fact.title) for fact in page])
        if etag == request.etag:
            return ListAnswer((), self.now, is_unchanged=True)
        observed = tuple(evolve(fact, observed_at=self.now) for fact in page)
        return ListAnswer(observed, self.now, has_next, last_page if has_next else None, etag)

    def _stamp(self, lateness: int) -> datetime:
        self._versions += 1
        return self.now - timedelta(seconds=lateness)

    def _replace(self, number: int, updated_at: datetime, merged_at: datetime | None) -> None:
        known = self.facts[number]
        self.facts[number] = evolve(
            known,
            state=state_of(merged_at, is_open=True),
            merged_at=merged_at,
            updated_at=max(updated_at, known.updated_at),
            title=f"version {self._versions}",
        )

    def _in_order(self, order: ListOrder) -> list[PullRequest]:
        if order is ListOrder.OLDEST_CREATED_FIRST:
            return sorted(self.facts.values(), key=lambda fact: (fact.created_at, fact.number))
        return sorted(self.facts.values(), key=lambda fact: (fact.updated_at, fact.number), reverse=True)


class Reader:
    """Reads a list as a source does, and remembers what it saw; what it saw last of a number is what is stored."""

    def __init__(self, source: MovingList, checkpoint: Checkpoint | None = None) -> None:
        self.source = source
        self.checkpoint = checkpoint or Checkpoint()
        self.stored: dict[int, PullRequest] = {}
        self.following: Reading | None = None

    def step(self) -> bool:
        """Read one page and return whether the list is complete. Raises IncompleteListError."""
        reading = self.following or begin(self.checkpoint)
        step = reading.accept(self.source.answer(reading.request))
        self.checkpoint, self.following = step.checkpoint, step.following
        for fact in step.facts:
            known = self.stored.get(fact.number)
            if known is None or fact.supersedes(known):
                self.stored[fact.number] = fact
        return step.following is None

    def cut(self) -> None:
        """Forget everything but the checkpoint, as a process that was killed."""
        self.following = None

    def run(self) -> int:
        """Read to the end and return how many requests that took."""
        before = len(self.source.requests)
        while not self.step():
            pass
        return len(self.source.requests) - before
