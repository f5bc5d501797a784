"""What the page shows for what is chosen, and what it says where there is nothing to show."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from github_tracker.application.report import Discretion
from tests.integration.browser import Visit, visited
from tests.integration.page_world import ARABIC, BOLD, NOW, PLATFORM, ROCKET, RUN, SOLO, TEAMS, PageWorld, page_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser

UNATTRIBUTED = "Unattributed"
WATCHING = """
  globalThis.watches = new Set();
  const { setInterval: begin, clearInterval: end } = globalThis;
  globalThis.setInterval = (work) => { const id = begin(work, 100); watches.add(id); return id; };
  globalThis.clearInterval = (id) => { watches.delete(id); end(id); };
  const ask = globalThis.fetch;
  globalThis.fetch = async (...given) => {
    const answer = await ask(...given);
    await new Promise((go) => setTimeout(go, 250));
    return answer;
  };
"""
"""Lets minutes pass in moments, and notes which are still being counted. Every answer takes longer than a minute."""


@pytest.fixture(scope="module")
def world() -> Iterator[PageWorld]:
    """The service with its world."""
    with page_world() as served:
        yield served


def drawn(visit: Visit, chart: str = "velocity") -> list[str]:
    """Return whose data a chart shows."""
    return [dataset["label"] for dataset in visit.data(chart)["datasets"]]


def tick(visit: Visit, team: str) -> None:
    """Press a team in the picker."""
    visit.at("#teams label").filter(has=visit.page.get_by_text(team, exact=True)).click()
    visit.settled()


def shown(value: float | None, digits: int = 2) -> str:
    """Return a number as the tables write it."""
    if value is None:
        return "withheld"
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{rounded:,f}".rstrip("0").removesuffix(".")


def test_first_look_shows_the_busiest_teams_of_half_a_year(browser: "Browser", world: PageWorld) -> None:
    """Four of five; weighted, with the unattributed part; and as much as the API says."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        assert set(drawn(visit)) == {*TEAMS, UNATTRIBUTED} - {SOLO}
        assert len(visit.data("velocity")["labels"]) == 26
        api = world.api.read("/metrics/velocity?from=2025-12-22&to=2026-06-22").json
        bars = {dataset["label"]: dataset["data"] for dataset in visit.data("velocity")["datasets"]}
        for entry in api["teams"]:
            if entry["team"]["name"] != SOLO:
                weights = [float(week["weighted_prs_merged"]) for week in entry["weeks"]]
                assert bars[entry["team"]["name"]] == weights
        rests = [float(rest["weighted_prs_merged"]) for rest in api["unattributed"]]
        assert sum(bars[UNATTRIBUTED]) == pytest.approx(sum(rests))


def test_teams_are_picked_one_by_one_all_and_none(browser: "Browser", world: PageWorld) -> None:
    """Every chart follows; without any, each says what to do."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        tick(visit, SOLO)
        assert SOLO in drawn(visit)
        assert SOLO in drawn(visit, "allocation")
        visit.at("#teams-none").click()
        visit.settled()
        assert visit.at(".chart").all_inner_texts()[:4] == ["Choose a team."] * 4
        tick(visit, ARABIC)
        assert drawn(visit) == [ARABIC, UNATTRIBUTED]
        assert drawn(visit, "cycle-times") == [ARABIC]
        visit.at("#teams-all").click()
        visit.settled()
        assert set(drawn(visit)) == {*TEAMS, UNATTRIBUTED}


def test_period_is_chosen_also_by_own_days(browser: "Browser", world: PageWorld) -> None:
    """Weeks are those whose Monday lies in the time; what is too short or has nothing says so."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        for period, weeks in (("13w", 13), ("52w", 52), ("all", 26)):
            visit.at("#period").select_option(period)
            visit.settled()
            assert len(visit.data("velocity")["labels"]) == weeks
        visit.at("#period").select_option("own")
        visit.at("#from").fill("2026-02-02")
        visit.at("#to").fill("2026-03-02")
        visit.until("tracker.charts.get('velocity').data.labels.length === 4")
        assert visit.data("velocity")["labels"] == ["2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23"]
        visit.settled()
        visit.at("#from").fill("2020-01-06")
        visit.at("#to").fill("2020-02-03")
        visit.at("#velocity .empty:not(.loading)").wait_for()
        assert visit.text("#velocity") == "Nothing merged in this time. Choose a longer period, or other teams."
        assert visit.text("#lead-time") == "No pull request with a cycle time merged in this time."


