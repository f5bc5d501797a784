"""The page and its key: asked for once, kept in the tab only, and shown no more than it opens."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from github_tracker.domain.api_key import Scope
from tests.integration.browser import Visit, visited
from tests.integration.page_world import ARABIC, PLATFORM, PageWorld, page_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REFUSED = "status of 401"
"""What the browser itself says on the console about such an answer."""


@pytest.fixture(scope="module")
def world() -> Iterator[PageWorld]:
    """The service with its world."""
    with page_world() as served:
        yield served


def kept(visit: Visit) -> dict[str, object]:
    """Return everything that the page left in the browser."""
    found: dict[str, object] = visit.page.evaluate(
        """() => {
          const all = (storage) => Object.fromEntries(
            Object.keys(storage).map((name) => [name, storage.getItem(name)]));
          return { tab: all(sessionStorage), for_good: all(localStorage), cookie: document.cookie,
                   address: location.href, steps: history.length };
        }"""
    )
    return found


def enter(visit: Visit, key: str) -> None:
    """Type a key and press Enter."""
    visit.at("#gate-key").fill(key)
    visit.page.keyboard.press("Enter")


def test_key_is_asked_for_once_and_kept_in_the_tab_only(browser: "Browser", world: PageWorld) -> None:
    """Loading the page again does not ask; nothing but sessionStorage knows it; forgetting it leaves nothing."""
    key, address = world.api.reader, f"{world.api.url}/"
    with visited(browser, world.api.url) as visit:
        visit.open()
        assert visit.page.evaluate("document.activeElement.id") == "gate-key"
        assert visit.at("#gate-key").get_attribute("type") == "password"
        enter(visit, key)
        visit.settled()
        assert kept(visit) == {"tab": {"key": key}, "for_good": {}, "cookie": "", "address": address, "steps": 2}
        visit.page.reload()
        visit.settled()
        assert visit.at("#gate").is_hidden()
        assert not [url for url in visit.asked if key in url]
        visit.at("#sign-out").click()
        assert visit.at("#gate").is_visible()
        assert kept(visit)["tab"] == {}
        assert visit.page.evaluate("tracker.charts.size") == 0
        assert PLATFORM not in visit.page.evaluate("document.body.textContent")
        before = len(visit.asked)
        visit.page.evaluate("tracker.page?.refreshRun()")
        assert visit.asked[before:] == []


def test_key_of_a_link_leaves_the_address_and_the_history_at_once(browser: "Browser", world: PageWorld) -> None:
    """It lies in the fragment, so no request and no log ever holds it; also where the page is open already."""
    first, second = world.keys.mint(), world.api.reader
    with visited(browser, world.api.url) as visit:
        visit.open(first)
        assert (visit.page.url, kept(visit)["tab"]) == (f"{world.api.url}/", {"key": first})
        visit.page.goto(f"{world.api.url}/#key={second}")
        visit.until("key => sessionStorage.getItem('key') === key && !location.hash", second)
        visit.until("() => tracker.page?.source.key === sessionStorage.getItem('key')")
        visit.settled()
        assert kept(visit)["tab"] == {"key": second}
        visit.page.go_back()
        visit.settled()
        assert visit.page.url == f"{world.api.url}/"
        assert not [url for url in visit.asked if first in url.partition("#")[0] or second in url.partition("#")[0]]
    assert not [line for line in world.api.log if first in str(line) or second in str(line)]


def test_wrong_key_is_told_and_another_one_may_follow(browser: "Browser", world: PageWorld) -> None:
    """What is typed wrong is not kept."""
    with visited(browser, world.api.url) as visit:
        visit.expected.append(REFUSED)
        visit.open()
        enter(visit, "ght_wrong")
        visit.at("#gate-reason:not(:empty)").wait_for()
        assert visit.text("#gate-reason") == "This key is not accepted. Is it complete, and still valid?"
        assert (kept(visit)["tab"], visit.at("#gate-key").input_value()) == ({}, "")
        enter(visit, f" {world.api.reader} ")
        visit.settled()


def test_key_without_figures_is_told_so(browser: "Browser", world: PageWorld) -> None:
    """A good key that lacks metrics:read opens nothing here."""
    with visited(browser, world.api.url) as visit:
        visit.page.goto(f"{world.api.url}/#key={world.api.key(Scope.TEAMS_READ)}")
        visit.at("#gate-reason:not(:empty)").wait_for()
        assert visit.text("#gate-reason") == "This key may not read figures: it lacks the scope metrics:read."
        assert visit.at("#page").is_hidden()


def test_key_that_is_taken_away_closes_the_open_page(browser: "Browser", world: PageWorld) -> None:
    """With whatever is asked for next, also from within a list; the figures are gone from the page."""
    key = world.keys.mint()
    with visited(browser, world.api.url) as visit:
        visit.expected.append(REFUSED)
        visit.open(key).press_bar("velocity", 0, 4)
        visit.at("dialog table").wait_for()
        world.keys.records.clear()
        visit.at("dialog [data-place='0']").click()
        visit.at("#gate").wait_for()
        assert visit.text("#gate-reason") == "The key is not accepted any more: it was revoked, or its time is over."
        assert visit.at("dialog").is_hidden()
        assert kept(visit)["tab"] == {}
        assert visit.at("#page").is_hidden()
        assert PLATFORM not in visit.page.evaluate("document.body.textContent")


def test_restricted_key_sees_its_team_only(browser: "Browser", world: PageWorld) -> None:
    """No other team's name, nothing unattributed, and no what-if."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader_of(PLATFORM))
        assert visit.at("#teams label").all_inner_texts() == [PLATFORM]
        assert [dataset["label"] for dataset in visit.data("velocity")["datasets"]] == [PLATFORM]
        assert ARABIC not in visit.page.content()
        assert "Unattributed" not in visit.page.content()
        assert visit.at("#what-if").is_hidden()
        assert visit.text("#freshness") == "Collected 2 h ago, partial"


def test_key_without_names_gets_none(browser: "Browser", world: PageWorld) -> None:
    """Without teams:read: neither authors in lists nor logins at the marks of who joined, and no what-if."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.key(Scope.METRICS_READ))
        changes = [row[4] for row in visit.rows("#allocation") if row[4]]
        assert "somebody joined with 1" in changes
        visit.press_bar("velocity", 1, 3)
        visit.at("dialog table").wait_for()
        assert "By" not in visit.at("dialog th").all_inner_texts()
        assert not {"bob", "carol", "dave"} & {cell for row in visit.rows("dialog") for cell in row}
        visit.at("dialog [data-place='0']").click()
        visit.at("dialog .timeline").wait_for()
        assert "By" not in visit.at("dialog dt").all_inner_texts()
        assert visit.at("#what-if").is_hidden()


def test_key_with_names_gets_them(browser: "Browser", world: PageWorld) -> None:
    """So that the test above can fail."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        assert "dave joined with 1" in [row[4] for row in visit.rows("#allocation")]
        visit.press_bar("velocity", 1, 3)
        visit.at("dialog table").wait_for()
        assert "By" in visit.at("dialog th").all_inner_texts()
