"""The scenario file: what it says, and what is refused at which place."""

import json
import tomllib
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.adapters.memory import FaultKind, SourceFault
from github_tracker.application.simulation.daily_hours import FixedHours
from github_tracker.application.simulation.history import Pace
from github_tracker.application.simulation.plan import Absence
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.simulation import CollectorPlan, DocumentForm, ScenarioFile, parse_scenario
from tests.unit.examples import at
from tests.unit.scenario_texts import faults_of, person, read, scenario_with

FULL_TOML = """
seed = 7
first_day = 2026-01-05
last_day = "2026-03-29"
time_zone = "Europe/Berlin"
rule = "merged"
over_allocation = "allow"
bot_patterns = ["ci-*"]
holidays = [2026-02-16]
repositories = ["acme/api", "acme/web"]

[habits]
starts_at = 08:00:00
cycle_time_hours = 18
cycle_time_hours_at_end = 12.5

[[teams]]
name = "Platform"
key = "platform"
repositories = ["Acme/API"]

[[teams]]
name = "Web"

[[people]]
username = "ada"
github_id = 90000001
pull_requests_a_week = 2.5
time_zone = "Asia/Kolkata"
memberships = [
    { team = "Platform", allocation_weight = 0.6, left_at = 2026-02-01 },
    { team = "Web", joined_at = 2026-02-01T00:00:00+01:00 },
]
last_day = 2026-03-01
absences = [{ first_day = 2026-01-12, last_day = 2026-01-16 }]
habits = { ends_at = "16:00", cycle_time_hours = 6, unmerged = 0.25, left_open = 0.5, cycle_time_spread = 0 }

[[people]]
username = "bob"
pull_requests_a_week = 0

[[bots]]
username = "renovate[bot]"
pull_requests_a_week = 3
repositories = ["acme/web"]

[collector]
every_hours = 6
deadline_minutes = 0.5
seconds_a_request = 2
page_size = 10

[[faults]]
repository = "acme/api"
kind = "limited"
run = 3
page = 2
times = 4
seconds = 90
"""


@pytest.fixture(scope="module")
def full() -> ScenarioFile:
    """A scenario in which every field is given."""
    return parse_scenario(FULL_TOML, DocumentForm.TOML)


def test_settings_are_read(full: ScenarioFile) -> None:
    """Seed, rule, zone, patterns, the collector's times and GitHub's faults."""
    assert full.seed == 7
    assert full.policy == AttributionPolicy(AttributionRule.MERGED, "Europe/Berlin", ("ci-*",))
    assert full.collector == CollectorPlan(timedelta(hours=6), timedelta(seconds=30), timedelta(seconds=2), 10)
    assert full.faults == (
        SourceFault("acme/api", FaultKind.LIMITED, run=3, page=2, times=4, lasts=timedelta(seconds=90)),
    )


def test_organisation_is_read(full: ScenarioFile) -> None:
    """The period, holidays, repositories and who owns them, and the roster that follows from people."""
    plan = full.organisation
    assert (plan.first_day, plan.last_day) == (date(2026, 1, 5), date(2026, 3, 29))
    assert plan.holidays == {date(2026, 2, 16)}
    assert [repository.full_name for repository in plan.repositories] == ["acme/api", "acme/web"]
    assert plan.owned == (("Platform", ("Acme/API",)), ("Web", ()))
    ada = Membership("Platform", "ada", github_id=90_000_001)
    february = at("2026-02-01")
    assert plan.roster.memberships == (
        evolve(ada, weight=Decimal("0.6"), left_at=february),
        evolve(ada, team="Web", joined_at=at("2026-01-31T23:00")),
    )


