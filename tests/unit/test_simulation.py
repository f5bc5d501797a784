"""The simulated organisation: everything it promises, on the demo's own figures and at the published scale."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import mean, median

import pytest
from attrs import evolve

from github_tracker.application.simulation.organisation import SimulatedOrganisation, simulate
from github_tracker.application.simulation.scenario import PUBLISHED_SCALE, Scenario
from github_tracker.application.simulation.working_time import working_time
from github_tracker.domain.attribution import attribute
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import start_of_day
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import PullRequest, PullRequestState

DEMO = Scenario()
GITHUB_LOGIN = re.compile(r"(?!.*--)[A-Za-z0-9][A-Za-z0-9-]{0,37}[A-Za-z0-9](\[bot\])?")


@pytest.fixture(scope="module")
def demo() -> SimulatedOrganisation:
    """Return the demo's organisation."""
    return simulate(DEMO)


@pytest.fixture(scope="module")
def large() -> SimulatedOrganisation:
    """Return an organisation of the published scale."""
    return simulate(PUBLISHED_SCALE)


@pytest.fixture(params=["demo", "large"])
def organisation(request: pytest.FixtureRequest) -> SimulatedOrganisation:
    """Return the demo's organisation and the large one in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, SimulatedOrganisation)
    return found


def people_with(organisation: SimulatedOrganisation, *weights: str) -> list[tuple[Membership, ...]]:
    """Return the memberships of people whose entries have exactly these weights, in any order."""
    wanted = sorted(map(Decimal, weights))
    return [
        person.memberships
        for person in organisation.roster.people
        if sorted(held.weight for held in person.memberships) == wanted
    ]


def logins_on_github(organisation: SimulatedOrganisation) -> set[str]:
    """Return the logins of all authors as GitHub spells them."""
    return {one.author.login for one in organisation.pull_requests if one.author is not None}


def by_repository(organisation: SimulatedOrganisation) -> Iterator[list[PullRequest]]:
    """Yield each repository's pull requests."""
    for repository in organisation.repositories:
        yield [one for one in organisation.pull_requests if one.repository_id == repository.id]


def test_same_scenario_gives_the_same_organisation(demo: SimulatedOrganisation) -> None:
    """Nothing but the scenario decides, so a second simulation equals the first in every value."""
    assert simulate(Scenario()) == demo


def test_another_seed_gives_another_organisation_of_the_same_size(demo: SimulatedOrganisation) -> None:
    """The seed decides on people and pull requests, not on how many there are."""
    other = simulate(evolve(DEMO, seed=DEMO.seed + 1))
    assert other.roster != demo.roster
    assert other.pull_requests != demo.pull_requests
    assert len(other.pull_requests) == len(demo.pull_requests)
    assert len(other.roster.people) == len(demo.roster.people)


def test_demo_has_the_figures_that_documents_quote(demo: SimulatedOrganisation) -> None:
    """5 teams, 28 people, 6 repositories and 900 pull requests; a change here changes what documents say."""
    states = Counter(one.state for one in demo.pull_requests)
    assert len(demo.roster.teams) == 5
    assert len(demo.roster.people) == 28
    assert len(demo.repositories) == 6
    assert len(demo.pull_requests) == 900
    assert states == {PullRequestState.MERGED: 787, PullRequestState.CLOSED: 71, PullRequestState.OPEN: 42}


def test_published_scale_is_met_exactly(large: SimulatedOrganisation) -> None:
    """10 teams list 100 people each, and 50 differently named repositories hold 10,000 pull requests."""
    members = defaultdict(set)
    for held in large.roster.memberships:
        members[held.team].add(held.login)
    assert [len(logins) for logins in members.values()] == [100] * 10
    assert len({repository.full_name for repository in large.repositories}) == 50
    assert len({repository.id for repository in large.repositories}) == 50
    assert len({one.key for one in large.pull_requests}) == 10_000
    assert all(any(pull_requests) for pull_requests in by_repository(large))