def test_days_in_the_wrong_order_are_told_not_shown(browser: "Browser", world: PageWorld) -> None:
    """The service refuses them; the figures of before stay, and what is wrong stands above them."""
    with visited(browser, world.api.url) as visit:
        visit.expected.append("status of 400")
        visit.open(world.api.reader)
        visit.at("#period").select_option("own")
        visit.at("#from").fill("2026-06-01")
        visit.settled()
        visit.at("#to").fill("2026-05-01")
        visit.at("#problem").wait_for()
        assert visit.text("#problem") != ""
        visit.at("#to").fill("2026-06-15")
        visit.at("#problem").wait_for(state="hidden")


def test_switch_between_weighted_and_plain(browser: "Browser", world: PageWorld) -> None:
    """Plain counts whole pull requests once a team; then what no team earned adds up with nothing and is left out."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        weighted = visit.data("velocity")["datasets"][0]["data"]
        visit.at(".switch").get_by_text("Plain").click()
        visit.settled()
        plain = visit.data("velocity")["datasets"][0]["data"]
        assert UNATTRIBUTED not in drawn(visit)
        assert all(count == int(count) for count in plain)
        assert plain != weighted
        assert sum(plain) > sum(weighted)


@pytest.mark.parametrize("count", ["Weighted", "Plain"])
def test_table_under_each_chart_holds_the_charts_data(browser: "Browser", world: PageWorld, count: str) -> None:
    """Figure by figure, as far as the table writes them out."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        visit.at(".switch").get_by_text(count).click()
        visit.settled()
        for chart in ("velocity", "cycle-times"):
            datasets = visit.data(chart)["datasets"]
            columns = [list(column) for column in zip(*visit.rows(f"#{chart}"), strict=True)]
            assert columns[1:] == [[shown(value) for value in dataset["data"]] for dataset in datasets]
        lead = visit.data("lead-time")
        medians = [dataset["data"] for dataset in lead["datasets"] if dataset["label"].endswith(": median")]
        rows = visit.rows("#lead-time")
        assert [row[2] for row in rows] == [told(value) for line in medians for value in line]
        steps = [row for row in visit.rows("#allocation") if row[2]]
        lines = [dataset for dataset in visit.data("allocation")["datasets"] if "changes" not in dataset["label"]]
        # Each line is drawn on to the end of the time.
        assert len(steps) == sum(len(line["data"]) - 1 for line in lines)
        for line in lines:
            own = [row[2] for row in steps if row[1] == line["label"]]
            assert own == [shown(point["y"], 6) for point in line["data"][:-1]]


def told(hours: float | None) -> str:
    """Return a time as the page writes it."""
    if hours is None:
        return "\N{EN DASH}"
    return f"{shown(hours, 1)} h" if hours < 48 else f"{shown(hours / 24, 1)} days"


def test_run_and_what_is_wrong_with_it_are_told(browser: "Browser", world: PageWorld) -> None:
    """How old, how much of it, until when, and what is remarkable; a service's text stays text."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        expected = "Collected 2 h ago, 2 of 4 repositories, 1 deferred until 14:00 UTC, 1 failed"
        assert visit.text("#freshness") == expected
        assert visit.at("#freshness").get_attribute("class") == "freshness warn"
        assert "the unattributed part rose from 2 % to 31 %" in visit.text("#trust")
        assert visit.rows("#trust") == [
            ["Acme/Gone", "failed", "<b>not</b> found", ""],
            ["Acme/Later", "deferred", "limited", "2026-06-17 14:00 UTC"],
        ]


def test_marks_show_who_joined_left_and_changed(browser: "Browser", world: PageWorld) -> None:
    """At their instants, of the teams that are shown."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        changes = {(row[0], row[1], row[4]) for row in visit.rows("#allocation") if row[4]}
        assert changes == {
            ("2026-03-02 00:00 UTC", PLATFORM, "dave joined with 1"),
            ("2026-04-10 00:00 UTC", PLATFORM, "erin left, had 1"),
            ("2026-04-10 00:00 UTC", BOLD, "erin joined with 1"),
            ("2026-05-01 00:00 UTC", ROCKET, "kim went from 0.5 to 1"),
        }


