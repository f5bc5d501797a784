"""The pull requests behind figures, over HTTP: exact answers of the small world, page by page."""

import base64
from typing import Any

import pytest
from attrs import evolve

from github_tracker.adapters.postgres.database import Database
from github_tracker.domain.forgetting import Forgetting
from github_tracker.domain.pull_request import Author
from github_tracker.entrypoints.api.application import ApiOptions
from github_tracker.ports.forgotten_authors import ForgettingOrder
from tests.contracts.store import put_facts
from tests.integration.api_world import NO_LIMITS, Api, memory_api, postgres_api
from tests.unit.examples import at, merged

ALL_DAYS = "from=2023-12-25&to=2024-12-01"
UNATTRIBUTED = "/metrics/unattributed/pull-requests"


def of_team(api: Api, name: str, query: str = ALL_DAYS) -> str:
    """Return where a team's pull requests are listed."""
    return f"/metrics/team/{api.team_id(name)}/pull-requests?{query}"


def numbers(answer: Any) -> list[int]:
    """Return the numbers of the pull requests in a list."""
    return [entry["number"] for entry in answer["pull_requests"]]


def test_list_of_a_team_tells_what_each_pull_request_gave_it(api: Api) -> None:
    """Field by field; the one that is open, and the bot's, are not in it."""
    answer = api.read(of_team(api, "apps")).json
    assert numbers(answer) == [1, 3, 2]
    assert answer["pull_requests"][2] == {
        "repository": "Acme/Widgets",
        "number": 2,
        "title": None,
        "url": "https://github.com/Acme/Widgets/pull/2",
        "author": "bob",
        "created_at": "2024-01-01T00:00:00+00:00",
        "merged_at": "2024-01-17T23:59:59+00:00",
        "cycle_time_hours": 407.999722,
        "weight": "1",
        "reasons": [],
    }
    assert [entry["weight"] for entry in answer["pull_requests"]] == ["0.5", "0.5", "1"]
    assert (answer["metric"], answer["rule"], answer["time_zone"], answer["roster_version"]) == (
        *("pull-requests", "created", "UTC"),
        1,
    )
    assert answer["team"] == {"id": api.team_id("apps"), "key": None, "name": "apps"}
    assert (answer["from"], answer["to"], answer["next"], answer["is_withheld"]) == (
        *("2023-12-25", "2024-12-01"),
        *(None, False),
    )


def test_list_of_no_team_tells_why(api: Api) -> None:
    """All that was left of each, with its reasons."""
    answer = api.read(f"{UNATTRIBUTED}?{ALL_DAYS}").json
    told = [(entry["number"], entry["weight"], entry["reasons"]) for entry in answer["pull_requests"]]
    assert told == [(1, "0.25", ["part_time"]), (6, "1", ["unknown_login"]), (3, "0.25", ["part_time"])]
    assert answer["team"] is None


@pytest.mark.parametrize(
    ("query", "apps", "rest"),
    [
        ("from=2024-01-01&to=2024-01-08", [1], [1]),
        ("from=2024-01-08&to=2024-01-09", [3], [6, 3]),
        ("from=2024-01-02&to=2024-01-08", [], []),
        ("from=2024-01-17&to=2024-01-18", [2], []),
        ("from=9999-12-30&to=9999-12-31", [], []),
        ("from=0001-01-01&to=0001-01-02", [], []),
        (f"{ALL_DAYS}&least_hours=0", [1, 3, 2], [1, 6, 3]),
        (f"{ALL_DAYS}&least_hours=1&below_hours=3", [1], [1]),
        (f"{ALL_DAYS}&least_hours=3&below_hours=4", [3], [3]),
        (f"{ALL_DAYS}&below_hours=1", [], []),
        (f"{ALL_DAYS}&least_hours=168", [2], [6]),
        (f"{ALL_DAYS}&least_hours=1000000", [], []),
    ],
)
def test_days_and_hours_of_lists_are_half_open(api: Api, query: str, apps: list[int], rest: list[int]) -> None:
    """The first counts, the last does not."""
    assert numbers(api.read(of_team(api, "apps", query)).json) == apps
    assert numbers(api.read(f"{UNATTRIBUTED}?{query}").json) == rest


@pytest.mark.parametrize("size", [1, 2, 3, 200])
def test_pages_give_the_same_as_all_at_once(api: Api, size: int) -> None:
    """Each is as long as was asked for, save the last one, which leads nowhere."""
    for place in (of_team(api, "apps"), f"{UNATTRIBUTED}?{ALL_DAYS}"):
        whole = api.read(place).json["pull_requests"]
        page = api.read(f"{place}&limit={size}").json
        found = page["pull_requests"]
        while page["next"] is not None:
            assert len(page["pull_requests"]) == size
            page = api.read(f"{place}&limit={size}&after={page['next']}").json
            found += page["pull_requests"]
        assert found == whole


