"""A source of one's own: GitLab's merge requests from a JSON Lines file, credited to teams like pull requests.

    python -m examples.merge_requests_source examples/merge_requests.jsonl examples/teams.toml

Each line is one merge request as GitLab's API gives it (docs.gitlab.com/api/merge_requests). Everything but the source
is the package's own: the roster, the attribution, the use case that collects, the figures.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.application.report import ReportFigures
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Author, PullRequest, Repository, state_of
from github_tracker.entrypoints.containers import simulation_container
from github_tracker.entrypoints.roster_file import read_roster_file
from github_tracker.ports.errors import MalformedSourceError, RepositoryUnavailableError
from github_tracker.ports.github_source import FactPage, GitHubSource, ResolvedRepository
from github_tracker.ports.report_repository import ReportScope


class MergeRequestSource(GitHubSource):
    """Gives out the merge requests of one project, a page for the whole file."""

    def __init__(self, file: Path, project: str) -> None:
        self._file = file
        self._project = project

    def resolve(self, full_name: str, deadline: datetime | None = None) -> ResolvedRepository:
        """Return the project by GitLab's numeric id, which outlives its name."""
        del deadline  # nothing here takes long
        entries = self._entries()
        if full_name.lower() != self._project.lower() or not entries:
            raise RepositoryUnavailableError(full_name, "not in the file")
        return ResolvedRepository(Repository(entries[0]["project_id"], self._project), requests=0)

    def pages(
        self, repository: Repository, checkpoint: Checkpoint, deadline: datetime | None = None
    ) -> Iterator[FactPage]:
        """Yield one page of what was updated since the checkpoint's watermark; a walk asks for everything."""
        del repository, deadline  # one project, and nothing here takes long
        now = datetime.now(UTC)
        since = None if checkpoint.cursor is not None else checkpoint.watermark
        facts = [_fact(entry, now) for entry in self._entries()]
        # The instant itself is read again: something else may have been updated in it after the last reading.
        new = tuple(fact for fact in facts if since is None or fact.updated_at >= since)
        newest = max((fact.updated_at for fact in facts), default=None)
        walked_at = now if since is None else checkpoint.walked_at
        yield FactPage(new, Checkpoint(watermark=newest, walked_at=walked_at), is_last=True, requests=0)

    def _entries(self) -> list[dict[str, Any]]:
        try:
            return [json.loads(line) for line in self._file.read_text(encoding="utf-8").splitlines() if line.strip()]
        except ValueError as exc:
            raise MalformedSourceError(f"{self._file}: {exc}") from exc


def _fact(entry: dict[str, Any], observed_at: datetime) -> PullRequest:
    merged_at, closed_at = _instant(entry["merged_at"]), _instant(entry["closed_at"])
    author = entry["author"]
    return PullRequest(
        repository_id=entry["project_id"],
        number=entry["iid"],
        author=None if author is None else Author(author["username"], author["id"]),
        state=state_of(merged_at, is_open=entry["state"] in ("opened", "locked")),
        created_at=datetime.fromisoformat(entry["created_at"]),
        updated_at=datetime.fromisoformat(entry["updated_at"]),
        observed_at=observed_at,
        merged_at=merged_at,
        # GitLab leaves it out where a merge closed it; GitHub, and so the figures, do not.
        closed_at=closed_at or merged_at,
        title=entry["title"],
        is_draft=entry["draft"],
        base_branch=entry["target_branch"],
        head_branch=entry["source_branch"],
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def main(merge_requests: Path, teams: Path) -> None:
    """Collect twice, the second time to see that nothing is counted twice, and print who delivered what."""
    container = simulation_container(source=MergeRequestSource(merge_requests, "acme/shop"))
    container.resolve(SyncRoster)(read_roster_file(teams), WantedPolicy(), changed_by="example")
    for _ in range(2):
        report = container.resolve(CollectPullRequests)(CollectionPlan(("acme/shop",)))
        print(f"run {report.outcome}: {report.facts_changed} new or changed")
    velocity = container.resolve(ReportFigures).velocity(ReportScope())
    for week in velocity.weeks:
        print(f"{week.week} {week.team}: {week.weighted_prs_merged.normalize():f} merged")
    for rest in velocity.unattributed:
        print(f"{rest.week} no team ({rest.reason}): {rest.weighted_prs_merged.normalize():f} merged")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
