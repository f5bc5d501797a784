"""Scenarios as they run: the same every time, nothing lost, and what the file says is what happens."""

from datetime import date, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from github_tracker.adapters.memory import FaultKind, SourceFault
from github_tracker.application.simulation.organisation import simulate_plan
from github_tracker.application.simulation.unfolding import seen_at
from github_tracker.domain.lead_time import monthly_lead_time
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.pull_request import PullRequest, PullRequestState
from github_tracker.domain.run_report import Outcome, RunOutcome
from github_tracker.domain.velocity import unattributed_velocity, weekly_velocity
from github_tracker.entrypoints.simulation import CollectorPlan, ScenarioFile, SimulationResult, run_scenario
from tests.unit.examples import at
from tests.unit.scenario_texts import person, read, scenario_with

WEEKDAYS_AWAY = {"first_day": "2026-01-12", "last_day": "2026-01-16"}
TWO_TEAMS = [{"name": "Platform", "repositories": ["acme/api"]}, {"name": "Web", "repositories": ["acme/web"]}]
TWO_REPOSITORIES = ["acme/api", "acme/web"]
MOVED_AT = "2026-01-19"
MOVE = [{"team": "Platform", "left_at": MOVED_AT}, {"team": "Web", "joined_at": MOVED_AT}]

PINNED_COUNT = 139
PINNED_DIGEST = "d05d24077077aef5cced1720e58d52d643fcb6b80c1b38d18fbfb7d59c944bcc"


def scenario_of(*people: dict[str, Any], **fields: Any) -> ScenarioFile:
    """Return a scenario of these people in two teams with a repository each, collected twice a day in small pages."""
    collector = {"every_hours": 12, "page_size": 5}
    return read(
        scenario_with(
            people=list(people), teams=TWO_TEAMS, repositories=TWO_REPOSITORIES, **{"collector": collector, **fields}
        )
    )


USUAL = scenario_of(
    person(pull_requests_a_week=12),
    person(username="bob", memberships=MOVE, pull_requests_a_week=8),
    person(username="cleo", memberships=[{"team": "Web", "allocation_weight": 0.4}], time_zone="Asia/Tokyo"),
    person(username="dan", memberships=[]),
    bots=[{"username": "renovate[bot]", "pull_requests_a_week": 6}],
)


@cache
def usual_result() -> SimulationResult:
    """Return what becomes of the usual scenario, simulated once."""
    return run_scenario(USUAL)


def opened_by(result: SimulationResult, login: str) -> list[PullRequest]:
    """Return what that account opened."""
    return [one for one in result.truth.pull_requests if one.author is not None and one.author.login == login]


def test_same_scenario_and_seed_give_the_same_result() -> None:
    """In every value, the times of the runs included."""
    assert run_scenario(USUAL, seed=3) == run_scenario(USUAL, seed=3)


def test_result_is_the_same_on_every_machine() -> None:
    """Whatever Python, platform and hash seed; the digest changes only with what is generated, on purpose."""
    result = run_scenario(USUAL, seed=3)
    assert len(result.truth.pull_requests) == PINNED_COUNT
    assert result.digest == PINNED_DIGEST


def test_another_seed_gives_another_result() -> None:
    """Without one, the scenario's own decides."""
    assert run_scenario(USUAL, seed=4).digest != run_scenario(USUAL, seed=3).digest
    assert run_scenario(evolve(USUAL, seed=3)) == run_scenario(USUAL, seed=3)


def test_figures_are_those_of_the_truth() -> None:
    """What the read side answers follows from what was generated, without a detour over the collector."""
    result = usual_result()
    assert result.missing == ()
    assert result.velocity.weeks == weekly_velocity(result.attributions, "UTC")
    assert result.velocity.unattributed == unattributed_velocity(result.attributions, "UTC")
    assert result.lead_time.months == monthly_lead_time(result.attributions, "UTC")
    assert {(line.number, line.team, line.weight) for line in result.shares} == {
        (entry.pull_request.number, share.team, share.weight) for entry in result.attributions for share in entry.shares
    }


def test_last_run_comes_at_the_end_of_the_last_day() -> None:
    """Others come as often as is said; nothing happens after the last."""
    result = run_scenario(evolve(USUAL, collector=CollectorPlan(every=timedelta(days=10))))
    days = [run.started_at for run in result.runs]
    assert days == [at("2026-01-15"), at("2026-01-25"), at("2026-02-02")]
    assert all(one.updated_at < at("2026-02-02") for one in result.truth.pull_requests)


def test_interval_that_divides_the_period_makes_no_run_twice() -> None:
    """The last of them is the one at the end."""
    result = run_scenario(evolve(USUAL, collector=CollectorPlan(every=timedelta(days=14))))
    assert [run.started_at for run in result.runs] == [at("2026-01-19"), at("2026-02-02")]


