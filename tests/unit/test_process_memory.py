"""How a process that collects keeps its memory."""

import gc
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

from github_tracker.entrypoints.process_memory import without_looking_for_garbage


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


@contextmanager
def loading() -> Iterator[None]:
    """Load a module that nobody has loaded yet, within it."""
    name = "loaded_by_a_test"
    try:
        with without_looking_for_garbage():
            sys.modules[name] = ModuleType(name)
            yield
    finally:
        del sys.modules[name]


def test_what_is_loaded_is_kept_and_never_looked_through() -> None:
    """Nor is anything while it is loaded; afterwards, what else becomes garbage is found as before."""
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_nothing_is_kept_where_nothing_was_loaded() -> None:
    """A program that runs command after command in one process would else never free what they leave behind."""
    with without_looking_for_garbage():
        pass
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_module_that_cannot_be_loaded_leaves_everything_as_it_was() -> None:
    """The error is the importer's to handle."""
    with pytest.raises(ModuleNotFoundError), without_looking_for_garbage():
        importlib.import_module("github_tracker.nonsense")
    assert gc.isenabled()


def test_whoever_does_without_goes_on_without() -> None:
    """A program that has turned it off for good finds it turned off."""
    gc.disable()
    try:
        with loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
