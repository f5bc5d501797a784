"""The end of a run that workers shared: one report of all their parts, kept like that of any other run."""

from github_tracker.application.keep_run import KeepRun
from github_tracker.domain.planned_run import OpenRun
from github_tracker.ports.planned_runs import PlannedRuns
from github_tracker.ports.telemetry import RunFinished, Telemetry


class ClosePlannedRun:
    """Keeps the report and closes the run, whoever comes to it first."""

    def __init__(self, runs: PlannedRuns, keep: KeepRun, telemetry: Telemetry) -> None:
        self._runs = runs
        self._keep = keep
        self._telemetry = telemetry

    def __call__(self, run: OpenRun) -> None:
        """Close it. Two at once keep one report, and one of them tells of it.

        The report is kept first, so that whoever is killed in between leaves a run that the next planning closes.
        """
        report = self._keep(run.report())
        if self._runs.close(run.planning.run):
            self._telemetry.observe(RunFinished(report))
