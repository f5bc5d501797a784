"""What lies behind figures, over HTTP: exact answers of the small world, from every store."""

import pytest

from github_tracker.domain.api_key import Scope
from tests.contracts.store import put_facts
from tests.integration.api_world import Api, memory_api
from tests.unit.examples import at, merged

ALL_DAYS = "from=2023-12-25&to=2024-12-01"
UNATTRIBUTED = "/metrics/unattributed/pull-requests"


def of_team(api: Api, name: str, query: str = ALL_DAYS) -> str:
    """Return where a team's pull requests are listed."""
    return f"/metrics/team/{api.team_id(name)}/pull-requests?{query}"


def filled(size: int, empty: object, values: dict[int, object]) -> list[object]:
    """Return a list of this size that is empty but for these places."""
    return [values.get(place, empty) for place in range(size)]


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


def test_unknown_team_is_not_found(api: Api) -> None:
    """As everywhere."""
    for rest in ("pull-requests", "allocation"):
        assert api.ask(f"/metrics/team/4711/{rest}?{ALL_DAYS}", api.reader).status == 404
        assert api.ask(f"/metrics/team/0/{rest}?{ALL_DAYS}", api.reader).status == 400
