"""Who may see what: every endpoint with every kind of key, and no trace of what is out of reach."""

import pytest
from attrs import evolve

from github_tracker.adapters.postgres.database import Database
from github_tracker.domain.api_key import Scope
from tests.contracts.store import put_roster
from tests.integration.api_world import ROSTER, Api, Reply, memory_api, postgres_api

OPEN = ("/health", "/ready", "/openapi.json", "/docs", "/", "/assets/page.css")
DAYS = "from=2024-01-01&to=2024-12-01"
METRICS = (
    "/metrics/team/{apps}/velocity",
    "/metrics/team/{apps}/lead-time",
    "/metrics/velocity",
    "/metrics/lead-time",
    "/pull-requests/Acme/Widgets/1/attribution",
    "/runs/latest",
    "/metrics/cycle-times",
    f"/metrics/team/{{apps}}/pull-requests?{DAYS}",
    f"/metrics/team/{{apps}}/allocation?{DAYS}",
)
OF_ALL = f"/metrics/unattributed/pull-requests?{DAYS}"
"""Needs metrics:read, and no restriction to teams."""
TEAMS = ("/teams", "/teams/{apps}")
FOREIGN = (
    "/metrics/team/{Platform}/velocity",
    "/metrics/team/{Platform}/lead-time",
    f"/metrics/team/{{Platform}}/pull-requests?{DAYS}",
    f"/metrics/team/{{Platform}}/allocation?{DAYS}",
    "/teams/{Platform}",
)
TRY = {"rule": "merged"}


def placed(api: Api, path: str) -> str:
    """Return the path with the teams' numbers in it."""
    return path.format(apps=api.team_id("apps"), Platform=api.team_id("Platform"))


@pytest.mark.parametrize("path", [*METRICS, *TEAMS, OF_ALL, "/access", "/what-if"])
def test_every_path_but_the_open_ones_needs_a_key(api: Api, path: str) -> None:
    """Without one, with nonsense, and with a key in the query string, which is never looked at."""
    place = placed(api, path)
    method = "POST" if path == "/what-if" else "GET"
    further = "&" if "?" in place else "?"
    refused = [
        api.ask(place, None, method),
        api.ask(place, "nonsense", method),
        api.ask(place, "ght_" + "a" * 70, method),
        api.ask(place, None, method, Authorization="Basic YTpi"),
        api.ask(place, None, method, Authorization="Bearer "),
        api.ask(f"{place}{further}api_key={api.reader}&X-API-Key={api.reader}", None, method),
        api.ask(place, api.reader, method, Authorization=f"Bearer {api.reader_of('apps')}"),
    ]
    assert {reply.status for reply in refused} == {401}
    assert {reply.headers["www-authenticate"] for reply in refused} == {'Bearer realm="github-tracker"'}
    bodies = [reply.json | {"request_id": ""} for reply in refused]
    assert all(body == bodies[0] for body in bodies)


@pytest.mark.parametrize("path", OPEN)
def test_open_paths_need_none(api: Api, path: str) -> None:
    """And take no notice of a wrong one."""
    assert api.ask(path, "nonsense").status == 200


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ((Scope.METRICS_READ,), METRICS),
        ((Scope.TEAMS_READ,), TEAMS),
        ((Scope.METRICS_READ, Scope.TEAMS_READ), (*METRICS, *TEAMS)),
        ((Scope.ADMIN,), (*METRICS, *TEAMS)),
    ],
)
@pytest.mark.parametrize("teams", [None, ("apps",), ("apps", "Platform")])
def test_scope_opens_its_paths_and_no_others(
    api: Api, scopes: tuple[Scope, ...], allowed: tuple[str, ...], teams: tuple[str, ...] | None
) -> None:
    """Whatever teams the key is for, as long as the path's is among them."""
    if Scope.ADMIN in scopes and teams is not None:
        return
    key = api.key(*scopes, teams=teams)
    for path in (*METRICS, *TEAMS):
        assert api.ask(placed(api, path), key).status == (200 if path in allowed else 403), path
        bearer = api.ask(placed(api, path), Authorization=f"bearer {key}")
        assert bearer.status == (200 if path in allowed else 403), path
    is_for_all = teams is None and METRICS[0] in allowed
    assert api.ask(OF_ALL, key).status == (200 if is_for_all else 403)
    assert api.send("/what-if", TRY, key).status == (200 if is_for_all and TEAMS[0] in allowed else 403)
    assert api.ask("/access", key).status == 200


@pytest.mark.parametrize("path", FOREIGN)
def test_another_teams_id_is_not_found(api: Api, path: str) -> None:
    """The answer is that for an id that is nobody's."""
    foreign = api.ask(placed(api, path), api.reader_of("apps"))
    nobodys = api.ask(path.replace("{Platform}", "4711"), api.reader_of("apps"))
    assert (foreign.status, nobodys.status) == (404, 404)
    assert foreign.json | {"request_id": ""} == nobodys.json | {"request_id": ""}
    assert api.ask(placed(api, path), api.reader).status == 200