def test_person_is_read(full: ScenarioFile) -> None:
    """What a person says goes before the file's habits, and those before the usual ones."""
    ada, bob = full.organisation.people
    assert (ada.author.login, ada.author.id, ada.pull_requests_a_week) == ("ada", 90_000_001, 2.5)
    assert ada.memberships == full.organisation.roster.memberships
    assert ada.zone.key == "Asia/Kolkata"
    assert (ada.first_day, ada.last_day) == (None, date(2026, 3, 1))
    assert ada.absences == (Absence(date(2026, 1, 12), date(2026, 1, 16)),)
    assert ada.hours == FixedHours(time(8), time(16))
    assert ada.pace == Pace((6.0, 6.0), spread=0.0, left_open=0.5, unmerged=0.25)
    assert bob.zone.key == "Europe/Berlin"
    assert bob.hours == FixedHours(time(8), time(17, 30))
    assert bob.pace == Pace((18.0, 12.5), spread=1.15, left_open=0.0, unmerged=0.1)


def test_accounts_get_different_ids(full: ScenarioFile) -> None:
    """Whoever gives none gets one that nobody else has been given."""
    authors = [person.author for person in full.organisation.people]
    authors += [bot.author for bot in full.organisation.bots]
    assert [author.id for author in authors] == [90_000_001, 90_000_002, 90_000_003]
    assert [author.account_type for author in authors] == ["User", "User", "Bot"]


def test_little_is_needed() -> None:
    """Period, repositories, teams and people; all else has a default."""
    scenario = read(scenario_with(people=[]))
    assert scenario.organisation.people == ()
    assert scenario.policy == AttributionPolicy()
    assert scenario.collector == CollectorPlan()
    assert scenario.seed == 1


BAD_FIELDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "seed negative": ({"seed": -1}, "seed", "-1"),
    "seed as text": ({"seed": "1"}, "seed", "'1'"),
    "seed as boolean": ({"seed": True}, "seed", "true"),
    "day that is none": ({"first_day": "2026-02-30"}, "first_day", "'2026-02-30'"),
    "day as instant": ({"first_day": "2026-01-05T00:00Z"}, "first_day", "'2026-01-05T00:00Z'"),
    "day too early": ({"first_day": "1969-12-31"}, "first_day", "'1969-12-31'"),
    "day too late": ({"last_day": "2200-01-01"}, "last_day", "'2200-01-01'"),
    "day as number": ({"last_day": 20260101}, "last_day", "20260101"),
    "end before the beginning": ({"last_day": "2026-01-04"}, "last_day", "'2026-01-04'"),
    "too long": ({"last_day": "2036-02-01"}, "last_day", "'2036-02-01'"),
    "zone unknown": ({"time_zone": "Mars/Olympus"}, "time_zone", "'Mars/Olympus'"),
    "rule unknown": ({"rule": "reviewed"}, "rule", "'reviewed'"),
    "policy unknown": ({"over_allocation": "maybe"}, "over_allocation", "'maybe'"),
    "pattern empty": ({"bot_patterns": [""]}, "bot_patterns[0]", "''"),
    "holidays as text": ({"holidays": "2026-01-06"}, "holidays", "'2026-01-06'"),
    "holiday that is none": ({"holidays": ["2026-01-06", "soon"]}, "holidays[1]", "'soon'"),
    "unknown field": ({"peopel": []}, "peopel", "an empty list"),
    "no repository": ({"repositories": []}, "repositories", "an empty list"),
    "no team": ({"teams": [], "people": []}, "teams", "an empty list"),
    "repository without owner": ({"repositories": ["acme/api", "api"]}, "repositories[1]", "'api'"),
    "repository twice": ({"repositories": ["acme/api", "Acme/Api"]}, "repositories[1]", "'Acme/Api'"),
    "team's unknown repository": (
        {"teams": [{"name": "Platform", "repositories": ["acme/web"]}]},
        "teams[0].repositories[0]",
        "'acme/web'",
    ),
    "team without a name": ({"teams": [{"name": "Platform"}, {"key": "x"}]}, "teams[1].name", "nothing"),
    "hour that is none": ({"habits": {"starts_at": "25:00"}}, "habits.starts_at", "'25:00'"),
    "hour with an offset": ({"habits": {"starts_at": "09:00Z"}}, "habits.starts_at", "'09:00Z'"),
    "hours that end first": (
        {"habits": {"starts_at": "09:00", "ends_at": "09:00"}},
        "habits.ends_at",
        "'09:00'",
    ),
    "cycle time of nothing": ({"habits": {"cycle_time_hours": 0}}, "habits.cycle_time_hours", "0"),
    "more than all unmerged": ({"habits": {"unmerged": 1.5}}, "habits.unmerged", "1.5"),
    "bot without a rate": ({"bots": [{"username": "ci-1"}]}, "bots[0].pull_requests_a_week", "nothing"),
    "bot of a person's name": (
        {"bots": [{"username": "Ada", "pull_requests_a_week": 1}]},
        "bots[0].username",
        "'Ada'",
    ),
    "runs too often": ({"collector": {"every_hours": 0.1}}, "collector.every_hours", "0.1"),
    "pages too large": ({"collector": {"page_size": 101}}, "collector.page_size", "101"),
    "pages of a part": ({"collector": {"page_size": 9.5}}, "collector.page_size", "9.5"),
    "collector as list": ({"collector": [1]}, "collector", "a list of 1"),
    "fault of no kind": ({"faults": [{"repository": "acme/api", "kind": "odd"}]}, "faults[0].kind", "'odd'"),
    "fault elsewhere": (
        {"faults": [{"repository": "acme/web", "kind": "slow"}]},
        "faults[0].repository",
        "'acme/web'",
    ),
    "fault at page and request": (
        {"faults": [{"repository": "acme/api", "kind": "slow", "page": 1, "request": 1}]},
        "faults[0].request",
        "1",
    ),
}

