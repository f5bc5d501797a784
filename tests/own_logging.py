"""Keeps what a test does to the standard library's logging to that test."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def own_logging() -> Iterator[None]:
    """Put handlers and levels back in the end."""
    root, ours = logging.getLogger(), logging.getLogger("github_tracker")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        root.handlers = handlers
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
