"""Which repositories the configured names lead to: each once, by GitHub's numeric id."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import evolve, frozen

from github_tracker.domain.pull_request import Repository
from github_tracker.domain.run_report import RepositoryReport
from github_tracker.ports.collection_repository import CollectionRepository, CollectionState
from github_tracker.ports.github_source import GitHubSource


@frozen
class Identified:
    """What a configured name leads to, or what went wrong on the way."""

    report: RepositoryReport
    state: CollectionState | None = None
    """Of the repository, which is known by this name."""
    resolved: Repository | None = None
    """What GitHub was asked for; then the state is what it is registered with."""


@frozen
class Target:
    """One repository to be collected; without a state, the report tells why it cannot be."""

    report: RepositoryReport
    state: CollectionState | None


class Identification:
    """Asks GitHub only for names that are not known yet, or whose repository lost its name to another one."""

    def __init__(self, source: GitHubSource, collection: CollectionRepository) -> None:
        self._source = source
        self._collection = collection

    def known(self, names: Iterable[str]) -> Mapping[str, CollectionState]:
        """Return what is stored of these names' repositories. Raises StorageError."""
        return self._collection.find_all(names)

    def identify(
        self, report: RepositoryReport, state: CollectionState | None, deadline: datetime | None = None
    ) -> Identified:
        """Find which repository the report's name leads to, of which this is stored. Raises what the source raises."""
        if state is not None and not state.is_displaced:
            return Identified(evolve(report, repository_id=state.repository.id), state)
        resolved = self._source.resolve(report.name, deadline)
        counted = evolve(report, repository_id=resolved.repository.id, requests=resolved.requests)
        return Identified(counted, resolved=resolved.repository)

    def registered(self, identified: Identified) -> Identified:
        """Register the repository that was asked for, if one was. Raises StorageError.

        Whoever asked for it waits for the store while others wait for GitHub.
        """
        if identified.resolved is None:
            return identified
        return evolve(identified, state=self._collection.register(identified.resolved, identified.report.name))

    def groups(self, identified: Iterable[Identified]) -> list[list[Identified]]:
        """Return what leads to one repository together, in the order of its first name."""
        groups: dict[object, list[Identified]] = {}
        for place, entry in enumerate(identified):
            key = entry.report.repository_id
            groups.setdefault(("unknown", place) if key is None else key, []).append(entry)
        return list(groups.values())

    def target(self, group: list[Identified]) -> Target:
        """Return the repository that all names of the group lead to, with the state to go on from.

        Names asked for in this run tell best what a repository is called today; of several, the first one does. If one
        of them could not be registered, the report says so. Raises what the store raises.
        """
        failed = next((entry.report for entry in group if entry.report.code is not None), group[0].report)
        report = evolve(failed, name=group[0].report.name, requests=sum(entry.report.requests for entry in group))
        if report.code is not None:
            return Target(report, None)
        state = group[0].state
        asked = [(entry.resolved, entry.report.name) for entry in group if entry.resolved is not None]
        if len(asked) > 1:
            for _, name in asked:
                state = self._collection.register(asked[0][0], name)
        return Target(report, state)
