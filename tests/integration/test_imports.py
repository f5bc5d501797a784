"""What each way in loads: a cold start pays for every import, needed or not."""

import subprocess
import sys

import pytest

HELP = {"attr", "attrs", "cattrs", "click", "rich", "typing_extensions"}
"""What showing help may load at most: the rest is for doing something."""

STORING = {"attr", "attrs", "cattrs", "msgspec", "psycopg", "psycopg_pool", "punq"}
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
_THEIRS = {"cython_runtime", "psycopg_binary", "sniffio", "typing_extensions"}


def loaded_by(program: str) -> set[str]:
    """Return the packages of others that a process of its own has loaded when the program ends."""
    return set(shown_by(program).rpartition("LOADED")[2].split())


def shown_by(program: str) -> str:
    """Return what a program prints in a process of its own, and last what it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(program=program)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


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


def test_reading_lists_loads_no_types_of_objects_and_leaves_pygithub_whole() -> None:
    """Another part of the same program may use all of it, in its own way and without knowing."""
    program = """
import github_tracker.adapters.github_rest
assert len([name for name in sys.modules if name.startswith("github.")]) < 25
import github
known = {"owner": {"login": "octocat", "type": "User"}, "open_issues": 3}
repository = github.Github().create_from_raw_data(github.Repository.Repository, known)
assert repository.open_issues == 3
assert type(repository.owner) is github.NamedUser.NamedUser and repository.owner.login == "octocat"
for name in ("Nonsense", "__wrapped__"):
    assert not hasattr(github, name), name
"""
    loaded_by(program)


def test_all_of_pygithub_is_found_where_it_would_be_without_us() -> None:
    """Modules, classes of the same names that take their places in the package, and what the modules hold."""
    program = """
import inspect, pkgutil
{first}
import github
names = sorted(module.name for module in pkgutil.iter_modules(github.__path__))
assert len(names) > 150
for name in names:
    found = getattr(github, name)
    members = vars(sys.modules[f"github.{{name}}"])
    print(found, *(f"{{name}}={{member}}" for name, member in members.items()
          if inspect.isclass(member) or inspect.ismodule(member) and member.__name__.startswith("github.")))
"""
    beside_us, alone = (
        shown_by(program.format(first=first)).partition("LOADED")[0]
        for first in ("import github_tracker.adapters.github_rest", "")
    )
    assert beside_us == alone


def test_pygithub_that_is_there_already_stays_as_it_is() -> None:
    """Whoever imported it before us keeps every module."""
    program = """
import github
modules = {name: module for name, module in sys.modules.items() if name.startswith(("github.", "jwt", "nacl"))}
import github_tracker.adapters.github_rest
assert len(modules) > 150
assert all(sys.modules[name] is module for name, module in modules.items())
"""
    loaded_by(program)


def test_what_collecting_loads_is_never_looked_through_for_garbage() -> None:
    """Neither the command, nor the database's driver, nor GitHub's client: that would take a tenth of loading them."""
    program = """
import gc
from contextlib import suppress
import punq
from github_tracker.entrypoints.cli import cli

def is_kept(thing):
    return not any(thing is looked_through for looked_through in gc.get_objects())

command = cli.get_command(None, "collect")
assert is_kept(command)

from github_tracker.adapters.memory import MemorySecretStore, MemoryTelemetry
from github_tracker.entrypoints.cli.session import collecting_container_for
from github_tracker.entrypoints.settings import read_settings
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.secret_store import Secret, SecretName
from github_tracker.ports.telemetry import Telemetry
settings = read_settings({"DB_URL": "postgresql://nobody@127.0.0.1:1/none", "REPOSITORIES": "acme/widgets"})
with suppress(Exception), collecting_container_for(False, settings, MemoryTelemetry()):
    pass
import psycopg
assert is_kept(psycopg.Connection)

from github_tracker.entrypoints.collecting_container import register_collecting
container = punq.Container()
container.register(Telemetry, instance=MemoryTelemetry())
secrets = MemorySecretStore({SecretName.GITHUB_TOKEN: Secret("token")})
register_collecting(container, settings, object(), secrets)
container.resolve(GitHubSource)
assert is_kept(sys.modules["github.Requester"].Requester)
assert gc.isenabled()
"""
    loaded_by(program)
