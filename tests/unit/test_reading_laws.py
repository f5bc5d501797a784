"""Whatever happens to a list while it is read, nothing is lost: state machines over the model of a moving list."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from github_tracker.domain.reading import IncompleteListError
from tests.unit.moving_list import MovingList, Reader

_CHOICES = st.integers(0, 999)
_LATENESSES = st.sampled_from((0, 0, 1, 600))
_TICKS = st.sampled_from((0, 1, 59, 600, 601, 86_400))
_OVERLAP = timedelta(minutes=10)
_MANY_REQUESTS = 500


class ReadingOfAMovingList(RuleBasedStateMachine):
    """Pull requests are opened, updated and merged between pages, and the reading is cut at any of them."""

    source: MovingList
    reader: Reader
    watermark: datetime | None

    @initialize(page_size=st.integers(1, 3), count=st.integers(0, 7))
    def begin(self, page_size: int, count: int) -> None:
        """Begin with some pull requests."""
        self.source = MovingList(page_size, count)
        self.reader = Reader(self.source)
        self.watermark = None

    @rule(seconds=_TICKS)
    def pass_time(self, seconds: int) -> None:
        """Instants are whole seconds, so many things happen at one instant."""
        self.source.tick(seconds)

    @rule(lateness=_LATENESSES)
    def open(self, lateness: int) -> None:
        """Open one, which appears up to ten minutes later than it says."""
        self.source.open(lateness)

    @precondition(lambda self: self.source.facts)
    @rule(choice=_CHOICES, lateness=_LATENESSES)
    def update(self, choice: int, lateness: int) -> None:
        """Change one, which appears up to ten minutes later than it says."""
        self.source.update(self._chosen(choice), lateness)

    @precondition(lambda self: self.source.facts)
    @rule(choice=_CHOICES)
    def merge(self, choice: int) -> None:
        """Merge one."""
        self.source.merge(self._chosen(choice))

    @rule()
    def read_page(self) -> None:
        """Read one page; what breaks off ends the run, and the next one goes on from the checkpoint."""
        try:
            self.reader.step()
        except IncompleteListError:
            self.reader.cut()

    @rule()
    def cut(self) -> None:
        """Kill the process that reads."""
        self.reader.cut()

    @invariant()
    def the_watermark_never_decreases(self) -> None:
        """Neither at the end of a walk nor at that of an increment."""
        before, now = self.watermark, self.reader.checkpoint.watermark
        assert before is None or (now is not None and now >= before)
        self.watermark = now

    @invariant()
    def the_watermark_passes_no_unseen_update(self) -> None:
        """All that lies more than the overlap before it has been seen as it stands."""
        watermark = self.reader.checkpoint.watermark
        if watermark is not None:
            old = [fact for fact in self.source.facts.values() if fact.updated_at < watermark - _OVERLAP]
            assert all(self.reader.stored.get(fact.number) == fact for fact in old)

    def teardown(self) -> None:
        """When the list rests, finishing what is unfinished and one increment bring everything."""
        if hasattr(self, "reader"):
            self.source.tick(1)
            for _ in range(2):
                self._finish()
            assert {number: self.reader.stored.get(number) for number in self.source.facts} == self.source.facts
            self._check_that_it_rests()

    def _chosen(self, choice: int) -> int:
        numbers = sorted(self.source.facts)
        return numbers[choice % len(numbers)]

    def _finish(self) -> None:
        for _ in range(_MANY_REQUESTS):
            try:
                if self.reader.step():
                    return
            except IncompleteListError:
                self.reader.cut()
        raise AssertionError("the reading does not end")

    def _check_that_it_rests(self) -> None:
        """When the last change is past the overlap, the next one costs one request and changes nothing.

        An empty list has no watermark to stop at.
        """
        self.source.tick(int(_OVERLAP.total_seconds()) + 1)
        self._finish()
        checkpoint = self.reader.checkpoint
        if checkpoint.watermark is not None:
            assert self.reader.run() == 1
            assert self.reader.checkpoint == checkpoint


class ReadingOfAListWithHiddenRows(ReadingOfAMovingList):
    """Pull requests vanish as well, and others slip past for it; a walk over everything finds those."""

    @precondition(lambda self: self.source.facts)
    @rule(choice=_CHOICES)
    def hide(self, choice: int) -> None:
        """Take one out of the list."""
        self.source.hide(self._chosen(choice))

    @invariant()
    def the_watermark_passes_no_unseen_update(self) -> None:
        """Not so here: what slipped past is behind the watermark till the next walk."""

    def teardown(self) -> None:
        """Whatever was hidden, the reading ends; then a walk over everything finds every one that is left."""
        if hasattr(self, "reader"):
            self.source.tick(int(timedelta(days=7).total_seconds()))
            self._finish()
            self.reader.checkpoint = self.reader.checkpoint.for_walk()
            self._finish()
            assert {number: self.reader.stored.get(number) for number in self.source.facts} == self.source.facts


_SETTINGS = settings(max_examples=100, stateful_step_count=40)

TestReadingOfAMovingList = ReadingOfAMovingList.TestCase
TestReadingOfAMovingList.settings = _SETTINGS
TestReadingOfAListWithHiddenRows = ReadingOfAListWithHiddenRows.TestCase
TestReadingOfAListWithHiddenRows.settings = _SETTINGS