def token(text: str) -> str:
    """Return a text as tokens are written."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "%00",
        "%C3%BC",
        token("nonsense"),
        token("2024-01-01T00:00:00+00:00 1"),
        token("2024-01-01T00:00:00+00:00 1 0"),
        token("2024-01-01T00:00:00+00:00 1 9223372036854775808"),
        token("2024-13-01T00:00:00+00:00 1 1"),
        token("2024-01-01T00:00:00.000000 1 1"),
        token("0001-01-01T00:00:00+14:00 1 1"),
        token("2024-01-01T00:00:00+01:00 1 1"),
        token("2024-01-01T00:00:00+00:00 1 1 1"),
        token("[" * 1400),
        token('["2024-01-01T00:00:00+00:00", true, 1]'),
        token("2024-01-01T00:00:00+00:00 1 1") + "=",
    ],
)
def test_forged_token_is_refused(api: Api, forged: str) -> None:
    """Whatever stands in it: it is not one that was given out."""
    reply = api.ask(f"{UNATTRIBUTED}?{ALL_DAYS}&after={forged}", api.reader)
    assert (reply.status, [fault["name"] for fault in reply.json["errors"]]) == (400, ["after"])


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "from"),
        ("from=2024-01-01", "to"),
        ("from=2024-01-01&to=2025-01-02", "to"),
        ("from=2024-01-01&to=2024-01-01", "to"),
        (f"{ALL_DAYS}&limit=0", "limit"),
        (f"{ALL_DAYS}&limit=201", "limit"),
        (f"{ALL_DAYS}&limit=01", "limit"),
        (f"{ALL_DAYS}&limit=1e1", "limit"),
        (f"{ALL_DAYS}&least_hours=-1", "least_hours"),
        (f"{ALL_DAYS}&least_hours=1000001", "least_hours"),
        (f"{ALL_DAYS}&least_hours=1.5", "least_hours"),
        (f"{ALL_DAYS}&below_hours=0", "below_hours"),
        (f"{ALL_DAYS}&least_hours=2&below_hours=2", "below_hours"),
        (f"{ALL_DAYS}&page=2", "page"),
    ],
)
def test_bad_query_of_a_list_is_refused_by_name(api: Api, query: str, name: str) -> None:
    """A list is of at most 366 days, and of at most 200 pull requests at once."""
    for place in (of_team(api, "apps", query), f"{UNATTRIBUTED}?{query}"):
        reply = api.ask(place, api.reader)
        assert reply.status == 400, place
        assert name in [fault["name"] for fault in reply.json["errors"]]
    assert api.ask(f"{UNATTRIBUTED}?from=2024-01-01&to=2025-01-01&limit=200", api.reader).status == 200


def test_tag_of_a_list_follows_everything_that_was_asked_for(api: Api) -> None:
    """Days, hours, length and page."""
    place = of_team(api, "apps")
    after = api.read(f"{place}&limit=1").json["next"]
    further = ("", "&limit=1", "&least_hours=1", "&below_hours=1", f"&limit=1&after={after}")
    places = [of_team(api, "Platform"), of_team(api, "apps", "from=2024-01-01&to=2024-12-01")]
    tags = {api.read(one).headers["etag"] for one in [*places, *(place + more for more in further)]}
    assert len(tags) == 7


def test_pull_requests_are_linked_to_where_people_look() -> None:
    """On an Enterprise Server, that is."""
    options = ApiOptions(NO_LIMITS.rate_per_minute, NO_LIMITS.address_rate_per_minute, web_url="https://ghe.example")
    with memory_api(options) as api:
        links = [entry["url"] for entry in api.read(of_team(api, "apps")).json["pull_requests"]]
        assert links[0] == "https://ghe.example/Acme/Widgets/pull/1"


FORGETTING = Forgetting(logins=(("alice", "forgotten-00000001"), ("stranger", "forgotten-00000002")), ids=())


def test_forgotten_authors_are_pseudonyms_and_what_has_no_title_has_none(database: Database) -> None:
    """Also for who has the list from before: its tag is another one."""
    for made in (memory_api(), postgres_api(database)):
        with made as api:
            one = merged(Author("alice"), at("2024-02-01"), at("2024-02-02"), number=11)
            put_facts(api.store, evolve(one, title="<b>Alice's</b>"), evolve(one, number=12))
            places = [of_team(api, "apps", "from=2024-02-01&to=2024-03-01"), f"{UNATTRIBUTED}?{ALL_DAYS}"]
            before = [api.read(place) for place in places]
            titles = [entry["title"] for entry in before[0].json["pull_requests"]]
            assert titles == ["<b>Alice's</b>", None]
            version = api.store.rosters.in_force().version
            api.store.forgotten.forget(ForgettingOrder(FORGETTING, version, "tests", at("2024-07-01")))
            tags = ", ".join(reply.headers["etag"] for reply in before)
            after = [api.ask(place, api.reader, If_None_Match=tags) for place in places]
            assert [reply.status for reply in after] == [200, 200]
            named = [[entry["author"] for entry in reply.json["pull_requests"]] for reply in after]
            assert named[0] == ["forgotten-00000001"] * 2
            assert set(named[1]) == {"forgotten-00000001", "forgotten-00000002"}
            assert {entry["title"] for entry in after[0].json["pull_requests"]} == {None}
            allocation = api.read(f"/metrics/team/{api.team_id('apps')}/allocation?{ALL_DAYS}")
            assert not [reply for reply in (*after, allocation) if b"alice" in reply.body.lower()]
