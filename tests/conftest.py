"""How Hypothesis runs here, what counts towards coverage, and one option.

Hypothesis runs without a clock, and in continuous integration always with the same examples.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import settings

# Forty examples keep the unit folder within seconds; where a law needs more, its test says so.
settings.register_profile("default", deadline=None, print_blob=True, max_examples=40, derandomize="CI" in os.environ)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what tests/integration can be narrowed to."""
    parser.addoption(
        "--on-server",
        action="store_true",
        help="only tests that use the server of TEST_DB_URL, or the one in its place",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --on-server, leave out what would do the same again on another server."""
    if not config.getoption("--on-server"):
        return
    # A test of several stores asks for the server only where its parameter says so.
    chosen = [
        item for item in items if "databases" in getattr(item, "fixturenames", ()) or item.nodeid.endswith("[postgres]")
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let only some modules count towards coverage: being measured more than doubles the time that our code takes.

    The marker of pytest-cov would be of no use: in a worker process another measurement lies below the one it stops.
    """
    stopped: list[Coverage] = []
    if not _counts_towards_coverage(item.path):
        while (running := Coverage.current()) is not None:
            running.stop()
            stopped.append(running)
    try:
        return (yield)
    finally:
        for each in reversed(stopped):
            each.start()


def _counts_towards_coverage(module: Path) -> bool:
    """Say so of unit tests, but for laws and costs, which reach nothing more, and of two that read every figure."""
    if module.parent.name == "unit":
        return not module.stem.endswith(("_laws", "_cost"))
    return module.name in ("test_api_lists.py", "test_api_metrics.py")
