"""`github-tracker db`: migrate, partition, show state and address, stop the embedded server."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import click

from github_tracker.adapters.postgres.local_server import LocalPostgres
from github_tracker.adapters.postgres.migrations import migrate, migration_status
from github_tracker.adapters.postgres.partition_periods import PartitionWidth
from github_tracker.adapters.postgres.partitioning import PartitioningPlan, partition_store, plan_partitioning
from github_tracker.adapters.postgres.reader_role import create_reader, reader_statements
from github_tracker.adapters.system import SystemClock
from github_tracker.application.refresh_rollups import RefreshRollups
from github_tracker.entrypoints.bad_input import BadInputError, Fault, shown
from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.entrypoints.database_address import DATABASE, DEMO_DATABASE
from github_tracker.entrypoints.secret_stores import secret_store
from github_tracker.entrypoints.settings import Settings
from github_tracker.ports.secret_store import Secret, SecretName, SecretSource

_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_EXAMPLE = """\b
Example:
  psql "$(github-tracker db url)\""""


@click.group("db", epilog=_EXAMPLE)
def command() -> None:
    """Work with the database: DB_URL, or the embedded server where that is not set."""


@command.command("migrate", short_help="Bring the tables and views up to this version.")
@click.pass_obj
def migrate_command(is_demo: bool) -> None:
    """Bring the tables and views up to this version; each migration is all or nothing."""
    with _url(is_demo, settings_for(is_demo)) as url:
        applied = migrate(url)
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("Nothing to do: every migration is applied.")


@command.command("status", short_help="Show which migrations are applied.")
@click.pass_obj
def status(is_demo: bool) -> int:
    """Show which migrations are applied; exit code 3 if some are not."""
    settings = settings_for(is_demo)
    is_embedded = not settings.secrets.has(SecretName.DATABASE_URL)
    if is_embedded and not LocalPostgres(settings.data_folder).is_created:
        click.echo("There is no embedded database yet; `github-tracker db migrate` makes one, and so does collect.")
        return ExitCode.PARTIAL
    with _url(is_demo, settings) as url:
        found = migration_status(url)
    where = "the embedded server" if is_embedded else "DB_URL"
    click.echo(f"{where}: {len(found.applied)} migrations applied, {len(found.pending)} pending")
    for name in found.pending:
        click.echo(f"pending {name}")
    for name in found.unknown:
        click.echo(f"unknown {name}: the database belongs to a newer version of github-tracker")
    return ExitCode.PARTIAL if found.pending or found.unknown else ExitCode.COMPLETE


@command.command("refresh", short_help="Make figures ready that changed.")
@click.option("--all", "is_all", is_flag=True, help="Make all of them ready anew, whatever was ready before.")
@click.pass_obj
def refresh(is_demo: bool, is_all: bool) -> None:
    """Make the figures of weeks and months ready that changed since they were, so that they are read at once.

    Every command that changes figures does this at its end. Reading is exact without it, only slower. --all is for a
    database that verify found wrong in what is ready, or whose server got another time zone database.
    """
    with container_for(is_demo, settings_for(is_demo)) as container:
        use_case: RefreshRollups = container.resolve(RefreshRollups)
        made = use_case.rebuild() if is_all else use_case()
    click.echo(f"{count_of(made.figures, 'figure')} made ready." if made.figures else "Nothing to do.")


@command.command("url", short_help="Print the embedded database's address.")
@click.pass_obj
def url_command(is_demo: bool) -> None:
    """Print the embedded database's address, and leave its server running until `db stop`."""
    settings = settings_for(is_demo)
    _refuse_foreign(settings)
    with LocalPostgres(settings.data_folder) as server:
        url = server.database(_name(is_demo))
        migrate(url)
        server.keep_running()
    click.echo(url.reveal())


