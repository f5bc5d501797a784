"""`github-tracker serve`: the metrics API over HTTP."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from github_tracker.domain.api_key import ApiKey, Key, KeyRecord, Scope, mint_key
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.ports.secret_store import Secret

if TYPE_CHECKING:
    from github_tracker.entrypoints.api.settings import ApiSettings

_READ_FOR_DEMO = (
    "DATA_FOLDER",
    "MIN_GROUP_SIZE",
    "API_RATE_PER_MINUTE",
    "API_ADDRESS_RATE_PER_MINUTE",
    "API_CORS_ORIGINS",
)

_REACHED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nothing is bound here
"""Where this machine reaches what listens on all of its addresses."""

_EXAMPLES = """\b
Examples:
  github-tracker --demo serve
  DB_URL=postgresql://... github-tracker serve --host 0.0.0.0 --port 8080"""


class ApiMissingError(GitHubTrackerError):
    """The libraries of the API are not installed."""

    def __init__(self) -> None:
        super().__init__("the API's libraries are not installed; install github-tracker[api]")


@click.command("serve", epilog=_EXAMPLES)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65_535), metavar="N")
@click.pass_obj
def command(is_demo: bool, host: str, port: int) -> None:
    """Serve the page for managers and the figures behind it until it is interrupted; /docs describes them.

    Every request for figures needs a key. With the embedded database, a link that holds one is printed on standard
    error: it opens the page, for as long as this runs. The access log is JSON on standard error, a line a request.
    """
    try:
        import uvicorn  # noqa: PLC0415  # an extra

        from github_tracker.entrypoints.api.application import create_api  # noqa: PLC0415  # as above
    except ImportError as exc:
        raise ApiMissingError from exc
    from github_tracker.entrypoints.api.log import write_line  # noqa: PLC0415  # as above
    from github_tracker.entrypoints.api.settings import read_api_settings  # noqa: PLC0415  # as above
    from github_tracker.entrypoints.api_container import services_of  # noqa: PLC0415  # as above

    given = {name: os.environ[name] for name in _READ_FOR_DEMO if name in os.environ} if is_demo else os.environ
    settings = read_api_settings(given)
    key = mint_key(secrets.token_bytes)
    with (
        _local_database(settings, is_demo) as local,
        services_of(settings, local, own_key=None if local is None else _of_this_process(key)) as services,
    ):
        api = create_api(services, settings.options, write_line)
        config = uvicorn.Config(
            api, host, port, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=10
        )
        listening = listening_socket(host, port)
        port = listening.getsockname()[1]
        click.echo(f"serving on {_address(host, port)}, described at /docs; Ctrl-C ends it", err=True)
        if local is not None:
            # In the fragment, which browsers send to nobody, so that it comes into no log.
            click.echo(f"the page: {_address(_REACHED.get(host, host), port)}/#key={key.reveal()}", err=True)
        with suppress(KeyboardInterrupt):  # raised again once everything is answered: it is how this ends
            uvicorn.Server(config).run([listening])


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; bound here, since uvicorn ends the process without a word where the port is taken.

    The protocol is named, because asyncio turns Nagle's algorithm off only then: it costs 40 ms a request.
    Raises OSError where it cannot listen.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(1024)
    except OSError:
        listening.close()
        raise
    return listening


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _of_this_process(key: Key) -> KeyRecord:
    """What the key that is printed opens; it is known to this process only, and ends with it."""
    scopes = (Scope.METRICS_READ, Scope.TEAMS_READ)
    return KeyRecord(ApiKey(key.public_id, "the link that serve prints", scopes, datetime.now(UTC)), key.digest)


@contextmanager
def _local_database(settings: "ApiSettings", is_demo: bool) -> Iterator[Secret | None]:
    if settings.database is not None:
        yield None
        return
    from github_tracker.adapters.postgres.local_server import LocalPostgres  # noqa: PLC0415  # not where DB_URL is set
    from github_tracker.adapters.postgres.migrations import migrate  # noqa: PLC0415  # as above
    from github_tracker.entrypoints.database_address import DATABASE, DEMO_DATABASE  # noqa: PLC0415  # as above

    with LocalPostgres(settings.data_folder) as server:
        url = server.database(DEMO_DATABASE if is_demo else DATABASE)
        migrate(url)
        yield url