def test_restricted_key_sees_its_own_teams_only(api: Api) -> None:
    """No other team's name, number, figures or members anywhere, nor any sum that holds them."""
    key = api.reader_of("apps")
    everywhere = [
        *METRICS,
        *TEAMS,
        OF_ALL,
        "/access",
        *(f"/pull-requests/Acme/Widgets/{number}/attribution" for number in range(1, 10)),
    ]
    for path in everywhere:
        for accept in ("application/json", "text/csv"):
            text = api.ask(placed(api, path), key, Accept=accept).body.decode()
            assert "Platform" not in text, path
            assert "platform" not in text, path
            assert "dora" not in text, path
            assert "part_time" not in text, path
    answer = api.ask("/metrics/velocity", key).json
    assert ([entry["team"]["name"] for entry in answer["teams"]], answer["unattributed"]) == (["apps"], None)
    times = api.ask("/metrics/cycle-times", key).json
    assert ([entry["team"]["name"] for entry in times["teams"]], times["unattributed"]) == (["apps"], None)
    for path in ("/metrics/team/{apps}/pull-requests", "/metrics/team/{apps}/allocation"):
        place = placed(api, f"{path}?{DAYS}")
        assert api.ask(place, key).json == api.read(place).json
    own = api.ask(f"/metrics/team/{api.team_id('apps')}/velocity", key).json
    assert own["weeks"] == api.read(f"/metrics/team/{api.team_id('apps')}/velocity").json["weeks"]


def test_what_is_about_all_teams_is_refused_to_a_restricted_key(api: Api) -> None:
    """Before anything that was asked is looked at; a proposal tells of the members of all teams."""
    key = api.reader_of("apps", "Platform")
    replies = [api.ask(OF_ALL, key), api.ask(f"{OF_ALL}&nonsense=1", key), api.send("/what-if", TRY, key)]
    replies.append(api.send("/what-if", ["nonsense"], key))
    assert {(reply.status, reply.json["type"].rpartition(":")[2]) for reply in replies} == {(403, "restricted")}


def test_explanation_for_a_restricted_key_is_its_teams_part(api: Api) -> None:
    """Own shares and memberships; neither rest nor sum, which would tell what the others earned."""
    answer = api.ask("/pull-requests/Acme/Widgets/1/attribution", api.reader_of("apps")).json
    assert answer["shares"] == [{"team": "apps", "weight": "0.5", "before_rounding": "1/2"}]
    assert [entry["team"] for entry in answer["memberships"]] == ["apps"]
    assert answer["stored"] == {"shares": [{"team": "apps", "weight": "0.5"}]}
    assert not {"unattributed", "sum", "sum_before_rounding", "stretches", "found_by"} & answer.keys()


@pytest.mark.parametrize("number", [4, 5, 6, 7, 9])
def test_explanation_out_of_reach_is_not_found(api: Api, number: int) -> None:
    """A former member's, a stranger's, a bot's, another team's: all like one that is not stored."""
    reply = api.ask(f"/pull-requests/Acme/Widgets/{number}/attribution", api.reader_of("apps"))
    assert (reply.status, reply.json["detail"]) == (404, "No such pull request is stored.")


def test_restricted_key_learns_of_the_latest_run_only_that_it_was(api: Api) -> None:
    """Freshness, and neither repositories nor counts."""
    answer = api.ask("/runs/latest", api.reader_of("apps")).json
    assert answer == {
        "started_at": "2024-04-01T00:00:00+00:00",
        "finished_at": "2024-04-01T00:01:00+00:00",
        "outcome": "partial",
    }


def refusals(replies: list[Reply]) -> set[int]:
    """Return the statuses."""
    return {reply.status for reply in replies}


def test_revoked_key_is_refused_like_any_other() -> None:
    """Once it is looked up again; one that was never used, at once."""
    with memory_api() as api:
        key = api.key(Scope.METRICS_READ)
        (kept,) = api.keys.all_keys()
        api.keys.revoke(kept.public_id, kept.created_at)
        assert refusals([api.ask("/runs/latest", key)]) == {401}
        assert api.log[-1]["refusal"] == "revoked"


def test_restricted_key_follows_its_team_when_names_are_swapped(database: Database) -> None:
    """From the very next request on, though the key is remembered for a minute: figures, members and shares."""
    with postgres_api(database) as api:
        key, apps, platform = api.reader_of("apps"), api.team_id("apps"), api.team_id("Platform")
        assert [team["id"] for team in api.ask("/teams", key).json["teams"]] == [apps]
        keyed = evolve(ROSTER, teams=tuple(evolve(team, key=team.key or "apps") for team in ROSTER.teams))
        put_roster(api.store, keyed)
        names = {"apps": "Platform", "Platform": "apps"}
        teams = tuple(evolve(team, name=names[team.name]) for team in keyed.teams)
        memberships = tuple(evolve(entry, team=names[entry.team]) for entry in keyed.memberships)
        put_roster(api.store, evolve(keyed, teams=teams, memberships=memberships))
        assert (api.team_id("Platform"), api.team_id("apps")) == (apps, platform)
        assert [team["id"] for team in api.ask("/teams", key).json["teams"]] == [apps]
        assert [team["team"]["id"] for team in api.ask("/metrics/velocity", key).json["teams"]] == [apps]
        for place in (
            "/teams/{}",
            "/metrics/team/{}/velocity",
            "/metrics/team/{}/lead-time",
            f"/metrics/team/{{}}/pull-requests?{DAYS}",
            f"/metrics/team/{{}}/allocation?{DAYS}",
        ):
            assert [api.ask(place.format(number), key).status for number in (apps, platform)] == [200, 404]
        explained = api.ask("/pull-requests/Acme/Widgets/1/attribution", key).json
        assert explained["shares"] == [{"team": "Platform", "weight": "0.5", "before_rounding": "1/2"}]