@command.command("stop", short_help="Stop the embedded server.")
@click.pass_obj
def stop(is_demo: bool) -> None:
    """Stop the embedded server, whoever uses it; its data stay."""
    settings = settings_for(is_demo)
    _refuse_foreign(settings)
    server = LocalPostgres(settings.data_folder)
    if not server.is_created:
        click.echo("There is no embedded database yet.")
        return
    with server:
        server.stop()
    click.echo("The embedded server is stopped.")


@command.command("create-reader", short_help="Make a role that can only read.")
@click.option("--role", default="github_tracker_reader", show_default=True, metavar="NAME")
@click.option("--print", "is_printed", is_flag=True, help="Only print the statements, for somebody else to run.")
@click.pass_obj
def create_reader_command(is_demo: bool, role: str, is_printed: bool) -> None:
    """Make or update a role for DB_READ_URL, which can only read what the API answers from.

    Its password is taken from DB_READER_PASSWORD; if that is not set, the role keeps the one that it has.
    """
    if not _ROLE.fullmatch(role):
        raise BadInputError([Fault("--role", shown(role), "a name of small letters, digits and underscores")])
    if is_printed:
        click.echo(";\n".join(reader_statements(role)) + ";")
        return
    text = os.environ.get("DB_READER_PASSWORD", "")
    with _url(is_demo, settings_for(is_demo)) as url:
        create_reader(url, role, Secret(text) if text else None)
    click.echo(f"{role} can read, and nothing else.")


@command.command("partition", short_help="Partition a very large store by age.")
@click.option(
    "--by",
    type=click.Choice([width.value for width in PartitionWidth]),
    help="How much time each partition holds.  [default: what the store has, or year]",
)
@click.option("--dry-run", "is_rehearsal", is_flag=True, help="Only tell what would be done.")
@click.pass_obj
def partition(is_demo: bool, by: str | None, is_rehearsal: bool) -> None:
    """Partition pull requests and shares by when they were created, or add the partitions that are due by now.

    It pays where pruning must be quick; docs/partitioning.md tells from what size on, and what it costs. Whatever
    writes waits until it is done, so stop collecting first. Nothing is lost if it is interrupted.
    """
    width = None if by is None else PartitionWidth(by)
    act = plan_partitioning if is_rehearsal else partition_store
    with _url(is_demo, settings_for(is_demo)) as url:
        plan = act(url, width, SystemClock().now())
    for line in _told(plan):
        click.echo(line)
    if is_rehearsal:
        click.echo("Nothing was changed.")


def _told(plan: PartitioningPlan) -> Iterator[str]:
    if plan.is_done:
        yield f"Nothing to do: the store is partitioned by {plan.width}, and no partition is due."
        return
    rows = f"{count_of(plan.facts, 'pull request')} and {count_of(plan.shares, 'share')}"
    if plan.is_conversion:
        yield f"Into partitions by {plan.width}: {rows}. Whoever writes waits till all is copied and indexed."
    else:
        yield f"Into new partitions by {plan.width}: {rows}. Whoever reads or writes waits meanwhile."
    yield f"Partitions: {', '.join(plan.partitions)}"
    for obstacle in plan.obstacles:
        yield f"In the way: {obstacle}; it uses the table as it is, and has to go before."


@contextmanager
def _url(is_demo: bool, settings: Settings) -> Iterator[Secret | SecretSource]:
    if settings.secrets.has(SecretName.DATABASE_URL):
        yield SecretSource(secret_store(settings.secrets), SecretName.DATABASE_URL)
        return
    with LocalPostgres(settings.data_folder) as server:
        yield server.database(_name(is_demo))


def _name(is_demo: bool) -> str:
    return DEMO_DATABASE if is_demo else DATABASE


def _refuse_foreign(settings: Settings) -> None:
    """The address of another server holds a password and is the caller's own already."""
    if settings.secrets.has(SecretName.DATABASE_URL):
        raise BadInputError([Fault("DB_URL", "an address", "nothing, for this is about the embedded server")])
