"""The command line: `github-tracker`. Commands are imported when they are called, so that --help is quick."""

import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from github_tracker.entrypoints.cli.exit_codes import ExitCode

_COMMANDS: Final = {
    "demo": "Show everything on a simulated organisation; needs neither network nor token.",
    "collect": "Collect what is new on GitHub, attribute it and store it.",
    "report": "Show velocity, lead time, shares, and what no team earned.",
    "roster": "Check a roster, put it in force, show the one in force.",
    "db": "Migrate the database, show its state or address, stop the embedded one.",
}


class _LazyGroup(click.Group):
    """Knows its commands by name and one line; imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"github_tracker.entrypoints.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--demo", "is_demo", is_flag=True, help="Run the command on the demonstration's own database.")
@click.version_option(package_name="github-tracker")
@click.pass_context
def cli(context: click.Context, is_demo: bool) -> None:
    """Credit GitHub pull requests to teams through time-windowed, weighted membership.

    Everything is set by environment variables; see the README. Exit codes: 0 complete, 1 failed, 2 bad input,
    3 partial.
    """
    context.obj = is_demo


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: every expected error is one message, never a traceback."""
    try:
        result = cli.main(arguments, prog_name="github-tracker", standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        return ExitCode.BAD_INPUT
    except click.Abort:
        click.echo("interrupted; what was stored stays, and the next run goes on from there", err=True)
        return ExitCode.FAILED
    except Exception as exc:  # noqa: BLE001  # the edge: whatever comes here ends the process with a message
        return _end_with(exc)
    return result if isinstance(result, int) else ExitCode.COMPLETE


def _end_with(exc: Exception) -> int:
    from github_tracker.entrypoints.cli.failures import exit_code_of  # noqa: PLC0415  # needed only when it fails

    if isinstance(exc, BrokenPipeError):
        # The reader has gone, as `| head` does; nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.COMPLETE
    logging.getLogger("github_tracker").debug("ended by an error", exc_info=exc)
    code, message = exit_code_of(exc)
    click.echo(message, err=True)
    return code