BAD_PEOPLE: dict[str, tuple[dict[str, Any], str, str]] = {
    "login that is none": ({"username": "a b"}, "username", "'a b'"),
    "rate negative": ({"pull_requests_a_week": -1}, "pull_requests_a_week", "-1"),
    "rate beyond belief": ({"pull_requests_a_week": 501}, "pull_requests_a_week", "501"),
    "rate as text": ({"pull_requests_a_week": "5"}, "pull_requests_a_week", "'5'"),
    "unknown team": ({"memberships": [{"team": "Plattform"}]}, "memberships[0].team", "'Plattform'"),
    "weight above one": (
        {"memberships": [{"team": "Platform", "allocation_weight": 2}]},
        "memberships[0].allocation_weight",
        "2",
    ),
    "membership that ends first": (
        {"memberships": [{"team": "Platform", "joined_at": "2026-01-10", "left_at": "2026-01-10"}]},
        "memberships[0].left_at",
        "'2026-01-10'",
    ),
    "last day first": ({"first_day": "2026-01-10", "last_day": "2026-01-09"}, "last_day", "'2026-01-09'"),
    "absence that ends first": (
        {"absences": [{"first_day": "2026-01-10", "last_day": "2026-01-09"}]},
        "absences[0].last_day",
        "'2026-01-09'",
    ),
    "absence for ever": ({"absences": [{"first_day": "2026-01-10"}]}, "absences[0].last_day", "nothing"),
    "begins after all others end": ({"habits": {"starts_at": "18:00"}}, "habits.starts_at", "'18:00'"),
    "zone as number": ({"time_zone": 1}, "time_zone", "1"),
}


@pytest.mark.parametrize(("fields", "path", "found"), BAD_FIELDS.values(), ids=BAD_FIELDS)
def test_bad_field_is_the_one_fault(fields: dict[str, Any], path: str, found: str) -> None:
    """It is named by its place and value, and makes no other one up."""
    assert faults_of(scenario_with(**fields)) == [(path, found)]


