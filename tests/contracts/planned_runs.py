"""What every PlannedRuns does: one run that many share, from its planning till it is closed."""

from datetime import timedelta
from uuid import UUID

from github_tracker.domain.planned_run import OpenRun, Planning, RunPart
from github_tracker.domain.run_report import Outcome, RepositoryReport
from github_tracker.domain.work import WorkItem
from github_tracker.ports.planned_runs import Task
from tests.contracts.store import Store
from tests.unit.examples import at

RUN, OTHER = UUID(int=2**127 + 1), UUID(int=2)
PLANNED_AT = at("2024-06-01T12:00:00.000001")
NAMES = ("acme/z", "Acme/A", "acme/m")
PLANNING = Planning(RUN, PLANNED_AT, NAMES)
_MINUTE = timedelta(minutes=1)

LIMITED = RepositoryReport(
    "acme/z", Outcome.DEFERRED, 7, "limited", "100 % of \u00e9", at("2024-06-01T13:00:00.5"), 1, 2, 3, 4, 5, 6, 7, 8, 0
)
DONE = RepositoryReport("acme/z", Outcome.UNCHANGED, 7, requests=1, is_empty=True)


def over(name: str, minutes: int = 5) -> RunPart:
    """Return the part that completes a repository."""
    return RunPart(RepositoryReport(name, Outcome.COMPLETE, 1), PLANNED_AT + minutes * _MINUTE, is_over=True)


class PlannedRunsContract:
    """Runs that workers share; needs a fixture `store`."""

    def test_planning_opens_a_run(self, store: Store) -> None:
        """With its repositories in their order, and a task for each of them."""
        assert store.planned.open_runs() == ()
        assert store.planned.begin(PLANNING)
        assert store.planned.open_runs() == (OpenRun(PLANNING),)
        assert {store.planned.task(WorkItem(RUN, name)) for name in NAMES} == {Task()}

    def test_run_is_planned_once(self, store: Store) -> None:
        """The first planning stands, also once its run is closed."""
        store.planned.begin(PLANNING)
        assert not store.planned.begin(Planning(RUN, PLANNED_AT + _MINUTE, ("acme/other",)))
        assert store.planned.open_runs() == (OpenRun(PLANNING),)
        store.planned.close(RUN)
        assert not store.planned.begin(PLANNING)
        assert store.planned.open_runs() == ()

    def test_nothing_is_expected_of_others(self, store: Store) -> None:
        """Neither of a run that nobody planned, nor of a repository that it does not hold, to the letter."""
        store.planned.begin(PLANNING)
        for item in (WorkItem(OTHER, "acme/z"), WorkItem(RUN, "acme/other"), WorkItem(RUN, "ACME/Z")):
            assert store.planned.task(item) is None
            name = item.repository
            assert not store.planned.add_part(item.run, over(name))
        assert store.planned.open_runs() == (OpenRun(PLANNING),)

    def test_parts_are_kept_as_they_were(self, store: Store) -> None:
        """Every field, in the order in which they finished; the last one is what a worker is told."""
        store.planned.begin(PLANNING)
        late, early = RunPart(LIMITED, PLANNED_AT + 2 * _MINUTE, False), RunPart(DONE, PLANNED_AT + _MINUTE, False)
        assert not store.planned.add_part(RUN, early)
        assert not store.planned.add_part(RUN, late)
        assert store.planned.open_runs() == (OpenRun(PLANNING, (early, late)),)
        assert store.planned.task(WorkItem(RUN, "acme/z")) == Task(LIMITED)

    def test_part_that_comes_twice_stands_once(self, store: Store) -> None:
        """As after a commit that got no answer; two that finished at one instant are two."""
        store.planned.begin(PLANNING)
        part = RunPart(LIMITED, PLANNED_AT, False)
        for _ in range(2):
            store.planned.add_part(RUN, part)
        assert store.planned.open_runs() == (OpenRun(PLANNING, (part,)),)
        store.planned.add_part(RUN, RunPart(DONE, PLANNED_AT, False))
        (run,) = store.planned.open_runs()
        assert {entry.report for entry in run.parts} == {LIMITED, DONE}

    def test_last_part_is_told(self, store: Store) -> None:
        """To whoever adds it, and again to whoever adds one after it; nothing is expected any more."""
        store.planned.begin(PLANNING)
        assert [store.planned.add_part(RUN, over(name)) for name in NAMES] == [False, False, True]
        assert store.planned.add_part(RUN, over(NAMES[0]))
        assert {store.planned.task(WorkItem(RUN, name)) for name in NAMES} == {None}

    def test_what_is_over_stays_over(self, store: Store) -> None:
        """Whoever notes later that the repository was held by another does not open it again."""
        store.planned.begin(PLANNING)
        store.planned.add_part(RUN, over("acme/z"))
        store.planned.add_part(RUN, RunPart(LIMITED, PLANNED_AT + 9 * _MINUTE, False))
        assert store.planned.task(WorkItem(RUN, "acme/z")) is None
        (run,) = store.planned.open_runs()
        assert run.pending == ("Acme/A", "acme/m")

    def test_closed_run_is_closed_once_and_forgets(self, store: Store) -> None:
        """The second is told False, and late parts are not kept; another run is untouched."""
        other = Planning(OTHER, PLANNED_AT, ("acme/z",))
        store.planned.begin(PLANNING)
        store.planned.begin(other)
        store.planned.add_part(RUN, over("acme/z"))
        assert store.planned.close(RUN)
        assert not store.planned.close(RUN)
        assert not store.planned.close(UUID(int=9))
        assert not store.planned.add_part(RUN, over("acme/m"))
        assert store.planned.task(WorkItem(RUN, "acme/m")) is None
        assert store.planned.open_runs() == (OpenRun(other),)

    def test_open_runs_come_by_their_age(self, store: Store) -> None:
        """The one that was planned first first, then by id."""
        plannings = [
            Planning(UUID(int=5), PLANNED_AT, ()),
            Planning(OTHER, PLANNED_AT, ()),
            Planning(RUN, PLANNED_AT - _MINUTE, ()),
        ]
        for planning in plannings:
            store.planned.begin(planning)
        assert [run.planning.run for run in store.planned.open_runs()] == [RUN, OTHER, UUID(int=5)]

    def test_report_keeps_whatever_text_it_holds(self, store: Store) -> None:
        """What no database can hold becomes U+FFFD, as everywhere."""
        store.planned.begin(PLANNING)
        odd = RepositoryReport("acme/z", Outcome.FAILED, None, "transient", "a\0b\ud800c")
        store.planned.add_part(RUN, RunPart(odd, PLANNED_AT, False))
        (run,) = store.planned.open_runs()
        assert run.parts[0].report.message in ("a\0b\ud800c", "a\ufffdb\ufffdc")
