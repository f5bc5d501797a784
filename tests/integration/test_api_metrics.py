"""The figures over HTTP: the same in every form, from every store, and for nobody else."""

import re
from decimal import Decimal

import pytest

from github_tracker.application.report import Discretion
from github_tracker.domain.api_key import Scope
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author
from github_tracker.domain.run_report import RunOutcome, RunReport
from tests.contracts.store import put_facts, put_roster
from tests.integration.api_world import ROSTER, Api, memory_api
from tests.unit.examples import at, merged


def test_weeks_without_merges_are_there_as_zeros(api: Api) -> None:
    """Every Monday of the range, with nothing counted and no hours."""
    path = f"/metrics/team/{api.team_id('apps')}/velocity?from=2023-12-25&to=2024-01-23"
    answer = api.read(path).json
    empty = {
        "prs_merged": 0,
        "prs_timed": 0,
        "avg_cycle_time_hours": None,
        "weighted_prs_merged": "0",
        "weighted_avg_cycle_time_hours": None,
        "is_withheld": False,
    }
    one = {**empty, "prs_merged": 1, "prs_timed": 1}
    assert answer["weeks"] == [
        {"week": "2023-12-25", **empty},
        {
            "week": "2024-01-01",
            **one,
            "avg_cycle_time_hours": 1.0,
            "weighted_prs_merged": "0.5",
            "weighted_avg_cycle_time_hours": 1.0,
        },
        {
            "week": "2024-01-08",
            **one,
            "avg_cycle_time_hours": 3.0,
            "weighted_prs_merged": "0.5",
            "weighted_avg_cycle_time_hours": 3.0,
        },
        {
            "week": "2024-01-15",
            **one,
            "avg_cycle_time_hours": 407.999722,
            "weighted_prs_merged": "1",
            "weighted_avg_cycle_time_hours": 407.999722,
        },
        {"week": "2024-01-22", **empty},
    ]


def test_months_without_merges_are_there_as_zeros(api: Api) -> None:
    """Every first of a month in the range; without bounds, from the first to the last with figures."""
    answer = api.read(f"/metrics/team/{api.team_id('Platform')}/lead-time").json
    assert [(month["month"], month["prs_merged"], month["median_lead_time_hours"]) for month in answer["months"]] == [
        ("2024-01-01", 2, 2.0),
        ("2024-02-01", 0, None),
        ("2024-03-01", 1, 24.0),
    ]
    assert answer["months"][0]["weighted_prs_merged"] == "0.5"
    assert answer["months"][0]["effective_prs"] == 2.0
    assert (answer["from"], answer["to"]) == ("2024-01-01", "2024-03-02")


def test_answer_says_how_to_read_it(api: Api) -> None:
    """Rule, definition in words, time zone, roster version, freshness."""
    answer = api.read(f"/metrics/team/{api.team_id('apps')}/lead-time?from=2024-01-01&to=2024-02-01").json
    assert answer["team"] == {"id": api.team_id("apps"), "key": None, "name": "apps"}
    assert (answer["metric"], answer["rule"], answer["time_zone"]) == ("lead-time", "created", "UTC")
    assert (answer["roster_version"], answer["collected_at"]) == (1, "2024-04-01T00:01:00+00:00")
    assert (answer["from"], answer["to"], answer["min_group_size"]) == ("2024-01-01", "2024-02-01", None)
    assert answer["definition"].startswith("Pull-request cycle time, from created to merged")
    assert (
        answer["rule_definition"] == "The teams that the author belonged to when the pull request was opened earn it."
    )


def test_all_teams_and_the_rest_add_up(api: Api) -> None:
    """Shares and rest together are the merged pull requests, bots left out (R6, R11)."""
    answer = api.read("/metrics/velocity").json
    assert [entry["team"]["name"] for entry in answer["teams"]] == ["Platform", "apps"]
    earned = sum(Decimal(week["weighted_prs_merged"]) for entry in answer["teams"] for week in entry["weeks"])
    left = sum(Decimal(rest["weighted_prs_merged"]) for rest in answer["unattributed"])
    assert (earned, left) == (Decimal("3.5"), Decimal("1.5"))
    assert {len(entry["weeks"]) for entry in answer["teams"]} == {11}
    reasons = [(rest["week"], rest["reason"]) for rest in answer["unattributed"]]
    assert reasons == [("2024-01-01", "part_time"), ("2024-01-08", "part_time"), ("2024-01-08", "unknown_login")]