@pytest.mark.parametrize(("fields", "path", "found"), BAD_PEOPLE.values(), ids=BAD_PEOPLE)
def test_bad_field_of_a_person_is_the_one_fault(fields: dict[str, Any], path: str, found: str) -> None:
    """It is named by its place and value, and makes no other one up."""
    people = [person(username="bob"), person(**fields)]
    assert faults_of(scenario_with(people=people)) == [(f"people[1].{path}", found)]


def test_roster_of_the_scenario_is_checked() -> None:
    """Who is allocated more than once at an instant is refused as in a roster file (R5)."""
    twice = person(memberships=[{"team": "Platform"}, {"team": "Web", "allocation_weight": 0.5}])
    document = scenario_with(people=[twice], teams=[{"name": "Platform"}, {"name": "Web"}])
    ((path, sentence),) = faults_of(document)
    assert path == "roster"
    assert "'ada' is allocated 1.5 at every instant" in sentence
    assert len(read({**document, "over_allocation": "allow"}).organisation.roster.people) == 1


@pytest.mark.parametrize("missing", ["first_day", "last_day", "repositories", "teams", "people"])
def test_missing_field_is_named(missing: str) -> None:
    """Each of what a scenario cannot be without; references to what is missing are reported with it."""
    document = scenario_with()
    del document[missing]
    assert (missing, "nothing") in faults_of(document)


def test_all_faults_are_told_at_once() -> None:
    """Of single fields, between entries, and of the roster, also where some entries cannot be read."""
    document = scenario_with(
        first_day="soon",
        rule=1,
        teams=[{"name": "Platform", "key": 5}, {"name": "platform"}],
        people=[
            person(),
            person(nickname="x", memberships=[{"team": "Nowhere"}]),
            {"username": "bob", "memberships": [{"team": "Platform", "allocation_weight": 7}], "absences": 3},
        ],
    )
    assert sorted(path for path, _ in faults_of(document)) == [
        "first_day",
        "people[1].memberships[0].team",
        "people[1].nickname",
        "people[1].username",
        "people[2].absences",
        "people[2].memberships[0].allocation_weight",
        "people[2].pull_requests_a_week",
        "roster",
        "rule",
        "teams[0].key",
    ]


@pytest.mark.parametrize("document", [[], 5, None, "text"])
def test_document_of_another_shape_is_one_fault(document: object) -> None:
    """A scenario is an object."""
    assert [path for path, _ in faults_of(document)] == ["scenario"]


@pytest.mark.parametrize(("text", "form"), [("{", DocumentForm.JSON), ("a = ", DocumentForm.TOML)])
def test_broken_text_is_one_fault(text: str, form: DocumentForm) -> None:
    """It names the line, or the end of the file."""
    with pytest.raises(BadInputError, match=f"broken {form.value.upper()}"):
        parse_scenario(text, form)


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 5, 1e300, "", "x", "2026-01-09", "2030-01-01", [], [None], {}, {"x": 1}, ["2026-01-07"], "Web"]
)


def _places(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [at, *(place for step, element in inside for place in _places(element, (*at, step)))] if inside else [at]


def _replaced(value: Any, place: tuple[str | int, ...], junk: object) -> Any:
    if not place:
        return junk
    first, rest = place[0], place[1:]
    if isinstance(value, dict):
        return {**value, first: _replaced(value.get(first), rest, junk)}
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [*value[:first], _replaced(value[first], rest, junk), *value[first + 1 :]]
    return junk


@given(data=st.data())
def test_whatever_stands_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    """Any value in any places: a scenario, or faults with places and what is wanted there, and never another error."""
    document: Any = json.loads(json.dumps(tomllib.loads(FULL_TOML), default=str))
    for _ in range(data.draw(st.integers(1, 6))):
        document = _replaced(document, data.draw(st.sampled_from(_places(document)[1:] or [()])), data.draw(JUNK))
    assert all(fault.path and fault.found for fault in _faults_if_any(document))


def _faults_if_any(document: object) -> tuple[Fault, ...]:
    try:
        read(document)
    except BadInputError as exc:
        return exc.faults
    return ()
