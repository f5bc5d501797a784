"""What every command starts with: settings, logging, and a container on the right database."""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, TextIO

from github_tracker.entrypoints.database_address import DATABASE, DEMO_DATABASE
from github_tracker.entrypoints.process_memory import without_looking_for_garbage
from github_tracker.entrypoints.settings import Settings, read_settings
from github_tracker.ports.telemetry import Telemetry

if TYPE_CHECKING:
    import punq

_READ_FOR_DEMO = ("DATA_FOLDER", "COLLECT_CONCURRENCY", "LOG_LEVEL", "MIN_GROUP_SIZE")


def may_be_drawn_on(stream: TextIO) -> bool:
    """Whether it is a terminal, or is to be treated as one by rich's variables."""
    return stream.isatty() or any(name in os.environ for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"))


def settings_for(is_demo: bool, read: Callable[[Mapping[str, str]], Settings] = read_settings) -> Settings:
    """Read the environment, set up logging, and return the settings.

    The demonstration does not even read what is set for real work: neither the database nor the token, the roster,
    the repositories or the policy.
    """
    given = {name: os.environ[name] for name in _READ_FOR_DEMO if name in os.environ} if is_demo else os.environ
    settings = read(given)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("github_tracker").setLevel(settings.log_level.value)
    return settings


@contextmanager
def container_for(
    is_demo: bool, settings: Settings, telemetry: Telemetry | None = None, demo_database: str | None = None
) -> Iterator["punq.Container"]:
    """Give a container on the demonstration's or the real database; with a name, on that one of several demos."""
    from github_tracker.adapters.memory import MemoryTelemetry  # noqa: PLC0415  # --help needs no database driver
    from github_tracker.entrypoints.containers import command_line_container  # noqa: PLC0415  # as above

    database = demo_database or DEMO_DATABASE if is_demo else DATABASE
    with _opened(command_line_container(settings, telemetry or MemoryTelemetry(), database)) as container:
        yield container


@contextmanager
def collecting_container_for(is_demo: bool, settings: Settings, telemetry: Telemetry) -> Iterator["punq.Container"]:
    """Give a container on the demonstration's or the real database that holds what collecting needs, and no more."""
    with without_looking_for_garbage():
        from github_tracker.entrypoints.collecting_container import collecting_container  # noqa: PLC0415  # as above

    with _opened(collecting_container(settings, telemetry, DEMO_DATABASE if is_demo else DATABASE)) as container:
        yield container


@contextmanager
def _opened(opening: AbstractContextManager["punq.Container"]) -> Iterator["punq.Container"]:
    with ExitStack() as stack:
        with _told_while_it_takes("opening the database"):
            container = stack.enter_context(opening)
        yield container


@contextmanager
def _told_while_it_takes(what: str) -> Iterator[None]:
    """Say on a terminal what is waited for: the embedded server takes seconds when it starts for the first time."""
    if not may_be_drawn_on(sys.stderr):
        yield
        return
    from rich.console import Console  # noqa: PLC0415  # takes 20 ms to load, for nothing where nobody looks

    from github_tracker.entrypoints.cli.consoles import is_interactive  # noqa: PLC0415  # as above

    out = Console(stderr=True)
    if is_interactive(out):
        with out.status(what):
            yield
    else:
        yield
