"""The command line: `github-tracker`. Commands are imported when they are called, so that --help is quick."""

import gc
import importlib
import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Final

import click

from github_tracker.entrypoints.cli.exit_codes import ExitCode
from github_tracker.entrypoints.process_memory import without_looking_for_garbage

OBJECTS_BETWEEN_COLLECTIONS: Final = 10_000

_COMMANDS: Final = {
    "demo": "Show everything on a simulated organisation; needs neither network nor token.",
    "collect": "Collect what is new on GitHub, attribute it and store it.",
    "status": "Show what the last run did and how far each repository has come.",
    "report": "Show velocity, lead time, shares, and what no team earned.",
    "export": "Write all pull requests or shares to a CSV or Parquet file.",
    "explain": "Say why one pull request is credited as it is.",
    "roster": "Check a roster, put it in force, show the one in force and its history.",
    "reattribute": "Put another roster or rule over what is stored, or only show what that would change.",
    "what-if": "Compare the figures with those of another roster or rule; writes nothing.",
    "verify": "Compute everything anew from the facts, and tell what is off.",
    "forget": "Replace a person by a pseudonym, for good.",
    "prune": "Remove pull requests that ended long ago, and keep them away.",
    "keys": "Make keys of the metrics API, list and revoke them.",
    "simulate": "Run a scenario file in memory, in virtual time, and show its figures.",
    "serve": "Serve the figures over HTTP.",
    "db": "Migrate the database, show its state or address, stop the embedded one.",
}

_EXAMPLES: Final = {
    "github-tracker demo": "See it at work.",
    "github-tracker --demo report velocity": "Look closer at what the demo did.",
    "github-tracker collect": "Begin with your own repositories.",
}

_VARIABLES: Final = {
    "GITHUB_PAT": "A token that may read the repositories; needed to collect.",
    "REPOSITORIES": "owner/name,owner/name; needed to collect.",
    "TEAM_CONFIG_FILE": "The roster as a .json or .toml file. Default: the stored one.",
    "TEAM_CONFIG_JSON": "The roster itself, instead of a file.",
    "DB_URL": "postgresql://... Default: an embedded server.",
    "DATA_FOLDER": "Where the embedded server keeps its data. Default: .github-tracker",
    "GITHUB_API_URL": "Of GitHub Enterprise Server: https://HOST/api/v3",
    "ATTRIBUTION_RULE": "created, merged or effort: which time decides. Default: the stored one.",
    "REPORT_TIME_ZONE": "Where weeks and months begin, such as Europe/Berlin. Default: the stored one.",
    "BOT_PATTERNS": "Further bots, such as ci-*,deploy-bot. Default: the stored ones.",
    "MIN_GROUP_SIZE": "Reports withhold a team's figures of fewer people, such as 3. Default: 0, nothing.",
    "API_KEYS": "Keys of the metrics API, besides those in the database: a JSON list of their hashes.",
    "STORE_TITLES": "false leaves the titles of pull requests out.",
    "COLLECT_CONCURRENCY": "Repositories that GitHub is asked for at a time. Default: 8.",
    "GITHUB_SHARED_BUDGET": "true counts requests together with all who use the same token and database.",
    "GITHUB_REQUESTS_PER_HOUR": "GitHub's limit of that budget. Default: 5000.",
    "GITHUB_REQUESTS_PER_MINUTE": "The same of a minute. Default: 900.",
    "GITHUB_REQUESTS_RESERVE": "Of the hour, left to others. Default: a fiftieth.",
    "DB_READ_URL": "Where the API reads, such as a replica. Default: DB_URL.",
    "API_RATE_PER_MINUTE": "Requests of each key of the API. Default: 600.",
    "API_ADDRESS_RATE_PER_MINUTE": "Requests of each address. Default: 1200.",
    "API_CORS_ORIGINS": "Whose pages may read the API's answers, such as https://dashboard.example. Default: none.",
    "LOG_LEVEL": "DEBUG, INFO, WARNING or ERROR. Default: WARNING.",
}

_EXIT_CODES: Final = {
    ExitCode.COMPLETE: "Complete.",
    ExitCode.FAILED: "Failed: GitHub, the database or this machine did not do its part.",
    ExitCode.BAD_INPUT: "Bad input: settings, roster or arguments were refused, and nothing was done.",
    ExitCode.PARTIAL: "Partial: something is left to do; the next run goes on there.",
}


class _LazyGroup(click.Group):
    """Knows its commands by name and one line; imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        if cmd_name not in _COMMANDS:
            return None
        with without_looking_for_garbage():
            module = importlib.import_module(f"github_tracker.entrypoints.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        with formatter.section("Examples"):
            formatter.write_dl(list(_EXAMPLES.items()), col_max=40)
        with formatter.section("Environment variables"):
            formatter.write_dl(list(_VARIABLES.items()))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code.value), meaning) for code, meaning in _EXIT_CODES.items()])

    def invoke(self, ctx: click.Context) -> object:
        # Here, since click itself would end a broken pipe with exit code 1, and what is still buffered breaks later.
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _discard_output()
            return ExitCode.COMPLETE
        return result


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--demo", "is_demo", is_flag=True, help="Run the command on the demonstration's own database.")
@click.version_option(package_name="github-tracker")
@click.pass_context
def cli(context: click.Context, is_demo: bool) -> None:
    """Credit GitHub pull requests to teams through time-windowed, weighted membership."""
    context.obj = is_demo


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    # Hardly any garbage in circles is made here, and looking for it at Python's own pace takes 6 % of a first walk.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    # Being asked to end, as by `timeout` or a container's stop, is the same as Ctrl-C: the embedded server is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A letter that the terminal does not know is shown by its number.
        sys.stdout.reconfigure(errors="backslashreplace")
    code = run(arguments)
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        # After Ctrl-C, threads may still wait for GitHub. What they store is whole or nothing: they are left behind.
        sys.stderr.flush()
        os._exit(code)
    # Else Python looks through all that was loaded once more, for a tenth of a second.
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: every expected error is one message, never a traceback."""
    try:
        result = cli.main(arguments, prog_name="github-tracker", standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        return ExitCode.BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; what was stored stays, and the next run goes on from there", err=True)
        return ExitCode.FAILED
    except Exception as exc:  # noqa: BLE001  # the edge: whatever comes here ends the process with a message
        return _end_with(exc)
    return result if isinstance(result, int) else ExitCode.COMPLETE


def _end_with(exc: Exception) -> int:
    from github_tracker.entrypoints.cli.failures import exit_code_of  # noqa: PLC0415  # needed only when it fails

    try:
        sys.stdout.flush()
    except OSError:  # a full disk below a redirected output: the rest cannot be written either, not even at exit
        _discard_output()
    logging.getLogger("github_tracker").debug("ended by an error", exc_info=exc)
    code, message = exit_code_of(exc)
    click.echo(message, err=True)
    return code


def _discard_output() -> None:
    """Let what is still buffered vanish: its reader has gone, as after `| head`, or there is no room for it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