@pytest.mark.parametrize("teams", [1, 2, 3, 12, 25])
@pytest.mark.parametrize("members", [1, 2, 3, 8])
def test_each_team_lists_as_many_people_as_the_scenario_says(teams: int, members: int) -> None:
    """Whoever stands in two teams counts in both, for any number of teams and members, and so do names."""
    scenario = Scenario(teams=teams, members_per_team=members, repositories=2 * teams + 1, pull_requests=1)
    organisation = simulate(scenario)
    listed = defaultdict(set)
    for held in organisation.roster.memberships:
        listed[held.team].add(held.login.lower())
    assert {team.name: members for team in organisation.roster.teams} == {
        team: len(logins) for team, logins in listed.items()
    }
    assert len({repository.full_name for repository in organisation.repositories}) == scenario.repositories


def test_repository_names_differ_even_where_they_run_out() -> None:
    """Names of fields and teams come again with a number, so no two repositories share one."""
    names = [one.full_name for one in simulate(Scenario(teams=23, repositories=400, pull_requests=1)).repositories]
    assert len(set(names)) == 400


def test_impossible_scenarios_are_refused() -> None:
    """A scenario without people, or too short for anything to happen, names what is wrong with it."""
    with pytest.raises(InvalidValueError, match="teams: wanted a whole number of at least 1, found 0"):
        Scenario(teams=0)
    with pytest.raises(InvalidValueError, match="last_day: wanted a day at least 28 days after 2026-01-05"):
        Scenario(last_day=date(2026, 2, 1))


@pytest.mark.parametrize("seed", range(5))
def test_shortest_scenario_still_works(seed: int) -> None:
    """Four weeks over the turn of a year leave room for joining, moving and leaving."""
    first_day = date(2025, 12, 20)
    scenario = Scenario(seed, first_day, first_day + timedelta(days=28), members_per_team=30, pull_requests=300)
    assert len(simulate(scenario).pull_requests) == 300


def test_somebody_moves_between_teams_without_a_gap(organisation: SimulatedOrganisation) -> None:
    """The window in the old team ends at the instant at which the one in the new team begins."""
    moves = [
        (old, new)
        for pair in people_with(organisation, "1", "1")
        for old in pair
        for new in pair
        if old.team != new.team and old.left_at is not None and old.left_at == new.joined_at
    ]
    assert len(moves) >= 3


@pytest.mark.parametrize("weights", [("0.5", "0.5"), ("0.6", "0.4"), ("0.8",), ("0",)])
def test_somebody_splits_works_part_time_or_manages(
    organisation: SimulatedOrganisation, weights: tuple[str, ...]
) -> None:
    """Halves, sixty to forty, four days a week, and belonging without credit all occur."""
    found = people_with(organisation, *weights)
    assert found
    assert all(len({held.team for held in memberships}) == len(weights) for memberships in found)


def test_somebody_joins_leaves_and_does_both(organisation: SimulatedOrganisation) -> None:
    """Windows that open late, close early, or do both occur among people of one team."""
    single = [person.memberships[0] for person in organisation.roster.people if len(person.memberships) == 1]
    windows = {(held.joined_at is not None, held.left_at is not None) for held in single}
    assert windows == {(False, False), (True, False), (False, True), (True, True)}


def test_renamed_person_is_found_by_the_alias_alone(demo: SimulatedOrganisation) -> None:
    """Pull requests from before and after the rename carry both logins, and the roster knows no numeric id."""
    renamed = [person for person in demo.roster.people if person.memberships[0].aliases]
    assert len(renamed) == 1
    assert renamed[0].github_id is None
    used = {login.lower() for login in logins_on_github(demo)}
    assert renamed[0].login_keys == used & renamed[0].login_keys
    assert len(renamed[0].login_keys) == 2


def test_some_logins_differ_from_the_roster_in_letter_case(demo: SimulatedOrganisation) -> None:
    """Somebody is spelled otherwise on the roster than on GitHub, without a numeric id to help out."""
    entries = {held.login.lower(): held for held in demo.roster.memberships}
    differing = [
        entry
        for login in logins_on_github(demo)
        if (entry := entries.get(login.lower())) is not None and entry.login != login
    ]
    assert any(entry.github_id is None for entry in differing)
    assert len(differing) < len(entries) / 4


def test_every_reason_for_a_rest_occurs(organisation: SimulatedOrganisation) -> None:
    """Unknown logins, late joiners, leavers, managers, part-timers and ghosts all leave something unattributed."""
    credits = [attribute(one, organisation.roster, AttributionRule.CREATED) for one in organisation.pull_requests]
    assert {rest.reason for credit in credits for rest in credit.rest} == set(RestReason)


