"""Take the pictures of the demonstration that the documents show: docs/images.

Usage: python -m tools.screenshots

The demonstration is run, which writes its figures into a page of one file; that file is what is photographed. Its
figures are the same each time, only the instant of the run is told, so a picture changes where the page does.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final, Literal, NamedTuple

from playwright.sync_api import Browser, sync_playwright

from tools.browser import FLAGS, find_browser
from tools.working_tree import CHECKOUT

IMAGES: Final = CHECKOUT / "docs" / "images"
MOST_BYTES: Final = 150_000
_COMMAND: Final = Path(sys.executable).with_name("github-tracker")


class _Picture(NamedTuple):
    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"]


_PICTURES: Final = (
    _Picture("dashboard", 1240, 860, "light"),
    _Picture("dashboard-dark", 1240, 860, "dark"),
    _Picture("dashboard-phone", 390, 844, "light"),
)


def main() -> int:
    """Take every picture; the exit code is 1 if one is too large to be shown in a document."""
    executable = find_browser()
    if executable is None:
        sys.exit("no browser is installed: make browser does it, or CHROMIUM names one")
    page = _page_of_demo()
    sizes = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        for picture in _PICTURES:
            path = IMAGES / f"{picture.name}.png"
            _take(browser, page, picture, path)
            sizes[path] = path.stat().st_size
            print(f"{path.relative_to(CHECKOUT)}: {sizes[path]} bytes")
        browser.close()
    return 1 if any(size > MOST_BYTES for size in sizes.values()) else 0


def _page_of_demo() -> Path:
    ended = subprocess.run([_COMMAND, "demo"], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    found = re.search(r"^ +(\S.*\.html)$", ended.stdout, re.MULTILINE)
    if found is None:
        sys.exit("the demonstration named no page")
    return Path(found[1])


def _take(browser: Browser, page: Path, picture: _Picture, path: Path) -> None:
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,
        reduced_motion="reduce",
        locale="en-US",
    )
    opened = context.new_page()
    opened.goto(page.as_uri())
    opened.locator("main[aria-busy=false]").wait_for()
    path.parent.mkdir(parents=True, exist_ok=True)
    opened.screenshot(path=path)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
