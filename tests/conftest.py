"""How Hypothesis runs here, without a clock and in continuous integration always with the same examples; one option."""

import os

import pytest
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
