"""What lies behind figures, over HTTP: exact answers of the small world, from every store."""

import base64
from typing import Any

import pytest
from attrs import evolve

from github_tracker.adapters.postgres.database import Database
from github_tracker.domain.api_key import Scope
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


def filled(size: int, empty: object, values: dict[int, object]) -> list[object]:
    """Return a list of this size that is empty but for these places."""
    return [values.get(place, empty) for place in range(size)]


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


def test_cycle_times_are_counted_in_buckets(api: Api) -> None:
    """Plain and weighted, of each team and of what no team earned; whole months only."""
    answer = api.read("/metrics/cycle-times").json
    buckets = [(bucket["from_hours"], bucket["to_hours"]) for bucket in answer["buckets"]]
    assert (buckets[0], buckets[1], buckets[-1], len(buckets)) == ((0, 1), (1, 2), (672, None), 12)
    assert (answer["from"], answer["to"]) == ("2024-01-01", "2024-04-01")
    empty = {"prs_untimed": 0, "withheld_months": []}
    assert [(entry["team"]["name"], entry | {"team": None}) for entry in answer["teams"]] == [
        (
            "Platform",
            {
                **empty,
                "team": None,
                "prs": filled(12, 0, {1: 1, 2: 1, 6: 1}),
                "weighted_prs": filled(12, "0", {1: "0.25", 2: "0.25", 6: "1"}),
            },
        ),
        (
            "apps",
            {
                **empty,
                "team": None,
                "prs": filled(12, 0, {1: 1, 2: 1, 10: 1}),
                "weighted_prs": filled(12, "0", {1: "0.5", 2: "0.5", 10: "1"}),
            },
        ),
    ]
    assert answer["unattributed"] == {
        **empty,
        "prs": filled(12, 0, {1: 1, 2: 1, 9: 1}),
        "weighted_prs": filled(12, "0", {1: "0.25", 2: "0.25", 9: "1"}),
    }


@pytest.mark.parametrize(
    ("query", "told", "prs"),
    [
        ("from=2024-01-01&to=2024-02-01", ("2024-01-01", "2024-02-01"), 2),
        ("from=2024-01-02&to=2024-04-01", ("2024-02-01", "2024-04-01"), 1),
        ("from=2024-01-01&to=2024-03-02", ("2024-01-01", "2024-04-01"), 3),
        ("from=2024-01-02&to=2024-01-20", ("2024-02-01", "2024-02-01"), 0),
        ("to=9999-12-31", ("9990-01-01", "9999-12-31"), 0),
    ],
)
def test_cycle_times_are_those_of_months_whose_first_day_counts(
    api: Api, query: str, told: tuple[str, str], prs: int
) -> None:
    """As lead time has it; the answer says which months they are, and holds no others."""
    answer = api.read(f"/metrics/cycle-times?{query}").json
    assert (answer["from"], answer["to"], sum(answer["teams"][0]["prs"])) == (*told, prs)


def test_allocation_tells_each_size_and_who_changed_it(api: Api) -> None:
    """From the beginning on, in full-time people; somebody who was always there is no change."""
    query = "from=2024-01-01&to=2024-07-01"
    answer = api.read(f"/metrics/team/{api.team_id('Platform')}/allocation?{query}").json
    assert answer["steps"] == [
        {"at": "2024-01-01T00:00:00+00:00", "weight": "1.25", "members": 2},
        {"at": "2024-03-01T00:00:00+00:00", "weight": "2.25", "members": 3},
    ]
    assert answer["changes"] == [
        {
            "at": "2024-03-01T00:00:00+00:00",
            "kind": "joined",
            "login": "bob",
            "weight_before": None,
            "weight_after": "1",
        }
    ]
    left = api.read(f"/metrics/team/{api.team_id('apps')}/allocation?{query}").json["changes"]
    assert [(change["kind"], change["weight_before"], change["weight_after"]) for change in left] == [
        ("left", "1", None)
    ]


@pytest.mark.parametrize("query", ["from=0001-01-01&to=0001-01-02", "from=9999-12-30&to=9999-12-31"])
def test_allocation_can_be_asked_for_at_any_time(api: Api, query: str) -> None:
    """Also at the ends of the calendar."""
    answer = api.read(f"/metrics/team/{api.team_id('Platform')}/allocation?{query}").json
    assert len(answer["steps"]) == 1


