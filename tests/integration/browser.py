"""A real browser: headless Chromium, and pages of which everything they say, break and ask for is noted."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

import pytest
from attrs import define, field

from tests.integration.page_world import NOW
from tools.browser import FLAGS, find_browser
from tools.working_tree import CHECKOUT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request

PHONE, TABLET, DESKTOP = (390, 844), (820, 1180), (1440, 900)
"""Widths and heights of what the page is looked at on."""

SCREENSHOTS: Final = CHECKOUT / "build" / "screenshots"
_AXE: Final = CHECKOUT / "tests" / "vendor" / "axe-core" / "axe.min.js"
_MILLISECONDS: Final = 20_000
"""Longer than anything here takes on a busy machine."""

# The page tells how long ago something was, so its clock goes on from a known instant. What breaks the policy raises
# an event, which is noted beside what the console says about it.
_BEFORE_THE_PAGE: Final = """(() => {
  const Real = Date, ahead = %d - Real.now();
  globalThis.Date = class extends Real {
    constructor(...given) { if (given.length) super(...given); else super(Real.now() + ahead); }
    static now() { return Real.now() + ahead; }
  };
  globalThis.violations = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
})()"""


@contextmanager
def started_browser() -> "Iterator[Browser]":
    """Give a browser; where none is installed, the test is skipped."""
    executable = find_browser()
    if executable is None:
        pytest.skip("no browser is installed: make browser does it, or CHROMIUM names one")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # takes long, and only these tests need it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@define
class Visit:
    """One page, and what was noted about it."""

    page: "Page"
    address: str
    """Where the service is; a path of a file for a report."""
    said: list[str] = field(factory=list)
    """Errors and warnings on the console."""
    broken: list[str] = field(factory=list)
    """Errors that nobody caught."""
    asked: list[str] = field(factory=list)
    """Addresses of all requests."""
    expected: list[str] = field(factory=list)
    """Parts of what the console is to say in this test, such as a status that the service is to answer with."""

    def open(self, key: str | None = None) -> "Visit":
        """Open the page; with a key as in the link that `serve` prints."""
        self.page.goto(self.address + (f"/#key={key}" if key else ""))
        if key:
            self.settled()
        return self

    def settled(self) -> "Visit":
        """Wait until everything that is asked for is shown."""
        self.page.locator("main[aria-busy=false]").wait_for()
        return self

    def until(self, expression: str, *given: object) -> None:
        """Wait until an expression, or a function of what is given, is true.

        The page's policy keeps Playwright's own way, which evaluates texts within the page, from working.
        """
        from playwright.sync_api import Error  # noqa: PLC0415  # takes long, and only these tests need it

        deadline = time.monotonic() + _MILLISECONDS / 1000
        while True:
            assert time.monotonic() < deadline, expression
            # A page that is just being loaded again has no answer.
            with suppress(Error):
                if self.page.evaluate(expression, *given):
                    return
            self.page.wait_for_timeout(20)

    def at(self, selector: str) -> "Locator":
        """Return what a selector finds."""
        return self.page.locator(selector)

    def text(self, selector: str) -> str:
        """Return the text that is seen there."""
        return self.page.locator(selector).inner_text()

    def data(self, chart: str) -> Any:  # whatever the chart holds
        """Return a chart's labels and datasets, without what only draws them."""
        return self.page.evaluate(
            """(name) => {
              const { labels, datasets } = tracker.charts.get(name).data;
              return { labels, datasets: datasets.map(({ label, data }) => ({ label, data })) };
            }""",
            chart,
        )

    def press_bar(self, chart: str, dataset: int, index: int) -> None:
        """Click into the middle of a bar."""
        place = self.page.evaluate(
            """([name, dataset, index]) => {
              const chart = tracker.charts.get(name), bar = chart.getDatasetMeta(dataset).data[index];
              chart.canvas.scrollIntoView({ block: "center" });
              const { x, y } = bar.getCenterPoint(), box = chart.canvas.getBoundingClientRect();
              return [box.left + x, box.top + y];
            }""",
            [chart, dataset, index],
        )
        self.page.mouse.click(*place)

    def rows(self, place: str) -> list[list[str]]:
        """Return a table's cells row by row, whether it is unfolded or not."""
        found: list[list[str]] = self.page.evaluate(
            """(place) => [...document.querySelectorAll(`${place} tbody tr`)].map(
              (row) => [...row.cells].map((cell) => cell.textContent))""",
            place,
        )
        return found

    def axe(self) -> list[str]:
        """Return what axe-core finds serious or critical: its rule, and where."""
        self.page.evaluate(_AXE.read_text(encoding="utf-8") + "; undefined")
        found = self.page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((all) => all.violations)")
        return [
            f"{fault['id']}: {node['html']} {node['failureSummary']}"
            for fault in found
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]

    def photograph(self, name: str, *, is_whole: bool = True) -> Path:
        """Keep a picture of the whole page, or of what is on the screen."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=is_whole)
        return path

    def faults(self) -> list[str]:
        """Return everything that no page may do: errors, breaches of its policy, requests to elsewhere."""
        own = urlsplit(self.address)[:2]
        foreign = [f"asked {url}" for url in self.asked if urlsplit(url)[:2] != own and not url.startswith("data:")]
        violations = [f"violated {what}" for what in self.page.evaluate("globalThis.violations")]
        said = [text for text in self.said if not any(part in text for part in self.expected)]
        return [*said, *self.broken, *foreign, *violations]


def _note(visit: Visit) -> None:
    def on_console(message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning", "assert"):
            visit.said.append(f"{message.type}: {message.text}")

    def on_request(request: "Request") -> None:
        visit.asked.append(request.url)

    def on_dialog(dialog: "Dialog") -> None:
        visit.broken.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    visit.page.on("console", on_console)
    visit.page.on("pageerror", lambda error: visit.broken.append(f"uncaught: {error}"))
    visit.page.on("request", on_request)
    visit.page.on("dialog", on_dialog)


@contextmanager
def visited(
    browser: "Browser",
    address: str,
    size: tuple[int, int] = DESKTOP,
    *,
    scheme: Literal["light", "dark"] = "light",
    is_still: bool = True,
) -> Iterator[Visit]:
    """Give a page in a browser of its own, so to speak, that has done nothing wrong in the end."""
    context: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        reduced_motion="reduce" if is_still else "no-preference",
        locale="en-US",
    )
    context.set_default_timeout(_MILLISECONDS)
    context.add_init_script(_BEFORE_THE_PAGE % int(NOW.timestamp() * 1000))
    try:
        visit = Visit(context.new_page(), address)
        _note(visit)
        yield visit
        assert visit.faults() == []
    finally:
        context.close()