def test_small_groups_are_withheld_and_it_is_said(browser: "Browser") -> None:
    """No bar, no figure and no list tells what is withheld; there is no what-if then."""
    with page_world(Discretion(3)) as world, visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        visit.at("#teams-all").click()
        visit.settled()
        assert "figures of fewer than 3 people are withheld" in visit.text("#trust")
        place = drawn(visit).index(SOLO)
        assert set(visit.data("velocity")["datasets"][place]["data"]) <= {None, 0}
        assert "withheld" in {row[1 + place] for row in visit.rows("#velocity")}
        assert any(row[1] == SOLO and row[2:] == ["withheld"] * 4 for row in visit.rows("#lead-time"))
        note = visit.at("#cycle-times .note").inner_text()
        assert "Withheld, since too few people stand behind them: " in note
        assert f"{SOLO}: Jan 2026" in note
        assert visit.at("#what-if").is_hidden()


def test_empty_store_says_what_to_do(browser: "Browser") -> None:
    """Nothing was collected and there is no roster: no chart, no zero, but words."""
    with page_world(is_empty=True) as world, visited(browser, world.api.url) as visit:
        # No run is no fault, but the browser notes every answer of this kind.
        visit.expected.append("status of 404")
        visit.open(world.api.reader)
        assert visit.text("#freshness") == "Nothing was collected yet"
        assert visit.text("#teams") == "No team is listed. A roster makes teams: github-tracker roster apply."
        assert visit.page.evaluate("tracker.charts.size") == 0
        assert "Loading" not in visit.page.evaluate("document.getElementById('page').textContent")


def test_page_that_is_left_open_reads_again_after_another_run(browser: "Browser") -> None:
    """It watches for runs, one look at a time; once the key is forgotten, nothing is watched or shown any more."""
    with page_world() as world, visited(browser, world.api.url) as visit:
        visit.page.add_init_script(WATCHING)
        visit.open(world.api.reader)
        assert visit.page.evaluate("watches.size") == 1
        figures = f"{world.api.url}/metrics/velocity?from=2025-12-22&to=2026-06-22"
        before = visit.asked.count(figures)
        world.api.store.collection.record_run(evolve(RUN, finished_at=NOW - timedelta(minutes=9), anomalies=()))
        visit.page.get_by_text("Collected 9 min ago").wait_for()
        visit.settled()
        assert visit.asked.count(figures) == before + 1
        assert "the unattributed part rose" not in visit.text("#trust")
        visit.at("#sign-out").click()
        assert visit.page.evaluate("watches.size") == 0
        assert visit.text("#freshness") == "Locked"
        visit.page.wait_for_timeout(400)
        assert visit.text("#freshness") == "Locked"


def test_service_that_goes_away_leaves_the_figures_and_a_word(browser: "Browser") -> None:
    """Then nothing is blank; a page that is opened meanwhile by its kept key says so and can try again."""
    with page_world() as world, visited(browser, world.api.url) as visit:
        visit.expected.append("ERR_CONNECTION_REFUSED")
        visit.open(world.api.reader)
        before = visit.data("velocity")
        block(visit)
        visit.at("#period").select_option("13w")
        visit.at("#problem").wait_for()
        assert visit.text("#problem") == "The service does not answer. Is it running, and are you connected?"
        assert visit.data("velocity") == before
        visit.page.unroute_all()
        visit.page.evaluate("tracker.page.refreshRun()")
        visit.at("#problem").wait_for(state="hidden")
        assert len(visit.data("velocity")["labels"]) == 13
        block(visit)
        visit.page.evaluate("tracker.open(sessionStorage.getItem('key'))")
        visit.at("#failed").wait_for()
        assert "does not answer" in visit.text("#failed-reason")
        visit.page.unroute_all()
        visit.at("#failed-again").click()
        visit.settled()


def block(visit: Visit) -> None:
    """Let every further request end as where nobody listens."""

    def refuse(route: Any) -> None:
        route.abort("connectionrefused")

    visit.page.route("**/*", refuse)
