"""A small GitHub, one of whose repositories is read in five pages, and runs over it that may be faulted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

from attrs import define, evolve, field, frozen

from github_tracker.adapters.github_rest import GitHubRestSource, RestOptions
from github_tracker.adapters.memory import MemoryClock, MemorySecretStore, MemoryTelemetry
from github_tracker.application.collect import CollectionPlan, CollectPullRequests
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.lead_time import TeamMonth
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, PullRequest, Repository
from github_tracker.domain.roster import Roster
from github_tracker.domain.run_report import RepositoryReport, RunReport
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.secret_store import Secret, SecretName
from tests.contracts.github_source import NOW, fact
from tests.contracts.memory import memory_store
from tests.contracts.store import Figures, Store, contents_of, facts_of, put_roster
from tests.integration.canaries import TOKEN, RecordingSource
from tests.integration.fault_kinds import FaultKind, Phase
from tests.integration.impatience import Impatience
from tests.scripted_faults import meanwhile
from tests.scripted_github import Matches, Request, ScriptedGitHub
from tests.unit.examples import roster_of

FAULTY = Repository(1, "Acme/Faulty", "main")
SOUND = (Repository(2, "Acme/Gadgets", "main"), Repository(3, "Acme/Widgets", "main"))
NAMES = tuple(repository.full_name for repository in (FAULTY, *SOUND))
PAGE_SIZE = 4
PAGES = 5
AUTHORS = ("alice", "bob", "carol")
"""Carol is on no roster."""

ROSTER = roster_of(
    Membership("Apps", "alice", Decimal("0.6")),
    Membership("Web", "alice", Decimal("0.4")),
    Membership("Apps", "bob", Decimal("0.5")),
)


def pull_request(number: int, repository_id: int = FAULTY.id) -> PullRequest:
    """A merged pull request of one of three authors."""
    place = number % len(AUTHORS)
    return evolve(fact(number, repository_id), author=Author(AUTHORS[place], 5 + place, "User"))


def history() -> list[PullRequest]:
    """What is there before the first walk: five pages of the faulty repository, one of each other."""
    sound = [pull_request(number, repository.id) for repository in SOUND for number in (1, 2, 3)]
    return [*map(pull_request, range(1, 19)), *sound]


def changes() -> list[PullRequest]:
    """What comes after it: again five pages, the last of which ends with one that has not changed."""
    changed = [
        evolve(pull_request(number), title=f"Changed {number}", updated_at=NOW + timedelta(minutes=number))
        for number in range(2, 21)
    ]
    return [*changed, pull_request(4, SOUND[0].id)]


@frozen
class Essence:
    """What a store holds, but for the traces of when and how it came there."""

    roster: Roster
    repositories: tuple[tuple[Repository, datetime | None, str | None], ...]
    """Each with its watermark and, if its reading is unfinished, with its cursor."""
    facts: tuple[PullRequest, ...]
    attributions: tuple[Attribution | None, ...]
    figures: Figures


def essence_of(store: Store) -> Essence:
    """Return what the store holds."""
    contents = contents_of(store, NAMES)
    known = [state for state in contents.states if state is not None]
    return Essence(
        roster=contents.in_force.roster,
        repositories=tuple((each.repository, each.checkpoint.watermark, each.checkpoint.cursor) for each in known),
        facts=tuple(found for found, _ in contents.facts),
        attributions=contents.attributions,
        figures=evolve(contents.figures, lead_time=tuple(map(_rounded, contents.figures.lead_time))),
    )


def _rounded(month: TeamMonth) -> TeamMonth:
    """PostgreSQL divides to some twenty digits, the domain exactly."""
    return evolve(
        month,
        weighted_median_lead_time_hours=_rounded_or_none(month.weighted_median_lead_time_hours),
        weighted_p95_lead_time_hours=_rounded_or_none(month.weighted_p95_lead_time_hours),
        effective_prs=_rounded_or_none(month.effective_prs),
    )


def _rounded_or_none(number: Fraction | None) -> Fraction | None:
    return None if number is None else round(number, 9)


class RotatingSecrets(MemorySecretStore):
    """Read past its cache, the token is another one: it was rotated."""

    def reread(self, name: SecretName) -> Secret:
        """Return the new one."""
        return Secret(f"{self.read(name).reveal()}new")


@define
class FaultWorld:
    """A GitHub, a store, and what the runs over them told."""

    github: ScriptedGitHub
    clock: MemoryClock
    store: Store
    telemetry: MemoryTelemetry
    raised: list[Exception]
    reports: list[RunReport]
    impatience: Impatience = field(factory=Impatience)

    def begin(self, phase: Phase) -> None:
        """Bring it to where the phase's reading begins."""
        if phase is Phase.INCREMENT:
            self.run()
            self.clock.sleep(3600)
            self.github.put(*changes())
        self.github.forget_requests()

    def befall(self, kind: FaultKind, matches: Matches, times: int | None) -> None:
        """Let it happen to so many of these requests for the faulty repository; None: to all of them."""
        self.github.on(matches, kind.make(self.github.url), times=times)
        if kind.is_endless:
            self.github.on(matches, meanwhile(lambda: self.impatience.give_up(FAULTY.full_name)), times=times)

    def run(self, deadline: timedelta | None = None) -> RunReport:
        """Collect everything once, as a process of its own would."""
        secrets = RotatingSecrets({SecretName.GITHUB_TOKEN: Secret(TOKEN)})
        options = RestOptions(self.github.url, page_size=PAGE_SIZE)
        source = GitHubRestSource(options, secrets, self.clock, self.telemetry)
        with self.impatience.over(RecordingSource(source, self.raised)) as watched:
            return self._run(watched, deadline)

    def _run(self, source: GitHubSource, deadline: timedelta | None) -> RunReport:
        collect = CollectPullRequests(
            source,
            self.store.rosters,
            self.store.metrics,
            self.store.collection,
            self.store.reports,
            self.clock,
            self.telemetry,
        )
        ends_at = None if deadline is None else self.clock.now() + deadline
        self.reports.append(collect(CollectionPlan(NAMES, concurrency=2, deadline=ends_at)))
        return self.reports[-1]

    def clean_run(self) -> RunReport:
        """Collect everything once more, an hour later and with nothing in the way any more."""
        self.github.end_faults()
        self.clock.sleep(3600)
        return self.run()


