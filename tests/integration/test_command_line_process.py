"""The command line as a process among others: pipes, signals, terminals, users, folders, and the server it starts."""

import json
import os
import re
import signal
from collections.abc import Iterator
from threading import Event

import psycopg
import pytest

from tests.integration.collected_world import TOKEN, World, expected_shares, shares_of, world
from tests.integration.command_line import CommandLine, command_line, ended, on_terminal, running_servers, serving

LONG = "/".join(letter * 60 for letter in "lmn")
ORDINARY_USER = 65534
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3|9)[0-7]m")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


@pytest.fixture(scope="module")
def collected() -> Iterator[World]:
    """A small organisation that is collected, with its server left running."""
    with world() as made:
        made.line.succeed("collect")
        yield made


def visible(written: str) -> str:
    """Return what was written to a terminal without escape codes."""
    return _ESCAPE.sub("", written)


@pytest.mark.parametrize(
    "words", ["report shares --format csv", "report velocity --format csv", "report velocity", "roster history"]
)
def test_closed_pipe_ends_quietly(collected: World, words: str) -> None:
    """As with `| head -1`: the reader goes and the command ends well, without a word on standard error."""
    reading, writing = os.pipe()
    process = collected.line.start(*words.split(), stdout=writing)
    os.close(writing)
    # Before anything is written: what fits into a buffer finds nobody only at the very end.
    os.close(reading)
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "")


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="this machine has no /dev/full")
def test_full_disk_is_told_in_one_line(collected: World) -> None:
    """Where output cannot be written, the command fails and says why."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123  # a device
        result = ended(collected.line.start("report", "velocity", stdout=full))
    assert (result.code, result.err) == (1, "failed: No space left on device\n")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_collection_ends_at_once_with_a_message(sign: signal.Signals) -> None:
    """Ctrl-C, or being asked to end, while GitHub keeps everybody waiting; the embedded server is stopped as well."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts what runs in the background deaf to Ctrl-C, and our child would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    is_asked, may_answer = Event(), Event()

    def answer(path: str) -> tuple[int, str, bytes]:
        if path.partition("?")[0].endswith("/pulls"):
            is_asked.set()
            may_answer.wait(60)
        return 200, "application/json", json.dumps({"id": 7, "full_name": "octo/slow"}).encode()

    with serving(answer) as url, command_line(GITHUB_PAT=TOKEN, GITHUB_API_URL=url, REPOSITORIES="octo/slow") as line:
        (line.folder / "teams.json").write_text('{"teams": [{"name": "A"}]}')
        process = line.given(TEAM_CONFIG_FILE="teams.json").start("collect")
        try:
            assert is_asked.wait(60)
            # To the whole group, as a terminal does it.
            os.killpg(process.pid, sign)
            result = ended(process)
        finally:
            may_answer.set()
        assert result.code == 1
        assert result.err.splitlines()[-1] == (
            "interrupted; what was stored stays, and the next run goes on from there"
        )
        assert "Traceback" not in result.err
        assert "failed" not in result.err
        assert running_servers(line.data) == []


def test_several_commands_share_a_server_that_is_not_running(collected: World) -> None:
    """Two collections and a report at the same time: nothing is stored twice, no server is left.

    One of the collections may leave repositories to the other one, and says so.
    """
    with command_line(**{**collected.line.variables, "DATA_FOLDER": "data"}) as line:
        line.succeed("db", "migrate")
        started = [line.start(*words.split()) for words in ("collect", "collect", "report velocity")]
        results = [ended(process) for process in started]
        assert [result.code for result in results if "another run is collecting it" not in result.out] in (
            [0, 0, 0],
            [0, 0],
        ), results
        assert running_servers(line.data) == []
        assert shares_of(line) == expected_shares(collected.roster, collected.served())


def test_commands_of_the_database() -> None:
    """Migrate, status, url and stop from no data at all: the address outlives its command, stop ends the server."""
    with command_line() as line:
        nothing = line.run("db", "status")
        assert (nothing.code, nothing.out.startswith("There is no embedded database yet")) == (3, True)
        assert line.succeed("db", "stop").out == "There is no embedded database yet.\n"
        assert not line.data.exists()
        applied = line.succeed("db", "migrate").out.splitlines()
        assert len(applied) > 5
        assert all(entry.startswith("applied 0") for entry in applied)
        assert line.succeed("db", "migrate").out == "Nothing to do: every migration is applied.\n"
        assert (
            line.succeed("db", "status").out == f"the embedded server: {len(applied)} migrations applied, 0 pending\n"
        )
        assert running_servers(line.data) == []
        url = line.succeed("db", "url").out.strip()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM view_team_velocity").fetchone() == (0,)
        line.succeed("report", "velocity")
        assert len(running_servers(line.data)) == 1
        assert line.succeed("db", "stop").out == "The embedded server is stopped.\n"
        assert running_servers(line.data) == []
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)


