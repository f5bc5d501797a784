"""The page's files as they lie in the package; whoever reads them needs no web server."""

from importlib.resources import files
from typing import Final

STYLE: Final = "page.css"
SCRIPTS: Final = (
    "chart.umd.min.js",
    "page-values.js",
    "page-source.js",
    "page-charts.js",
    "page-behind.js",
    "page-what-if.js",
    "page.js",
    "page-start.js",
)
"""In the order in which the page runs them."""


def page_file(name: str) -> str:
    """Return the text of one of the page's files."""
    return (files(__package__) / "page" / name).read_text(encoding="utf-8")
