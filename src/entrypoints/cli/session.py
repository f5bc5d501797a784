"""What every command starts with: settings, logging, and a container on the right database."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import punq
from attrs import evolve
from rich.console import Console

from github_tracker.adapters.memory import MemoryTelemetry
from github_tracker.entrypoints.containers import DATABASE, DEMO_DATABASE, command_line_container
from github_tracker.entrypoints.settings import Settings, read_settings
from github_tracker.ports.telemetry import Telemetry

WIDTH_OF_A_FILE = 140
"""Characters a line where the output is no terminal, so that nothing is cut off."""


def console() -> Console:
    """Return the console on standard output."""
    out = Console()
    return out if out.is_terminal else Console(width=WIDTH_OF_A_FILE)


def settings_for(is_demo: bool, read: Callable[[Mapping[str, str]], Settings] = read_settings) -> Settings:
    """Read the environment, set up logging, and return the settings.

    The demonstration never touches the database, the roster or the token that are set for real work.
    """
    settings = read(os.environ)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("github_tracker").setLevel(settings.log_level.value)
    return evolve(settings, database_url=None, roster=None) if is_demo else settings


@contextmanager
def container_for(is_demo: bool, settings: Settings, telemetry: Telemetry | None = None) -> Iterator[punq.Container]:
    """Give a container on the demonstration's or the real database."""
    database = DEMO_DATABASE if is_demo else DATABASE
    with command_line_container(settings, telemetry or MemoryTelemetry(), database) as container:
        yield container