@pytest.mark.parametrize("rule", list(AttributionRule))
def test_attribution_of_everything_conserves(organisation: SimulatedOrganisation, rule: AttributionRule) -> None:
    """Shares and rest of every simulated pull request are exactly 1 under every rule (R6)."""
    for pull_request in organisation.pull_requests:
        credit = attribute(pull_request, organisation.roster, rule)
        weights = [share.weight for share in credit.shares] + [rest.weight for rest in credit.rest]
        assert sum(weights, Decimal(0)) == 1


def test_every_team_earns_a_substantial_part(demo: SimulatedOrganisation) -> None:
    """No team's charts are empty: each earns at least 60 merged pull requests."""
    earned: Counter[str] = Counter()
    for one in demo.pull_requests:
        if one.merged_at is not None:
            earned.update(share.team for share in attribute(one, demo.roster, AttributionRule.CREATED).shares)
    assert len(earned) == 5
    assert min(earned.values()) >= 60


def test_rules_disagree_about_somebody(demo: SimulatedOrganisation) -> None:
    """Somebody's pull request is under way during a change, so that the three rules are worth comparing."""
    credits = {rule: [attribute(one, demo.roster, rule) for one in demo.pull_requests] for rule in AttributionRule}
    assert credits[AttributionRule.CREATED] != credits[AttributionRule.MERGED]
    assert credits[AttributionRule.CREATED] != credits[AttributionRule.EFFORT]


def test_bots_are_there_and_recognised(organisation: SimulatedOrganisation) -> None:
    """Both bots open pull requests under their own numeric ids, and nobody else is taken for a bot."""
    policy = AttributionPolicy()
    bots = {one.author for one in organisation.pull_requests if policy.is_bot(one.author, organisation.roster)}
    assert {(bot.login, bot.id, bot.account_type) for bot in bots if bot is not None} == {
        ("dependabot[bot]", 49699333, "Bot"),
        ("renovate[bot]", 29139614, "Bot"),
    }


def test_ghosts_and_outsiders_are_few(demo: SimulatedOrganisation) -> None:
    """A deleted account's pull requests have no author; outsiders stand on no roster and are no members."""
    policy = AttributionPolicy()
    ghosts = [one for one in demo.pull_requests if one.author is None]
    outsiders = [
        one
        for one in demo.pull_requests
        if one.author is not None
        and demo.roster.person_of(one.author) is None
        and not policy.is_bot(one.author, demo.roster)
    ]
    assert len(ghosts) == 9
    assert len(outsiders) == 45
    assert {one.author_association for one in outsiders} <= {"CONTRIBUTOR", "NONE", "FIRST_TIME_CONTRIBUTOR"}


def test_logins_and_ids_are_ones_that_github_could_give(organisation: SimulatedOrganisation) -> None:
    """Logins have GitHub's form, and numeric ids of accounts and pull requests are nobody else's."""
    authors = {one.author for one in organisation.pull_requests if one.author is not None}
    assert [author.login for author in authors if not GITHUB_LOGIN.fullmatch(author.login)] == []
    logins_of = defaultdict(set)
    for author in authors:
        assert author.id is not None
        logins_of[author.id].add(author.login)
    former = {alias for held in organisation.roster.memberships for alias in held.aliases}
    assert all(len(logins - former) <= 1 for logins in logins_of.values())
    assert len({one.github_id for one in organisation.pull_requests}) == len(organisation.pull_requests)


def test_numbers_grow_with_time_and_leave_gaps_for_issues(organisation: SimulatedOrganisation) -> None:
    """In each repository a later pull request has a greater number, and issues have taken some between."""
    for pull_requests in by_repository(organisation):
        assert all(one.number < other.number for one, other in pairwise(pull_requests))
        assert all(one.created_at <= other.created_at for one, other in pairwise(pull_requests))
    assert any(
        other.number > one.number + 1
        for pull_requests in by_repository(organisation)
        for one, other in pairwise(pull_requests)
    )


def test_instants_follow_each_other_inside_the_scenario(organisation: SimulatedOrganisation) -> None:
    """Created, then closed, then last updated, all in whole seconds between first and last day, then observed."""
    begins_at, ends_at = start_of_day(DEMO.first_day), start_of_day(DEMO.last_day + timedelta(days=1))
    for one in organisation.pull_requests:
        instants = [one.created_at, *filter(None, (one.merged_at, one.closed_at)), one.updated_at]
        assert begins_at <= one.created_at
        assert instants == sorted(instants)
        assert one.updated_at < ends_at == one.observed_at
        assert all(instant.microsecond == 0 for instant in instants)