def test_away_person_opens_nothing() -> None:
    """On no day of an absence or a holiday, and neither on a weekend, though on days before and after."""
    ada = person(pull_requests_a_week=40, absences=[WEEKDAYS_AWAY])
    result = run_scenario(scenario_of(ada, holidays=["2026-01-06"]))
    days = {one.created_at.date() for one in opened_by(result, "ada")}
    away = {date(2026, 1, 12) + timedelta(days=days) for days in range(5)}
    assert days & (away | {date(2026, 1, 6)}) == set()
    assert {date(2026, 1, 9), date(2026, 1, 19)} <= days
    assert all(day.weekday() < 5 for day in days)


def test_absence_changes_nothing_else() -> None:
    """Everybody draws from a stream of their own: what one does not open while away is all that is missing."""
    present, absent = (
        run_scenario(scenario_of(person(absences=absences), person(username="bob")))
        for absences in ([], [WEEKDAYS_AWAY])
    )
    week = date(2026, 1, 12).isocalendar().week
    kept = [one for one in opened_by(present, "ada") if one.created_at.isocalendar().week != week]
    assert [one.created_at for one in opened_by(absent, "ada")] == [one.created_at for one in kept]
    assert [one.merged_at for one in opened_by(absent, "bob")] == [one.merged_at for one in opened_by(present, "bob")]


def test_somebody_who_moves_is_credited_to_the_old_team_before_and_the_new_one_after() -> None:
    """The instant of the move parts them, and the work follows into the new team's repository."""
    result = run_scenario(scenario_of(person(memberships=MOVE, pull_requests_a_week=30)))
    moved_at, repositories = at(MOVED_AT), {one.id: one.full_name for one in result.truth.repositories}
    credited = {
        (entry.pull_request.created_at < moved_at, repositories[entry.pull_request.repository_id], share.team)
        for entry in result.attributions
        for share in entry.shares
    }
    assert credited == {(True, "acme/api", "Platform"), (False, "acme/web", "Web")}
    assert result.conservation.lost == 0


def test_somebody_works_while_a_membership_holds() -> None:
    """Unless the file says from when to when, whatever the roster says."""
    window = [{"team": "Web", "joined_at": "2026-01-12", "left_at": "2026-01-23"}]
    by_roster = person(memberships=window, pull_requests_a_week=30)
    by_days = person(username="bob", memberships=window, pull_requests_a_week=30, first_day="2026-01-07")
    result = run_scenario(scenario_of(by_roster, by_days))
    assert {one.created_at.date().isoformat() for one in opened_by(result, "ada")} == {
        f"2026-01-{day}" for day in (12, 13, 14, 15, 16, 19, 20, 21, 22)
    }
    days = [one.created_at.date() for one in opened_by(result, "bob")]
    assert (min(days), max(days)) == (date(2026, 1, 7), date(2026, 1, 30))
    assert {unattributed.reason.value for unattributed in result.velocity.unattributed} == {
        "joined_later",
        "left_before",
    }


def test_habits_decide_the_hours_and_the_outcome() -> None:
    """Local working hours, in the person's zone; nothing merges of somebody whose pull requests are all closed."""
    habits = {"starts_at": "10:00", "ends_at": "14:00", "unmerged": 1, "cycle_time_hours": 1}
    tokyo = person(habits=habits, time_zone="Asia/Tokyo", pull_requests_a_week=30)
    found = opened_by(run_scenario(scenario_of(tokyo)), "ada")
    assert len(found) > 60
    assert all(time(1) <= one.created_at.time() < time(5) for one in found)
    assert all(time(1) <= one.closed_at.time() < time(5) for one in found if one.closed_at is not None)
    assert {one.state for one in found} <= {PullRequestState.CLOSED, PullRequestState.OPEN}


def test_rate_is_met_on_average() -> None:
    """Ten a week over fifty weeks are five hundred, give or take four standard deviations."""
    scenario = scenario_of(person(pull_requests_a_week=10), last_day="2026-12-20", collector={"every_hours": 9000})
    assert 500 - 4 * 500**0.5 < len(simulate_plan(scenario.organisation, seed=1).pull_requests) < 500 + 4 * 500**0.5


def test_bot_stays_where_it_is_switched_on_and_out_of_the_figures() -> None:
    """It works on weekends too, and default figures leave it out (R11)."""
    bot = {"username": "ci-1", "pull_requests_a_week": 30, "repositories": ["acme/web"]}
    result = run_scenario(scenario_of(bots=[bot], bot_patterns=["ci-*"]))
    found = opened_by(result, "ci-1")
    names = {one.id: one.full_name for one in result.truth.repositories}
    assert {names[one.repository_id] for one in found} == {"acme/web"}
    assert {one.created_at.weekday() for one in found} == set(range(7))
    assert (result.velocity.weeks, result.velocity.unattributed) == ((), ())


def with_fault(kind: FaultKind, **fields: Any) -> ScenarioFile:
    """Return the usual scenario with one fault of the repository acme/api, and with a deadline for each run."""
    collector = evolve(USUAL.collector, deadline=timedelta(minutes=5))
    return evolve(USUAL, collector=collector, faults=(SourceFault("Acme/API", kind, **fields),))