@pytest.mark.parametrize("query", ["", "from=2024-01-01", "from=2000-01-01&to=2024-01-01", f"{ALL_DAYS}&limit=1"])
def test_bad_days_of_an_allocation_are_refused(api: Api, query: str) -> None:
    """Both are needed, at most 3660 days apart."""
    assert api.ask(f"/metrics/team/{api.team_id('apps')}/allocation?{query}", api.reader).status == 400


def test_names_are_told_only_to_keys_for_teams(api: Api) -> None:
    """Without teams:read there is no author and no login, and all else is the same."""
    figures_only = api.key(Scope.METRICS_READ)
    for place in (of_team(api, "apps"), f"{UNATTRIBUTED}?{ALL_DAYS}"):
        told, kept = api.read(place), api.ask(place, figures_only)
        assert {entry["author"] for entry in kept.json["pull_requests"]} == {None}
        assert [entry | {"author": None} for entry in told.json["pull_requests"]] == kept.json["pull_requests"]
        assert told.headers["etag"] != kept.headers["etag"]
    place = f"/metrics/team/{api.team_id('Platform')}/allocation?from=2024-01-01&to=2024-07-01"
    told, kept = api.read(place), api.ask(place, figures_only)
    assert [change["login"] for change in kept.json["changes"]] == [None]
    assert kept.json["steps"] == told.json["steps"]
    assert told.headers["etag"] != kept.headers["etag"]
    assert b"bob" not in kept.body


def test_access_tells_what_the_key_is_good_for(api: Api) -> None:
    """Every scope that it opens; teams for a key that is restricted to some."""
    whole = api.read("/access").json
    assert whole == {
        "key_id": api.reader.split("_")[1],
        "scopes": ["metrics:read", "teams:read"],
        "teams": None,
        "min_group_size": None,
    }
    assert api.ask("/access", api.key(Scope.ADMIN)).json["scopes"] == ["metrics:read", "teams:read", "admin"]
    assert api.ask("/access", api.reader_of("apps")).json["teams"] == [
        {"id": api.team_id("apps"), "key": None, "name": "apps"}
    ]
    assert api.ask("/access?x=1", api.reader).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/metrics/team/{apps}/pull-requests?from=2024-01-01&to=2024-12-01",
        "/metrics/unattributed/pull-requests?from=2024-01-01&to=2024-12-01",
        "/metrics/cycle-times",
        "/metrics/team/{apps}/allocation?from=2024-01-01&to=2024-12-01",
    ],
)
def test_client_that_is_up_to_date_gets_nothing(path: str) -> None:
    """304 until something new is stored; HEAD tells the same tag."""
    with memory_api() as api:
        place = path.format(apps=api.team_id("apps"))
        tag = api.read(place).headers["etag"]
        again = api.ask(place, api.reader, If_None_Match=tag)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        head = api.ask(place, api.reader, "HEAD")
        assert (head.status, head.body, head.headers["etag"]) == (200, b"", tag)
        assert api.ask(place, If_None_Match=tag).status == 401
        put_facts(api.store, merged(None, at("2024-02-01"), at("2024-02-02"), number=11))
        assert api.ask(place, api.reader, If_None_Match=tag).status == 200


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
            after = [
                api.ask(place, api.reader, If_None_Match=was.headers["etag"]) for place, was in zip(places, before)
            ]
            assert [reply.status for reply in after] == [200, 200]
            named = [[entry["author"] for entry in reply.json["pull_requests"]] for reply in after]
            assert named[0] == ["forgotten-00000001"] * 2
            assert set(named[1]) == {"forgotten-00000001", "forgotten-00000002"}
            assert {entry["title"] for entry in after[0].json["pull_requests"]} == {None}
            allocation = api.read(f"/metrics/team/{api.team_id('apps')}/allocation?{ALL_DAYS}")
            assert not [reply for reply in (*after, allocation) if b"alice" in reply.body.lower()]


def test_unknown_team_is_not_found(api: Api) -> None:
    """As everywhere."""
    for rest in ("pull-requests", "allocation"):
        assert api.ask(f"/metrics/team/4711/{rest}?{ALL_DAYS}", api.reader).status == 404
        assert api.ask(f"/metrics/team/0/{rest}?{ALL_DAYS}", api.reader).status == 400
