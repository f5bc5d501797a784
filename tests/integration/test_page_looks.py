"""How the page looks and behaves: for every eye and hand, on every screen, on paper; kept as screenshots."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import pytest

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster
from tests.contracts.store import Store, put_facts, put_roster
from tests.integration.api_world import memory_api
from tests.integration.browser import DESKTOP, PHONE, TABLET, visited
from tests.integration.page_world import PageWorld, page_world
from tests.unit.examples import at, merged

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WIDTHS = {"phone": PHONE, "tablet": TABLET, "desktop": DESKTOP}
LONG_NAME = "The team for everything that nobody else wants to do, " * 3 + "and more"


@pytest.fixture(scope="module")
def world() -> Iterator[PageWorld]:
    """The service with its world."""
    with page_world() as served:
        yield served


@pytest.mark.parametrize(
    ("width", "scheme"), [*((width, "light") for width in WIDTHS), ("phone", "dark"), ("desktop", "dark")]
)
def test_page_fits_every_screen_for_everybody(
    browser: "Browser", world: PageWorld, width: str, scheme: Literal["light", "dark"]
) -> None:
    """Nothing sticks out; axe-core finds nothing serious: at the gate, tables unfolded, over a list."""
    with visited(browser, world.api.url, WIDTHS[width], scheme=scheme) as visit:
        visit.open()
        visit.at("#gate").wait_for()
        assert visit.axe() == []
        visit.at("#gate-key").fill(world.api.reader)
        visit.page.keyboard.press("Enter")
        visit.settled().photograph(f"{width}-{scheme}")
        assert visit.page.evaluate("document.documentElement.scrollWidth") == WIDTHS[width][0]
        ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(246, 247, 249)", "dark": "rgb(18, 21, 27)"}[scheme]
        visit.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert visit.axe() == []
        assert visit.page.evaluate("document.documentElement.scrollWidth") == WIDTHS[width][0]
        visit.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = false; })")
        visit.press_bar("velocity", 0, 6)
        visit.at("dialog table").wait_for()
        visit.photograph(f"{width}-{scheme}-list", is_whole=False)
        visit.at("dialog [data-place='0']").click()
        visit.at("dialog .timeline").wait_for()
        visit.photograph(f"{width}-{scheme}-explanation", is_whole=False)
        assert visit.axe() == []


def test_who_wants_no_motion_gets_none(browser: "Browser", world: PageWorld) -> None:
    """Charts stand at once, and nothing else moves; they move for everybody else."""
    for is_still in (True, False):
        with visited(browser, world.api.url, is_still=is_still) as visit:
            visit.open(world.api.reader)
            animated = visit.page.evaluate(
                "[...tracker.charts.values()].map((chart) => Boolean(chart.options.animation))"
            )
            assert animated == [not is_still] * 4
            lasting = visit.page.evaluate("getComputedStyle(document.querySelector('.canvas')).transitionDuration")
            assert (lasting == "0s") is is_still


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_prints_figures_only(browser: "Browser", world: PageWorld, scheme: Literal["light", "dark"]) -> None:
    """On white, without anything to press, and no chart wider than the paper."""
    with visited(browser, world.api.url, scheme=scheme) as visit:
        visit.open(world.api.reader)
        visit.page.emulate_media(media="print")
        for hidden in ("#controls", "#what-if", "#sign-out", "summary", ".skip"):
            assert not visit.at(hidden).first.is_visible()
        for shown in ("#summary", "#freshness", "#velocity canvas", "#lead-time canvas", "#trust"):
            assert visit.at(shown).is_visible()
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        visit.page.set_viewport_size({"width": 700, "height": 1000})
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 700
        visit.photograph(f"print-{scheme}")
        assert visit.page.pdf(format="A4").startswith(b"%PDF")


def test_focus_goes_from_top_to_bottom(browser: "Browser", world: PageWorld) -> None:
    """Every control once, in the order in which it is seen; the first one skips the others."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        visit.page.evaluate(
            "(({ body }) => { body.tabIndex = -1; body.focus(); body.removeAttribute('tabindex'); })(document)"
        )
        found: list[str] = []
        for _ in range(40):
            visit.page.keyboard.press("Tab")
            name = visit.page.evaluate(
                """() => { const on = document.activeElement;
                  return on === document.body ? "" : on.id || on.name || on.closest("section")?.querySelector("h2").id
                    || (on.closest("#teams") ? "team" : on.className); }"""
            )
            if not found or name != found[-1]:
                found.append(name)
            if name == "":
                break
        assert found[:8] == ["skip", "sign-out", "teams-all", "teams-none", "team", "period", "count", "velocity-title"]
        assert found[8:12] == ["lead-time-title", "cycle-times-title", "allocation-title", "trust-title"]
        assert found[12] == "what-if-file"


def test_link_at_the_top_skips_to_the_figures(browser: "Browser", world: PageWorld) -> None:
    """It does not take the key for something new to open the page with."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        visit.at(".skip").focus()
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "main"
        assert visit.at("#velocity canvas").is_visible()


def many_teams(store: Store) -> None:
    """Put thirty teams into an empty store, one of which has a very long name."""
    names = [LONG_NAME, *(f"Team {number:02}" for number in range(1, 30))]
    people = [f"person-{number}" for number in range(30)]
    memberships = tuple(Membership(team, login) for team, login in zip(names, people, strict=True))
    put_roster(store, Roster(tuple(map(Team, names)), memberships))
    days = (at("2026-06-01"), at("2026-06-09"), at("2026-05-05"))
    put_facts(
        store,
        *(
            merged(Author(login), day, day.replace(hour=1 + place % 20), number=1 + 100 * when + place)
            for when, day in enumerate(days)
            for place, login in enumerate(people)
        ),
    )


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_many_teams_leave_room_for_the_figures(browser: "Browser", width: str) -> None:
    """The picker scrolls and can be searched; what comes again among the colours has another stroke."""
    with memory_api(fill_store=many_teams) as api, visited(browser, api.url, WIDTHS[width]) as visit:
        visit.expected.append("status of 404")  # there was no run
        visit.open(api.reader)
        box = visit.at("#teams").bounding_box()
        assert box is not None
        assert box["height"] < 170
        visit.at("#teams-filter").fill("team 2")
        assert visit.at("#teams label:visible").count() == 10
        visit.at("#teams-none").click()
        visit.settled()
        visit.at("#teams-filter").fill("")
        visit.at("#teams-all").click()
        visit.settled()
        fills = visit.page.evaluate(
            "tracker.charts.get('velocity').data.datasets.map(({ backgroundColor }) => String(backgroundColor))"
        )
        assert len({fill for fill in fills if fill.startswith("#")}) == 8
        assert fills.count("[object CanvasPattern]") == 22 + 1  # what no team earned is hatched as well
        assert visit.page.evaluate("document.documentElement.scrollWidth") == WIDTHS[width][0]
        assert visit.axe() == []
        visit.photograph(f"{width}-many-teams")