def test_database_of_ones_own_is_used_by_its_address(collected: World) -> None:
    """With DB_URL the same figures come from there; it is neither printed nor stopped."""
    url = collected.line.succeed("db", "url").out.strip()
    with command_line(DB_URL=url) as line:
        assert shares_of(line) == shares_of(collected.line)
        assert line.run("db", "url").code == 2
        assert line.run("db", "stop").code == 2
        assert line.succeed("db", "status").out.startswith("DB_URL: ")
        assert not line.data.exists()


@pytest.mark.parametrize("name", ["with a space/ünï", LONG], ids=["spaces", "long"])
def test_data_folder_may_be_called_anything(name: str) -> None:
    """Spaces, letters beyond ASCII, and a path longer than the name of a socket may be."""
    with command_line(data_folder=name) as line:
        line.succeed("db", "migrate")
        assert "0 pending" in line.succeed("db", "status").out
        assert running_servers(line.data) == []


def as_ordinary_user(line: CommandLine) -> CommandLine:
    """Return the same command line for a user without privileges, or skip the test with the reason."""
    if os.geteuid() != 0:
        pytest.skip("these tests run as an ordinary user already")
    plain = ("setpriv", f"--reuid={ORDINARY_USER}", f"--regid={ORDINARY_USER}", "--clear-groups")
    # Where the interpreter lies under root's home, nobody else could start it without being allowed to pass.
    passing = (*plain, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    os.chown(line.folder, ORDINARY_USER, ORDINARY_USER)
    for prefix in (plain, passing):
        user = CommandLine(line.folder, line.variables, prefix)
        try:
            if user.run("--version").code == 0:
                return user
        except OSError as exc:
            pytest.skip(f"no other user can be taken on: {exc}")
    pytest.skip("another user cannot run this interpreter")


@pytest.mark.parametrize("name", ["data", f"a b/{LONG}"], ids=["plain", "spaces and long"])
def test_ordinary_user_has_a_server_too(name: str) -> None:
    """Whoever is not root starts, uses and stops the embedded server in a folder of their own."""
    with command_line(data_folder=name) as line:
        user = as_ordinary_user(line)
        user.succeed("db", "migrate")
        assert (line.folder / name / "postgresql" / "PG_VERSION").stat().st_uid == ORDINARY_USER
        assert user.succeed("report", "shares", "--format", "csv").rows == []
        assert running_servers(line.folder / name / "postgresql") == []


def test_output_without_a_terminal_is_plain_text(collected: World) -> None:
    """No escape codes on either channel, and no line is folded, however long."""
    commands = ("collect", "report velocity", "report lead-time", "roster show", "--help")
    for result in [collected.line.succeed(*words.split()) for words in commands]:
        assert "\x1b" not in result.out + result.err
        assert "\r" not in result.out + result.err
    (heading, second), *_ = [collected.line.succeed("report", "lead-time").out.splitlines()[:2]]
    assert heading.split() == ["median", "95th", "pct", "PRs", "PRs", "weighted", "weighted", "weighted", "effective"]
    assert second.split()[:2] == ["team", "month"]


def test_terminal_shows_progress_and_takes_it_away(collected: World) -> None:
    """A bar over the repositories while the run lasts; then the report on lines of its own, and the cursor is back."""
    written = on_terminal(collected.line.given(TERM="xterm-256color"), 80, "collect", "--full")
    assert "pull requests read" in written
    assert "\x1b[?25l" in written
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")
    report = visible(written.rpartition("pull requests read")[2]).strip().splitlines()
    assert report[0].split() == ["repository", "outcome", "requests", "pages", "seen", "changed", "shares"]
    assert report[-1] == "Nothing has changed since the last run."


@pytest.mark.parametrize("columns", [80, 140])
def test_tables_fit_the_terminal(collected: World, columns: int) -> None:
    """No line is wider, no cell is folded, and what was left out is told."""
    line = collected.line.given(TERM="xterm-256color")
    kinds = ("report velocity", "report lead-time", "report unattributed", "report shares")
    rows_of = {words: len(line.succeed(*words.split(), "--format", "csv").rows) for words in kinds}
    for words in kinds:
        written = visible(on_terminal(line, columns, *words.split()))
        # What is shown while the database opens is drawn over itself, the longer the slower the machine is.
        lines = written.rpartition("opening the database")[2].splitlines()
        assert max(map(len, lines)) <= columns
        # A folded cell would take a second line, and a row's line begin with something else.
        rows = [text for text in lines if text.startswith(("Checkout ", "Mobile ", "Storefront ", "2026-"))]
        assert len(rows) == rows_of[words]
    notes = visible(on_terminal(line, columns, "report", "lead-time"))
    assert ("Left out, for the terminal is narrow: PRs timed, effective PRs." in notes) == (columns == 80)


def test_no_color_is_heeded(collected: World) -> None:
    """With NO_COLOR the progress stays, without any colour; with TERM=dumb there is no escape code at all."""
    coloured, plain, dumb = (
        on_terminal(collected.line.given(**variables), 80, "collect")
        for variables in ({"TERM": "xterm"}, {"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"})
    )
    assert COLOUR.search(coloured)
    assert not COLOUR.search(plain)
    assert "pull requests read" in plain
    assert "\x1b" not in dumb
    assert "Run complete" in dumb