@contextmanager
def fault_world(store: Store) -> Iterator[FaultWorld]:
    """Give a world with its history, of which nothing is collected yet."""
    put_roster(store, ROSTER)
    clock = MemoryClock(NOW)
    with ScriptedGitHub(clock) as github:
        for repository in (FAULTY, *SOUND):
            github.put_repository(repository)
        github.put(*history())
        yield FaultWorld(github, clock, store, MemoryTelemetry(), [], [])


@cache
def faultless(phase: Phase) -> Essence:
    """Return what a store holds after the phase's reading and one more run, with no fault at all."""
    return essence_without_faults(lambda world: world.begin(phase))


def essence_without_faults(prepare: Callable[[FaultWorld], object]) -> Essence:
    """Return what an in-memory store holds when the world was prepared and then collected twice."""
    with fault_world(memory_store()) as world:
        prepare(world)
        world.run()
        world.clean_run()
        return essence_of(world.store)


def report_on(report: RunReport, name: str = FAULTY.full_name) -> RepositoryReport:
    """Return what the run says of one repository."""
    (found,) = (entry for entry in report.repositories if entry.name == name)
    return found


def is_of(repository: Repository, request: Request) -> bool:
    """Whether the request is for this repository, by name or by id."""
    paths = (f"/repos/{repository.full_name}", f"/repositories/{repository.id}")
    return any(request.path in (path, f"{path}/pulls") for path in paths)


def unseen_before_watermark(world: FaultWorld) -> list[int]:
    """Return the pull requests that GitHub serves, that the watermark has passed, and that are not stored so."""
    state = world.store.collection.find(FAULTY.full_name)
    if state is None or state.checkpoint.watermark is None:
        return []
    stored = {found.number: found for found in facts_of(world.store, state.repository)}
    return [
        served.number
        for served in world.github.pull_requests(FAULTY.id)
        if served.updated_at < state.checkpoint.watermark and stored.get(served.number) != served
    ]