FAULTS = {
    "server error": ({"kind": FaultKind.TRANSIENT, "run": 30, "page": 1}, Outcome.FAILED, "transient"),
    "server error in a walk": ({"kind": FaultKind.TRANSIENT, "run": 15, "request": 2}, Outcome.FAILED, "transient"),
    "rate limit": (
        {"kind": FaultKind.LIMITED, "run": 30, "lasts": timedelta(hours=1)},
        Outcome.DEFERRED,
        "limited",
    ),
    "gone": ({"kind": FaultKind.UNAVAILABLE, "run": 30}, Outcome.FAILED, "unavailable"),
    "refused": ({"kind": FaultKind.UNAUTHORISED, "run": 30}, Outcome.FAILED, "unauthorised"),
    "nonsense": ({"kind": FaultKind.MALFORMED, "run": 30}, Outcome.FAILED, "malformed"),
    "so slow that the deadline comes": (
        {"kind": FaultKind.SLOW, "run": 15, "page": 1, "lasts": timedelta(minutes=6)},
        Outcome.DEFERRED,
        "deadline",
    ),
}


@pytest.mark.parametrize(("fault", "outcome", "code"), FAULTS.values(), ids=FAULTS)
def test_store_after_a_fault_and_a_clean_run_is_as_without(fault: dict[str, Any], outcome: Outcome, code: str) -> None:
    """The run says what happened; nothing of it is left in facts, shares and rests."""
    result = run_scenario(with_fault(**fault))
    (hit,) = [entry for entry in result.runs[fault["run"] - 1].repositories if entry.name == "acme/api"]
    assert (hit.outcome, hit.code) == (outcome, code)
    assert result.runs[-1].outcome is RunOutcome.COMPLETE
    assert result.attributions == usual_result().attributions


def test_rate_limit_that_ends_before_the_deadline_is_waited_for() -> None:
    """Time passes, and the run is complete."""
    result = run_scenario(with_fault(FaultKind.LIMITED, run=30, lasts=timedelta(minutes=2)))
    run = result.runs[29]
    assert run.outcome is RunOutcome.COMPLETE
    assert run.finished_at - run.started_at > timedelta(minutes=2)


def test_fault_that_lasts_to_the_end_is_told() -> None:
    """What the store lacks is then the repository that never answered."""
    result = run_scenario(with_fault(FaultKind.UNAVAILABLE, times=1000))
    ids = {one.full_name: one.id for one in result.truth.repositories}
    assert {repository_id for repository_id, _ in result.missing} == {ids["acme/api"]}
    assert result.runs[-1].outcome is RunOutcome.PARTIAL
    assert result.conservation.holds


def test_what_a_collector_sees_in_between_unfolds_in_order() -> None:
    """Not there, then open, then merged, then as it is at last; nothing is told before it happens."""
    pull_requests = usual_result().truth.pull_requests
    one = next(one for one in pull_requests if one.merged_at is not None and one.updated_at > one.merged_at)
    assert one.merged_at is not None
    second = timedelta(seconds=1)
    assert seen_at(one, one.created_at - second) is None
    fresh = seen_at(one, one.merged_at - second)
    assert fresh is not None
    assert fresh.state is PullRequestState.OPEN
    assert (fresh.merged_at, fresh.closed_at, fresh.merge_commit) == (None, None, None)
    assert seen_at(one, one.merged_at) == evolve(one, updated_at=one.merged_at)
    assert seen_at(one, one.updated_at) == one


def _people() -> st.SearchStrategy[list[dict[str, Any]]]:
    weights = st.decimals("0", "0.5", places=6).map(float)
    days = st.integers(6, 30).map(lambda day: f"2026-01-{day:02}")
    membership = st.fixed_dictionaries(
        {"team": st.sampled_from(["Platform", "Web"]), "allocation_weight": weights},
        optional={"joined_at": days},
    )
    memberships = st.lists(membership, max_size=2, unique_by=lambda entry: str(entry["team"]))
    rates = st.integers(0, 15)
    one = st.builds(lambda held, rate: person(memberships=held, pull_requests_a_week=rate), memberships, rates)
    people = st.lists(one, max_size=4)
    return people.map(lambda found: [{**entry, "username": f"p{place}"} for place, entry in enumerate(found)])


@settings(max_examples=15)
@given(
    people=_people(), rule=st.sampled_from(AttributionRule), seed=st.integers(0, 2**32), kind=st.sampled_from(FaultKind)
)
def test_nothing_is_lost_or_made_up(
    people: list[dict[str, Any]], rule: AttributionRule, seed: int, kind: FaultKind
) -> None:
    """Whoever works where, under whatever rule and fault: shares and rests are the merged pull requests (R6)."""
    faults = [{"repository": "acme/web", "kind": kind.value, "run": 2}]
    scenario = scenario_of(*people, rule=rule.value, faults=faults, collector={"every_hours": 200, "page_size": 3})
    result = run_scenario(scenario, seed)
    merged = [one for one in result.truth.pull_requests if one.merged_at is not None]
    assert result.missing == ()
    assert result.conservation.merged == len(merged)
    assert result.conservation.earned + result.conservation.lost == Decimal(len(merged))
