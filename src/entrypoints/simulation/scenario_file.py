"""Scenario files: an organisation, its collector and GitHub's faults, in TOML or JSON, or every reason why not."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from attrs import field, frozen

from github_tracker.adapters.memory import SourceFault
from github_tracker.application.simulation.daily_hours import FixedHours
from github_tracker.application.simulation.history import Pace
from github_tracker.application.simulation.plan import Absence, OrganisationPlan, PlannedBot, PlannedPerson
from github_tracker.domain.errors import InvalidRosterError
from github_tracker.domain.instants import time_zone
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author, Repository
from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.document_text import DocumentForm, decoded, read_text
from github_tracker.entrypoints.simulation.scenario_checks import crossing_misfits
from github_tracker.entrypoints.simulation.scenario_reading import read_document
from github_tracker.entrypoints.simulation.scenario_schema import (
    USUAL_HABITS,
    BotEntry,
    FaultEntry,
    Habits,
    PersonEntry,
    ScenarioDocument,
)

_FIRST_ACCOUNT_ID = 90_000_001
_FIRST_REPOSITORY_ID = 300_000_001


@frozen
class CollectorPlan:
    """When the collector runs, and how fast GitHub answers it."""

    every: timedelta = timedelta(days=1)
    """From the first day on; a last run comes at the end of the last day in any case."""
    deadline: timedelta | None = None
    """How long one run may take."""
    request_time: timedelta = timedelta(seconds=0.5)
    page_size: int = 100


@frozen
class ScenarioFile:
    """What a scenario file says; programs may as well make one themselves."""

    organisation: OrganisationPlan
    policy: AttributionPolicy = field(factory=AttributionPolicy)
    collector: CollectorPlan = field(factory=CollectorPlan)
    faults: tuple[SourceFault, ...] = ()
    seed: int = 1
    """Where whoever runs it names no other."""


def read_scenario_file(path: Path) -> ScenarioFile:
    """Return the scenario that stands in a .json or .toml file.

    Raises BadInputError; a fault of the file itself has the file as its path, one of its content the place in it.
    """
    return parse_scenario(*read_text(path))


def parse_scenario(text: str, form: DocumentForm) -> ScenarioFile:
    """Return the scenario that the text describes. Raises BadInputError with every fault at once."""
    raw = decoded(text, form, "scenario")
    document, misfits = read_document(raw)
    faults = [misfit.fault for misfit in (*misfits, *crossing_misfits(raw))]
    roster = Roster()
    try:
        roster = _roster(document)
    except InvalidRosterError as exc:
        faults.extend(Fault("roster", sentence) for sentence in exc.faults)
    if faults:
        raise BadInputError(faults)
    return _scenario(document, roster)


def _roster(document: ScenarioDocument) -> Roster:
    known = {entry.name for entry in document.teams}
    memberships = (held for person in document.people for held in _memberships(person) if held.team in known)
    return Roster(tuple(entry.team for entry in document.teams), tuple(memberships), document.over_allocation)


def _scenario(document: ScenarioDocument, roster: Roster) -> ScenarioFile:
    zone = document.time_zone or time_zone("UTC")
    collector = document.collector
    return ScenarioFile(
        organisation=_organisation(document, roster, zone),
        policy=AttributionPolicy(document.rule, zone.key, tuple(document.bot_patterns)),
        collector=CollectorPlan(
            collector.every_hours, collector.deadline_minutes, collector.seconds_a_request, collector.page_size
        ),
        faults=tuple(map(_fault, document.faults)),
        seed=document.seed,
    )


def _organisation(document: ScenarioDocument, roster: Roster, zone: ZoneInfo) -> OrganisationPlan:
    accounts: tuple[PersonEntry | BotEntry, ...] = (*document.people, *document.bots)
    ids = dict(zip((entry.username for entry in accounts), _account_ids(accounts), strict=True))
    return OrganisationPlan(
        first_day=document.first_day,
        last_day=document.last_day,
        roster=roster,
        repositories=tuple(
            Repository(_FIRST_REPOSITORY_ID + place, name, "main") for place, name in enumerate(document.repositories)
        ),
        people=tuple(_person(entry, document, zone, ids[entry.username]) for entry in document.people),
        bots=tuple(_bot(entry, document, ids[entry.username]) for entry in document.bots),
        owned=tuple((entry.name, tuple(entry.repositories)) for entry in document.teams),
        holidays=frozenset[date](document.holidays),
    )


def _account_ids(entries: Iterable[PersonEntry | BotEntry]) -> list[int]:
    """Number those who give no id of their own by their place, past the ids that are given."""
    accounts = tuple(entries)
    given = {entry.github_id for entry in accounts}
    free = (number for number in range(_FIRST_ACCOUNT_ID, 2**63) if number not in given)
    return [next(free) if entry.github_id is None else entry.github_id for entry in accounts]


def _person(entry: PersonEntry, document: ScenarioDocument, zone: ZoneInfo, account_id: int) -> PlannedPerson:
    habits = USUAL_HABITS.changed_by(document.habits).changed_by(entry.habits)
    return PlannedPerson(
        author=Author(entry.username, account_id, "User"),
        pull_requests_a_week=float(entry.pull_requests_a_week),
        memberships=tuple(_memberships(entry)),
        first_day=entry.first_day,
        last_day=entry.last_day,
        absences=tuple(Absence(absence.first_day, absence.last_day) for absence in entry.absences),
        zone=entry.time_zone or zone,
        hours=FixedHours(habits.starts_at, habits.ends_at),
        pace=_pace(habits),
    )


def _memberships(entry: PersonEntry) -> Iterable[Membership]:
    for held in entry.memberships:
        yield Membership(
            team=held.team,
            login=entry.username,
            weight=held.allocation_weight,
            joined_at=held.joined_at,
            left_at=held.left_at,
            github_id=entry.github_id,
        )


def _bot(entry: BotEntry, document: ScenarioDocument, account_id: int) -> PlannedBot:
    pace = _pace(USUAL_HABITS.changed_by(document.habits).changed_by(entry.habits))
    author = Author(entry.username, account_id, "Bot")
    return PlannedBot(author, float(entry.pull_requests_a_week), tuple(entry.repositories), pace)


def _pace(habits: Habits) -> Pace:
    return Pace(
        median_hours=(float(habits.cycle_time_hours), float(habits.cycle_time_hours_at_end)),
        spread=float(habits.cycle_time_spread),
        left_open=float(habits.left_open),
        unmerged=float(habits.unmerged),
    )


def _fault(entry: FaultEntry) -> SourceFault:
    return SourceFault(
        repository=entry.repository,
        kind=entry.kind,
        run=entry.run,
        page=entry.page,
        request=entry.request,
        times=entry.times,
        lasts=entry.seconds,
    )
