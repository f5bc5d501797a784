"""What each way in loads: a cold start pays for every import, needed or not."""

import subprocess
import sys

import pytest

HELP = {"attr", "attrs", "cattrs", "click", "rich", "typing_extensions"}
"""What showing help may load at most: the rest is for doing something."""

STORING = {"attr", "attrs", "cattrs", "msgspec", "psycopg", "psycopg_pool", "punq", "stamina"}
"""msgspec writes the documents that PostgreSQL is given; it loads in 3 ms."""

_PROGRAM = """
import sys
{program}
loaded = {{name.partition(".")[0] for name in sys.modules}}
known = {{"github_tracker", *sys.stdlib_module_names}}
print("LOADED", *sorted(name for name in loaded - known if not name.startswith("_")))
"""

_RUN = """
from github_tracker.entrypoints.cli import run
assert run({words!r}) == 0
"""

# What others bring along by themselves.
_THEIRS = {"cython_runtime", "psycopg_binary", "sniffio", "tenacity", "typing_extensions"}


def loaded_by(program: str) -> set[str]:
    """Return the packages of others that a process of its own has loaded when the program ends."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(program=program)], capture_output=True, text=True, check=True
    )
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_help_loads_the_command_line_library_alone() -> None:
    """Not even the library of values."""
    assert loaded_by(_RUN.format(words=["--help"])) <= {"click"}


@pytest.mark.parametrize(
    "words",
    [
        "collect",
        "demo",
        "explain",
        "export",
        "forget",
        "keys",
        "prune",
        "reattribute",
        "report",
        "report velocity",
        "roster",
        "roster check",
        "serve",
        "simulate",
        "status",
        "verify",
        "what-if",
    ],
)
def test_help_of_a_command_loads_no_driver(words: str) -> None:
    """Neither GitHub's nor the database's, no container, no server; `db` is about the database and has its driver."""
    assert loaded_by(_RUN.format(words=[*words.split(), "--help"])) <= HELP


def test_what_works_on_the_database_loads_neither_github_nor_a_server() -> None:
    """Most commands ask GitHub nothing, and its client takes longer to load than they take."""
    assert loaded_by("import github_tracker.entrypoints.containers") <= STORING | _THEIRS


def test_attribution_loads_the_library_of_values_alone() -> None:
    """Whoever takes the domain into a program of their own takes attrs along and nothing else."""
    assert loaded_by("import github_tracker.domain.explanation") <= {"attr", "attrs"}


def test_collector_loads_no_command_line_and_no_server() -> None:
    """The use case and GitHub's adapter, with the client and the decoder."""
    loaded = loaded_by(
        "import github_tracker.entrypoints.containers, github_tracker.adapters.github_rest, "
        "github_tracker.application.collect"
    )
    assert not loaded & {"click", "rich", "litestar", "uvicorn", "mangum", "boto3", "pyarrow", "yoyo", "hypothesis"}


def test_collecting_loads_what_collecting_needs() -> None:
    """No other use case, no adapter in memory, the shared budget only where there is one, and nothing that draws."""
    program = """
import github_tracker.entrypoints.cli.collect, github_tracker.entrypoints.collecting_container
import github_tracker.adapters.github_rest
assert "rich" not in sys.modules
for other in ("adapters.memory", "adapters.postgres.migrations", "adapters.postgres.partitioning",
        "adapters.postgres.request_budget", "application.budgeted_source", "application.verify",
        "application.what_if", "application.simulation", "entrypoints.containers"):
    assert f"github_tracker.{other}" not in sys.modules, other
"""
    loaded_by(program)


def test_reading_lists_with_a_token_loads_nothing_that_signs() -> None:
    """PyGithub brings it along, and it is there as soon as somebody asks for it."""
    program = """
import github_tracker.adapters.github_rest
for seldom in ("charset_normalizer", "cryptography", "jwt", "nacl.encoding", "nacl.public"):
    assert seldom not in sys.modules, seldom
from github import Auth, PublicKey
import charset_normalizer, jwt, requests
from nacl import encoding, public
assert requests.compat.chardet.detect(b"abc")["encoding"] == "ascii"
assert PublicKey.public.SealedBox is public.SealedBox
assert Auth.jwt is not jwt
assert Auth.jwt.encode is jwt.encode
"""
    loaded_by(program)