def test_months_of_all_teams_and_the_rest_add_up(api: Api) -> None:
    """As the weeks do; the month in which nothing was left is not among the rests."""
    answer = api.read("/metrics/lead-time").json
    earned = sum(Decimal(month["weighted_prs_merged"]) for entry in answer["teams"] for month in entry["months"])
    left = [(month["month"], month["prs_merged"], month["weighted_prs_merged"]) for month in answer["unattributed"]]
    assert (earned, left) == (Decimal("3.5"), [("2024-01-01", 3, "1.5")])
    assert answer["unattributed"][0]["p95_lead_time_hours"] is not None
    assert api.ask("/metrics/lead-time", api.reader_of("apps")).json["unattributed"] is None


@pytest.mark.parametrize("metric", ["velocity", "lead-time"])
def test_csv_holds_the_same_as_json(api: Api, metric: str) -> None:
    """Row by row, of one team and of all."""
    periods = "weeks" if metric == "velocity" else "months"
    of_all = api.read(f"/metrics/{metric}").json
    rows = api.read(f"/metrics/{metric}", Accept="text/csv").rows
    wanted = [(entry["team"], period) for entry in of_all["teams"] for period in entry[periods]]
    told = [row for row in rows if row["team"]]
    assert len(told) == len(wanted)
    for row, (team, period) in zip(told, wanted, strict=True):
        assert (row["team_id"], row["team"]) == (str(team["id"]), team["name"])
        assert_same(row, period)
    rests = [row for row in rows if not row["team"]]
    for row, rest in zip(rests, of_all.get("unattributed") or [], strict=True):
        assert_same(row, rest)
    for entry in of_all["teams"]:
        number = entry["team"]["id"]
        query = f"from={of_all['from']}&to={of_all['to']}"
        alone = api.read(f"/metrics/team/{number}/{metric}?{query}").json
        assert alone[periods] == entry[periods]
        lines = api.read(f"/metrics/team/{number}/{metric}?{query}", Accept="text/csv").rows
        for row, period in zip(lines, alone[periods], strict=True):
            assert row["team"] == entry["team"]["name"]
            assert_same(row, period)


def assert_same(row: dict[str, str], fields: dict[str, object]) -> None:
    """Compare a line of CSV with an object of JSON."""
    for name, value in fields.items():
        match value:
            case None:
                assert row[name] == ""
            case bool():
                assert row[name] == str(value).lower()
            case float():
                assert row[name] == f"{value:.6f}"
            case _:
                assert row[name] == str(value)


def test_csv_is_given_only_where_it_is_preferred(api: Api) -> None:
    """JSON where both are as welcome, or neither."""
    kinds = {
        accept: api.read("/metrics/velocity", Accept=accept).headers["content-type"].partition(";")[0]
        for accept in ("text/csv", "text/*", "application/json", "*/*", "text/csv;q=0.5, */*;q=0.1", "image/png", "")
    }
    assert kinds == {
        "text/csv": "text/csv",
        "text/*": "text/csv",
        "application/json": "application/json",
        "*/*": "application/json",
        "text/csv;q=0.5, */*;q=0.1": "text/csv",
        "image/png": "application/json",
        "": "application/json",
    }
    csv = api.read("/metrics/velocity", Accept="text/csv")
    assert (csv.headers["x-attribution-rule"], csv.headers["x-time-zone"]) == ("created", "UTC")


def test_client_that_is_up_to_date_gets_nothing(api: Api) -> None:
    """304 without a body; each form, range and reach has a tag of its own."""
    path = f"/metrics/team/{api.team_id('apps')}/velocity"
    first = api.read(path)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    assert "X-API-Key" in first.headers["vary"]
    again = api.ask(path, api.reader, If_None_Match=f'"other", {tag}')
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    others = [
        api.read(path, Accept="text/csv"),
        api.read(f"{path}?from=2024-01-01"),
        api.read("/metrics/velocity"),
        api.ask(path, api.reader_of("apps")),
    ]
    assert len({tag, *(other.headers["etag"] for other in others)}) == 5
    assert api.ask(path, api.reader, If_None_Match="*").status == 200


def test_unauthenticated_client_learns_nothing_from_a_tag(api: Api) -> None:
    """The key comes first."""
    path = f"/metrics/team/{api.team_id('apps')}/velocity"
    tag = api.read(path).headers["etag"]
    assert api.ask(path, If_None_Match=tag).status == 401


