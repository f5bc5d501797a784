"""From a bar to the pull requests behind it, to the reasons of one of them, and back: by mouse and by keyboard."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.integration.browser import PHONE, Visit, visited
from tests.integration.page_world import (
    BOLD,
    BUSY_WEEK,
    LISTED_IN_BUSY_WEEK,
    PLATFORM,
    TITLES,
    PageWorld,
    page_world,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def world() -> Iterator[PageWorld]:
    """The service with its world."""
    with page_world() as served:
        yield served


def place_of(visit: Visit, chart: str, label: str) -> int:
    """Return which dataset is called so."""
    return [dataset["label"] for dataset in visit.data(chart)["datasets"]].index(label)


def focused(visit: Visit) -> str:
    """Return the name of what has the focus."""
    name: str = visit.page.evaluate(
        "document.activeElement.ariaLabel ?? document.activeElement.textContent.slice(0, 60)"
    )
    return name


def tab_to(visit: Visit, name: str) -> None:
    """Press Tab until what has the focus is called so."""
    for _ in range(150):
        visit.page.keyboard.press("Tab")
        if focused(visit) == name:
            return
    raise AssertionError(f"Tab never comes to {name}")


def test_bar_leads_to_its_list_to_an_explanation_and_back(browser: "Browser", world: PageWorld) -> None:
    """What the list holds adds up to the bar; its links lead to GitHub; the explanation draws the time."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        bars = visit.data("velocity")
        place = place_of(visit, "velocity", BOLD)
        visit.press_bar("velocity", place, 6)
        visit.at("dialog table").wait_for()
        assert visit.text("#behind-title") == f"{BOLD}: Merged in the week of Feb 2, 2026"
        assert bars["labels"][6] == "2026-02-02"
        rows = visit.rows("dialog")
        assert sum(float(row[5]) for row in rows) == bars["datasets"][place]["data"][6]
        name = rows[0][0]
        link = visit.at("dialog tbody a").first
        assert link.get_attribute("href") == f"https://github.com/{name.replace('#', '/pull/')}"
        assert link.get_attribute("rel") == "noreferrer"
        visit.at("dialog [data-place='0']").click()
        visit.at("dialog .timeline").wait_for()
        assert visit.text("#behind-title") == name
        assert (visit.at(".timeline .window.earns").count(), visit.at(".timeline .decides").count()) == (
            len([row for row in visit.rows("dialog") if row[4] == "held"]),
            1,
        )
        visit.page.get_by_text("Back to the list").click()
        assert visit.rows("dialog") == rows
        assert focused(visit) == f"Explain {name}"
        visit.at("#behind-close").click()
        assert visit.at("dialog").is_hidden()


@pytest.mark.parametrize(
    ("chart", "label", "index", "title"),
    [
        ("velocity", "Unattributed", 5, "No team: Merged in the week of Jan 26, 2026"),
        ("lead-time", f"{PLATFORM}: median", 2, f"{PLATFORM}: Merged in Mar 2026"),
        ("cycle-times", PLATFORM, 7, f"{PLATFORM}: Cycle time 2 d\N{EN DASH}4 d"),
    ],
)
def test_every_chart_leads_to_lists(
    browser: "Browser", world: PageWorld, chart: str, label: str, index: int, title: str
) -> None:
    """What no team earned, a month, and a stretch of cycle times."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader).press_bar(chart, place_of(visit, chart, label), index)
        visit.at("dialog table").wait_for()
        assert visit.text("#behind-title") == title
        if label == "Unattributed":
            assert {row[6] for row in visit.rows("dialog")} == {"not on the roster", "joined later", "part time"}


def test_keyboard_alone_goes_all_the_way(browser: "Browser", world: PageWorld) -> None:
    """Every figure in a table is a button; Escape closes, and the focus is where it was."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        visit.page.evaluate("document.querySelector('#velocity details summary').focus()")
        visit.page.keyboard.press("Enter")
        figure = next(row for row in visit.rows("#velocity") if row[0] == "Jan 26, 2026")[2]
        name = f"{PLATFORM}, week of Jan 26, 2026: {figure}"
        tab_to(visit, name)
        visit.page.keyboard.press("Enter")
        visit.at("dialog table").wait_for()
        assert focused(visit) == "Close"
        first = f"Explain {visit.rows('dialog')[0][0]}"
        tab_to(visit, first)
        visit.page.keyboard.press("Enter")
        visit.at("dialog .timeline").wait_for()
        assert focused(visit) == "Back to the list"
        visit.page.keyboard.press("Enter")
        assert focused(visit) == first
        visit.page.keyboard.press("Escape")
        assert visit.at("dialog").is_hidden()
        assert focused(visit) == name


def test_long_list_comes_in_parts(browser: "Browser", world: PageWorld) -> None:
    """A hundred first, then the others, each once; the focus goes to the first new one."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        week = visit.data("velocity")["labels"].index(BUSY_WEEK)
        visit.press_bar("velocity", place_of(visit, "velocity", PLATFORM), week)
        visit.at("dialog table").wait_for()
        assert visit.text("dialog caption") == "100 or more pull requests"
        visit.page.get_by_text("Show more").click()
        visit.at("dialog [data-place='100']").wait_for()
        names = [row[0] for row in visit.rows("dialog")]
        assert len(names) == len(set(names)) >= LISTED_IN_BUSY_WEEK
        assert visit.text("dialog caption") == f"{len(names)} pull requests"
        assert focused(visit) == f"Explain {names[100]}"
        assert visit.page.get_by_text("Show more").count() == 0


def test_texts_that_try_to_do_harm_stay_texts(browser: "Browser", world: PageWorld) -> None:
    """Markup, quotes, other scripts of writing: shown to the letter, each with a direction of its own."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        before = visit.page.evaluate("document.querySelectorAll('script, img, iframe').length")
        visit.press_bar("lead-time", place_of(visit, "lead-time", f"{PLATFORM}: median"), 5)
        visit.at("dialog table").wait_for()
        titles = {row[1] for row in visit.rows("dialog")}
        assert set(TITLES) <= titles
        assert visit.at("dialog td bdi").count() == len(visit.rows("dialog"))
        visit.at("dialog tr").filter(has_text=TITLES[0]).first.get_by_role("button").click()
        visit.at("dialog .timeline").wait_for()
        assert visit.text("dialog bdi") == TITLES[0]
        assert visit.page.evaluate("document.querySelectorAll('script, img, iframe').length") == before
        assert visit.page.evaluate("[...document.querySelectorAll('b, i')].length") == 0


def test_list_fits_a_phone(browser: "Browser", world: PageWorld) -> None:
    """Nothing is wider than the screen, neither in the list nor in the explanation."""
    with visited(browser, world.api.url, PHONE) as visit:
        visit.open(world.api.reader).press_bar("velocity", 0, 6)
        visit.at("dialog table").wait_for()
        for _ in ("list", "explanation"):
            wide = visit.page.evaluate(
                """[...document.querySelectorAll("dialog *")].filter(
                  (each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.tagName)"""
            )
            assert wide == []
            if visit.at("dialog .timeline").count() == 0:
                visit.at("dialog [data-place='0']").click()
                visit.at("dialog .timeline").wait_for()