def test_drafts_are_open_or_closed_and_merged_ones_have_a_commit(organisation: SimulatedOrganisation) -> None:
    """Nothing merges as a draft; what merged has a commit of its own, and nothing else has."""
    drafts = Counter(one.state for one in organisation.pull_requests if one.is_draft)
    assert set(drafts) == {PullRequestState.OPEN, PullRequestState.CLOSED}
    merged = {one.merge_commit for one in organisation.pull_requests if one.state is PullRequestState.MERGED}
    others = {one.merge_commit for one in organisation.pull_requests if one.state is not PullRequestState.MERGED}
    assert all(re.fullmatch("[0-9a-f]{40}", commit or "") for commit in merged)
    assert others == {None}


def test_weekends_and_holidays_are_quiet(organisation: SimulatedOrganisation) -> None:
    """Days off are nearly a third of all days and see less than one merge in thirty, though not none."""
    time = working_time(DEMO.first_day, DEMO.last_day)
    days = [DEMO.first_day + timedelta(days=days) for days in range((DEMO.last_day - DEMO.first_day).days + 1)]
    merges = [one.merged_at.date() for one in organisation.pull_requests if one.merged_at is not None]
    assert sum(map(time.is_day_off, days)) / len(days) > 0.29
    assert 0 < sum(map(time.is_day_off, merges)) / len(merges) < 1 / 30


@pytest.mark.parametrize(
    "day", ["2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2024-04-01", "2025-04-18"]
)
def test_holidays_are_the_known_ones(day: str) -> None:
    """Good Friday, Easter Monday, Ascension and Whit Monday follow Easter; the day before is none of them."""
    time = working_time(date(2024, 1, 1), date(2026, 12, 31))
    holiday = date.fromisoformat(day)
    assert time.is_day_off(holiday)
    assert holiday - timedelta(days=1) not in time.holidays


def test_work_follows_the_clocks_of_several_zones(large: SimulatedOrganisation) -> None:
    """People of Asia begin while those of America sleep: staff are active early and late, and mostly by day."""
    hours = Counter(one.created_at.hour for one in large.pull_requests if one.author_association == "MEMBER")
    total = hours.total()
    assert sum(hours[hour] for hour in range(3, 6)) / total > 0.02
    assert sum(hours[hour] for hour in range(18, 22)) / total > 0.05
    assert sum(hours[hour] for hour in range(7, 18)) / total > 0.6
    assert sum(hours[hour] for hour in (23, 0, 1)) / total < 0.03


def test_cycle_times_have_a_long_tail(organisation: SimulatedOrganisation) -> None:
    """The mean lies well above the median, some take weeks and some minutes, as in real repositories."""
    hours = [one.cycle_time_seconds / 3600 for one in organisation.pull_requests if one.cycle_time_seconds is not None]
    assert mean(hours) > 1.5 * median(hours)
    assert max(hours) > 14 * 24
    assert min(hours) < 1


def test_teams_differ_in_speed(demo: SimulatedOrganisation) -> None:
    """The slowest team's median cycle time is at least twice the fastest one's."""
    seconds = defaultdict(list)
    for one in demo.pull_requests:
        if one.cycle_time_seconds is not None:
            for share in attribute(one, demo.roster, AttributionRule.CREATED).shares:
                seconds[share.team].append(one.cycle_time_seconds)
    medians = [median(values) for values in seconds.values()]
    assert max(medians) >= 2 * min(medians)


def test_titles_branches_and_labels_vary(demo: SimulatedOrganisation) -> None:
    """Most titles stand once, some hold letters beyond ASCII, and branches and labels are of several kinds."""
    titles = [one.title or "" for one in demo.pull_requests]
    assert len(set(titles)) > 0.7 * len(titles)
    assert 10 < sum(not title.isascii() for title in titles) < 90
    assert all(one.head_branch and one.head_branch.isascii() for one in demo.pull_requests)
    assert {one.base_branch for one in demo.pull_requests} == {"main", "master", "release/2026.1"}
    assert {len(one.labels) for one in demo.pull_requests} >= {0, 1, 2}
    assert len({label for one in demo.pull_requests for label in one.labels}) >= 10