def test_explanation_is_that_of_the_command_line(api: Api) -> None:
    """Whole, for a key without restriction; names of repositories are taken without case."""
    answer = api.read("/pull-requests/acme/widgets/1/attribution").json
    assert (answer["repository"], answer["number"], answer["is_as_stored"]) == ("Acme/Widgets", 1, True)
    assert answer["shares"] == [
        {"team": "Platform", "weight": "0.25", "before_rounding": "1/4"},
        {"team": "apps", "weight": "0.5", "before_rounding": "1/2"},
    ]
    assert [rest["weight"] for rest in answer["unattributed"]] == ["0.25"]
    assert answer["sum"] == "1"
    assert api.ask("/pull-requests/acme/widgets/5/attribution", api.reader).status == 404
    assert api.ask("/pull-requests/acme/nothing/1/attribution", api.reader).status == 404


def test_teams_come_with_members_and_their_windows(api: Api) -> None:
    """As the roster in force says it."""
    teams = api.read("/teams").json["teams"]
    assert [(team["name"], team["key"], team["is_listed"]) for team in teams] == [
        ("Platform", "platform", True),
        ("apps", None, True),
    ]
    team = api.read(f"/teams/{api.team_id('apps')}").json
    assert team["description"] == "Ünïcode <b>& more</b>"
    assert [
        (member["login"], member["weight"], member["joined_at"], member["left_at"]) for member in team["members"]
    ] == [
        ("alice", "0.5", None, None),
        ("bob", "1", "2023-01-01T00:00:00+00:00", "2024-03-01T00:00:00+00:00"),
    ]


def test_latest_run_is_told(api: Api) -> None:
    """With every repository, for a key without restriction."""
    answer = api.read("/runs/latest").json
    assert (answer["outcome"], answer["finished_at"]) == ("partial", "2024-04-01T00:01:00+00:00")
    assert [entry["name"] for entry in answer["repositories"]] == ["Acme/Widgets", "Acme/Gone"]


def test_whoever_asks_for_nothing_secret_needs_no_key(api: Api) -> None:
    """Health, readiness and the documentation."""
    assert api.ask("/health").json == {"status": "alive"}
    assert api.ask("/ready").json == {"status": "ready"}
    assert api.ask("/openapi.json").json["openapi"] == "3.1.0"
    page = api.ask("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    text = page.body.decode()
    assert "<script" not in text
    assert "src=" not in text
    assert "url(" not in text
    # Examples quote addresses as text; what could be followed or loaded stays here.
    assert all(target.startswith(("#", "/")) for target in re.findall(r'href="([^"]*)"', text))


def changed(api: Api, path: str) -> str:
    """Return the present tag of a path."""
    return api.read(path).headers["etag"]


def test_tag_changes_with_every_run_page_and_roster() -> None:
    """And with nothing else: looking again leaves it as it was."""
    with memory_api() as api:
        path = "/metrics/velocity"
        tags = [changed(api, path)]
        assert changed(api, path) == tags[0]
        put_facts(api.store, merged(Author("dora"), at("2024-02-01"), at("2024-02-02"), number=11))
        tags.append(changed(api, path))
        api.store.collection.record_run(RunReport(at("2024-05-01"), at("2024-05-02"), RunOutcome.COMPLETE, 1, ()))
        tags.append(changed(api, path))
        put_roster(api.store, ROSTER, AttributionPolicy(AttributionRule.MERGED))
        tags.append(changed(api, path))
        assert len(set(tags)) == 4


def test_figures_of_few_people_are_withheld() -> None:
    """Their rows stand without figures, in both forms; the sum with the others tells nothing."""
    with memory_api(discretion=Discretion(2)) as api:
        answer = api.read(f"/metrics/team/{api.team_id('Platform')}/velocity?from=2024-01-01&to=2024-01-08").json
        assert answer["min_group_size"] == 2
        (week,) = answer["weeks"]
        assert week["is_withheld"]
        assert {value for name, value in week.items() if name not in ("week", "is_withheld")} == {None}
        rows = api.read("/metrics/velocity", Accept="text/csv").rows
        assert {row["prs_merged"] for row in rows if row["is_withheld"] == "true"} == {""}


def test_scope_is_needed_besides_the_key(api: Api) -> None:
    """One for figures, one for who belongs where; admin is good for both."""
    metrics, teams, admin = (api.key(scope) for scope in (Scope.METRICS_READ, Scope.TEAMS_READ, Scope.ADMIN))
    paths = {"/metrics/velocity": metrics, "/runs/latest": metrics, "/teams": teams}
    for path, key in paths.items():
        assert api.ask(path, key).status == 200
        assert api.ask(path, admin).status == 200
        refused = api.ask(path, teams if key is metrics else metrics)
        assert (refused.status, refused.json["type"]) == (403, "urn:github-tracker:problem:scope-missing")
