"""Figures of few people are withheld (MIN_GROUP_SIZE): so is what lies behind them, and how much of it there is."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from github_tracker.application.report import Discretion
from github_tracker.domain.api_key import Scope
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, PullRequest
from tests.contracts.store import put_facts, put_roster
from tests.integration.api_world import Api, Reply, memory_api
from tests.unit.examples import at, merged, roster_of

ROSTER = roster_of(
    *(Membership("apps", login) for login in ("alice", "bob", "carl")),
    *(Membership("Platform", login) for login in ("dora", "emil", "fred")),
)


def on(day: str, number: int, *logins: str) -> list[PullRequest]:
    """Return what these people merged on a day."""
    instant = at(day)
    return [merged(Author(login), instant, instant, number + place) for place, login in enumerate(logins)]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """The small world, and weeks of many people, but for those of the 8th of January and of the 20th of February."""
    with memory_api(discretion=Discretion(3)) as made:
        put_roster(made.store, ROSTER)
        many = ("alice", "bob", "carl", "dora", "emil", "fred", "stranger", "another", "third")
        facts = [
            *on("2024-01-02", 100, *many),
            *on("2024-01-08", 200, "alice", "dora", "emil", "fred", "stranger"),
            *on("2024-01-10", 250, "alice", "dora"),
            *on("2024-01-16", 300, *many),
            *on("2024-02-20", 400, "alice", "dora"),
        ]
        put_facts(made.store, *facts)
        yield made


def listed(api: Api, query: str, team: str | None = "apps") -> Reply:
    """Return a list of everything that merged in the time."""
    place = "/metrics/unattributed" if team is None else f"/metrics/team/{api.team_id(team)}"
    return api.read(f"{place}/pull-requests?{query}")


def numbers(reply: Reply) -> list[int]:
    """Return the numbers of the pull requests in a list."""
    return [entry["number"] for entry in reply.json["pull_requests"]]


def test_pull_requests_of_withheld_weeks_are_left_out(api: Api) -> None:
    """On every day of them, also those on which nothing merged; the answer says so."""
    found = listed(api, "from=2024-01-15&to=2024-01-22")
    assert (numbers(found), found.json["is_withheld"]) == ([300, 301, 302, 2], False)
    for query in ("from=2024-01-08&to=2024-01-15", "from=2024-01-14&to=2024-01-15", "from=2024-02-20&to=2024-02-21"):
        found = listed(api, query)
        assert (numbers(found), found.json["next"], found.json["is_withheld"]) == ([], None, True), query
    assert listed(api, "from=2024-01-08&to=2024-01-15").json["min_group_size"] == 3


def test_withheld_month_is_left_out_of_a_longer_list(api: Api) -> None:
    """Of February nothing is told, though it was asked for together with January."""
    found = listed(api, "from=2024-01-01&to=2024-03-01")
    assert numbers(found) == [1, 100, 101, 102, 300, 301, 302, 2]
    assert found.json["is_withheld"]


@pytest.mark.parametrize("team", ["apps", "Platform", None])
def test_pages_tell_neither_how_much_is_withheld_nor_where(api: Api, team: str | None) -> None:
    """Each page is full, save the last; what begins the next one was told itself."""
    days = "from=2024-01-01&to=2024-03-01"
    whole, after, sizes = numbers(listed(api, days, team)), "", []
    found = []
    for _ in range(20):
        page = listed(api, f"{days}&limit=1{after}", team)
        found += numbers(page)
        sizes.append(len(numbers(page)))
        if page.json["next"] is None:
            break
        after = f"&after={page.json['next']}"
    assert found == whole
    assert len(whole) > 1
    assert sizes == [1] * len(whole)


def test_second_team_and_the_rest_are_withheld_with_the_one(api: Api) -> None:
    """Else the difference to all that merged would tell."""
    week = "from=2024-01-08&to=2024-01-15"
    velocity = {entry["team"]["name"]: entry["weeks"] for entry in api.read(f"/metrics/velocity?{week}").json["teams"]}
    for team in ("apps", "Platform"):
        assert velocity[team][0]["is_withheld"] == listed(api, week, team).json["is_withheld"]
        assert numbers(listed(api, week, team)) == []


def test_what_is_listed_is_what_velocity_tells(api: Api) -> None:
    """Week by week, of every team: the same sum, or neither."""
    for team in ("apps", "Platform"):
        number = api.team_id(team)
        for week in api.read(f"/metrics/team/{number}/velocity?from=2024-01-01&to=2024-01-29").json["weeks"]:
            monday = date.fromisoformat(week["week"])
            found = listed(api, f"from={monday}&to={monday + timedelta(days=7)}", team)
            assert len(numbers(found)) == (week["prs_merged"] or 0)
            assert found.json["is_withheld"] == week["is_withheld"]


def test_distribution_names_the_months_that_it_leaves_out(api: Api) -> None:
    """Those that lead time withholds; nothing of them is in the buckets."""
    answer = api.read("/metrics/cycle-times?from=2024-01-01&to=2024-03-01").json
    months = {
        entry["team"]["name"]: [month["month"] for month in entry["months"] if month["is_withheld"]]
        for entry in api.read("/metrics/lead-time?from=2024-01-01&to=2024-03-01").json["teams"]
    }
    told = {entry["team"]["name"]: entry["withheld_months"] for entry in answer["teams"]}
    assert told == months == {"apps": ["2024-02-01"], "Platform": ["2024-02-01"]}
    assert [sum(entry["prs"]) for entry in answer["teams"]] == [10, 11]
    assert answer["min_group_size"] == 3


def test_proposal_is_refused_to_every_key(api: Api) -> None:
    """Before it is read: its figures would not be withheld."""
    for key in (api.reader, api.key(Scope.ADMIN)):
        for fields in ({"rule": "merged"}, ["nonsense"]):
            reply = api.send("/what-if", fields, key)
            assert (reply.status, reply.json["type"].rpartition(":")[2]) == (403, "withheld")
            assert "MIN_GROUP_SIZE" in reply.json["detail"]


def test_access_tells_the_least_group(api: Api) -> None:
    """So that a page need not ask for what it will not get."""
    assert api.read("/access").json["min_group_size"] == 3
