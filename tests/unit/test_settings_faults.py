"""Settings from the environment: what is refused, what is hinted at, and that no secret is ever shown."""

import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.entrypoints.bad_input import Fault
from github_tracker.entrypoints.settings import read_collecting_settings
from tests.unit.environments import CANARY, COLLECTING, ROSTER, VARIABLES, refusal_of

BAD_PORT = "a port that is no number from 1 to 65535 (value not shown)"
BAD_START = "another beginning than postgresql:// (value not shown)"
BAD: dict[str, tuple[str, str, str]] = {
    "token with a space": ("GITHUB_PAT", "ghp a", "spaces or other odd characters in it (value not shown)"),
    "token with an accent": ("GITHUB_PAT", "ghpé", "spaces or other odd characters in it (value not shown)"),
    "api without scheme": ("GITHUB_API_URL", "api.github.com", "'api.github.com'"),
    "api of another scheme": ("GITHUB_API_URL", "ftp://api.github.com", "'ftp://api.github.com'"),
    "api without host": ("GITHUB_API_URL", "https:///api/v3", "'https:///api/v3'"),
    "api with a port only": ("GITHUB_API_URL", "https://:443", "'https://:443'"),
    "api with an open bracket": ("GITHUB_API_URL", "https://[::1", "'https://[::1'"),
    "api with a space": ("GITHUB_API_URL", "https://api. github.com", "'https://api. github.com'"),
    "api with a query": ("GITHUB_API_URL", "https://a.b?key=1", "a query or fragment (value not shown)"),
    "api with an empty query": ("GITHUB_API_URL", "https://a.b/?", "a query or fragment (value not shown)"),
    "api with a fragment": ("GITHUB_API_URL", "https://a.b#c", "a query or fragment (value not shown)"),
    "api with a password": ("GITHUB_API_URL", "https://u:p@a.b", "a user or password in the URL (value not shown)"),
    "api with a bad port": ("GITHUB_API_URL", "https://a.b:c", BAD_PORT),
    "api with port zero": ("GITHUB_API_URL", "https://a.b:0", BAD_PORT),
    "database of another kind": ("DB_URL", "mysql://h/d", BAD_START),
    "database by driver": ("DB_URL", "postgresql+psycopg://h/d", BAD_START),
    "database by words": ("DB_URL", "host=h password=p", BAD_START),
    "database with a space": ("DB_URL", "postgresql://h/a b", "spaces or other odd characters (value not shown)"),
    "name without owner": ("REPOSITORIES", "hello", "'hello' as entry 1"),
    "name of three parts": ("REPOSITORIES", "a/b,a/b/c", "'a/b/c' as entry 2"),
    "name with a space": ("REPOSITORIES", "a/b c", "'a/b c' as entry 1"),
    "name with an accent": ("REPOSITORIES", "a/é", "'a/é' as entry 1"),
    "name of dots": ("REPOSITORIES", "a/..", "'a/..' as entry 1"),
    "owner of a dot": ("REPOSITORIES", "./a", "'./a' as entry 1"),
    "name separated otherwise": ("REPOSITORIES", "a/b;c/d", "'a/b;c/d' as entry 1"),
    "name as address": ("REPOSITORIES", "https://github.com/o/r", "'https://github.com/o/r' as entry 1"),
    "unknown rule": ("ATTRIBUTION_RULE", "closed", "'closed'"),
    "unknown zone": ("REPORT_TIME_ZONE", "Europe/Atlantis", "'Europe/Atlantis'"),
    "zone that is a folder": ("REPORT_TIME_ZONE", "Europe", "'Europe'"),
    "zone that is a path": ("REPORT_TIME_ZONE", "../UTC", "'../UTC'"),
    "pattern with odd characters": ("BOT_PATTERNS", "ci-*,a\udcffb", "'a\\udcffb'"),
    "titles perhaps": ("STORE_TITLES", "maybe", "'maybe'"),
    "titles 2": ("STORE_TITLES", "2", "'2'"),
    "group size negative": ("MIN_GROUP_SIZE", "-1", "'-1'"),
    "group size fraction": ("MIN_GROUP_SIZE", "2.5", "'2.5'"),
    "group size in other digits": ("MIN_GROUP_SIZE", "\u0668", "'\u0668'"),
    "concurrency zero": ("COLLECT_CONCURRENCY", "0", "'0'"),
    "concurrency too high": ("COLLECT_CONCURRENCY", "33", "'33'"),
    "concurrency negative": ("COLLECT_CONCURRENCY", "-1", "'-1'"),
    "concurrency fraction": ("COLLECT_CONCURRENCY", "8.0", "'8.0'"),
    "concurrency in other digits": ("COLLECT_CONCURRENCY", "\u0668", "'\u0668'"),
    "concurrency beyond measure": ("COLLECT_CONCURRENCY", "9" * 5000, "'" + "9" * 79 + "..."),
    "unknown level": ("LOG_LEVEL", "verbose", "'VERBOSE'"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "found"), BAD.values(), ids=BAD)
def test_bad_value_is_refused_by_its_variable(name: str, text: str, found: str) -> None:
    """One fault, with the variable's name as its path."""
    (fault,) = refusal_of({name: text}).faults
    assert (fault.path, fault.found) == (name, found)
    assert fault.wanted


@pytest.mark.parametrize("port", ["x", "0", "65536", "123456", "-1", "5432:5432", "5432,two:x", f"{CANARY}/x"])
@pytest.mark.parametrize("credentials", ["", f"u:{CANARY}@", "u:%2F@"])
def test_database_port_must_be_a_number(port: str, credentials: str) -> None:
    """A port that cannot be, also where an unencoded slash in the password cuts the address short."""
    error = refusal_of({"DB_URL": f"postgresql://{credentials}h:{port}"})
    assert [(fault.path, "a port" in fault.found) for fault in error.faults] == [("DB_URL", True)]
    assert CANARY not in str(error)


@pytest.mark.parametrize(
    "environment",
    [
        {"DB_URL": f"mysql://u:{CANARY}@h/d"},
        {"DB_URL": f"postgresql://u:{CANARY}@h:port/d"},
        {"DB_URL": f"postgresql://u:a/{CANARY}@h/d"},
        {"DB_URL": f"postgresql://[{CANARY}"},
        {"DB_URL": f"postgresql://h/d?password=a {CANARY}"},
        {"DB_URL": CANARY},
        {"GITHUB_PAT": f"a {CANARY}"},
        {"GITHUB_PAT": f"é{CANARY}"},
        {"GITHUB_API_URL": f"https://u:{CANARY}@h"},
        {"GITHUB_API_URL": f"https://{CANARY}@h?x"},
        {"GITHUB_API_URL": f"https://h/?access_token={CANARY}"},
        {"GITHUB_API_URL": f"https://u:{CANARY}"},
        {"GITHUB_API_URL": f"https://[u:{CANARY}@h"},
        {"GITHUB_API_URL": f"ghp_{CANARY}"},
        {"REPOSITORIES": f"https://u:{CANARY}@github.com/o/r"},
        {"REPOSITORIES": f"https://u:a/{CANARY}@github.com/o/r"},
        {"REPOSITORIES": f"github_pat_{CANARY}"},
        {"GITHUB_TOKEN": CANARY, "DATABASE_URL": CANARY, "LOG_LEVEL": "x"},
        {"DB_URL": f"postgresql://u:{CANARY}@h/d", "GITHUB_PAT": CANARY, "LOG_LEVEL": "x"},
    ],
    ids=str,
)
def test_no_secret_is_echoed(environment: dict[str, str]) -> None:
    """Neither message nor fault nor the traceback's chain of causes shows what may be a secret."""
    error = refusal_of(environment, read_collecting_settings)
    assert error.faults
    for text in (str(error), repr(error), repr(error.faults), repr(error.hints)):
        assert CANARY not in text
    assert CANARY not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("https://github.com/o/r", "; write o/r"),
        ("https://github.com/o/r.git", "; write o/r"),
        ("https://github.com/o/r/pulls?q=1", "; write o/r"),
        ("git@github.com:o/r.git", "; write o/r"),
        ("ssh://git@github.com/o/r", "; write o/r"),
        ("github.com/o/r/", "; write o/r"),
        ("https://u:t@github.com/o/r", "; write o/r"),
        ("https://github.com/o", ""),
        ("hello", ""),
    ],
)
def test_address_of_a_repository_is_refused_with_its_name(entry: str, hint: str) -> None:
    """Whoever pastes an address is told what to write."""
    (fault,) = refusal_of({"REPOSITORIES": entry}).faults
    assert fault.wanted == f"names such as owner/name, separated by commas{hint}"


def test_all_faults_are_listed_at_once() -> None:
    """Over all variables, entries of a list and the roster, and with what collecting needs."""
    error = refusal_of(
        {
            "GITHUB_API_URL": "x",
            "DB_URL": "x",
            "TEAM_CONFIG_JSON": '{"teams": [{"name": "", "members": [{"username": 1}]}]}',
            "REPOSITORIES": "a,b/c,d",
            "ATTRIBUTION_RULE": "x",
            "REPORT_TIME_ZONE": "x",
            "STORE_TITLES": "x",
            "COLLECT_CONCURRENCY": "x",
            "LOG_LEVEL": "x",
        },
        read_collecting_settings,
    )
    assert [fault.path for fault in error.faults] == [
        "DB_URL",
        "GITHUB_API_URL",
        "TEAM_CONFIG_JSON: teams[0].name",
        "TEAM_CONFIG_JSON: teams[0].members[0].username",
        "REPOSITORIES",
        "REPOSITORIES",
        "ATTRIBUTION_RULE",
        "REPORT_TIME_ZONE",
        "STORE_TITLES",
        "COLLECT_CONCURRENCY",
        "LOG_LEVEL",
        "GITHUB_PAT",
    ]
    assert len(str(error).splitlines()) == len(error.faults)


@pytest.mark.parametrize(
    ("given_name", "meant"),
    [
        ("REPOSITORY", "REPOSITORIES"),
        ("REPOSITORIS", "REPOSITORIES"),
        ("repositories", "REPOSITORIES"),
        ("GITHUB_TOKEN", "GITHUB_PAT"),
        ("GH_TOKEN", "GITHUB_PAT"),
        ("TEAM_CONFIG", "TEAM_CONFIG_JSON or TEAM_CONFIG_FILE"),
        ("TEAM_CONFIG_FIEL", "TEAM_CONFIG_FILE"),
        ("DATABASE_URL", "DB_URL"),
        ("LOGLEVEL", "LOG_LEVEL"),
    ],
)
def test_near_miss_is_hinted_at(given_name: str, meant: str) -> None:
    """A misspelt variable is named in the error, its value is not."""
    error = refusal_of({given_name: CANARY}, read_collecting_settings)
    assert error.hints == (f"{given_name} is set but not read; is {meant} meant?",)
    assert str(error).splitlines()[-1] == f"hint: {error.hints[0]}"


def test_no_hint_where_the_right_variable_is_set() -> None:
    """Nor for a blank one, nor for a lookalike of a known platform."""
    environment = {**COLLECTING, "REPOSITORY": "a/b", "GITHUB_TOKEN": "t", "TEAM_CONFIG": "x", "TEAM_CONFIG_JSON": "x"}
    assert refusal_of(environment).hints == ()
    assert refusal_of({"GITHUB_PATH": "/x", "GH_TOKEN": " "}, read_collecting_settings).hints == ()


def test_faults_of_the_roster_file_name_variable_file_and_place(tmp_path: Path) -> None:
    """Each fault says in which file, and where in it."""
    path = tmp_path / "roster.toml"
    path.write_text('[[teams]]\nname = "a"\n[[teams.members]]\nusername = 1\n', encoding="utf-8")
    (fault,) = refusal_of({"TEAM_CONFIG_FILE": str(path)}).faults
    assert fault.path == f"TEAM_CONFIG_FILE ({path}): teams[0].members[0].username"


@pytest.mark.parametrize("name", ["none.json", "roster.yaml", "odd\nname.json"])
def test_unusable_roster_file_is_a_fault_of_the_variable(name: str, tmp_path: Path) -> None:
    """A missing file, or one of another kind, has no place inside."""
    path = str(tmp_path / name)
    (fault,) = refusal_of({"TEAM_CONFIG_FILE": path}).faults
    shown = path if path.isprintable() else repr(path)
    assert fault.path == f"TEAM_CONFIG_FILE ({shown})"


def test_only_one_source_of_the_roster() -> None:
    """Text and file at once are refused, since nobody could tell which holds."""
    (fault,) = refusal_of({"TEAM_CONFIG_JSON": ROSTER, "TEAM_CONFIG_FILE": "roster.json"}).faults
    assert fault == Fault("TEAM_CONFIG_FILE", "a file, and TEAM_CONFIG_JSON as well", "only one of them")


TEXTS = st.text(max_size=20) | st.text("/:@[]?#.,%- aé0p", max_size=20).map("https://".__add__)


@given(st.dictionaries(st.sampled_from(sorted({*VARIABLES, "BOT_PATTERNS"} - {"TEAM_CONFIG_FILE"})), TEXTS))
def test_any_environment_is_read_or_refused(environment: dict[str, str]) -> None:
    """Law: nothing but BadInputError comes out, each fault names a variable, and no secret is in the message."""
    url = f"postgresql://u:{CANARY}@{environment.get('DB_URL', '')}"
    token = f"{CANARY}{environment.get('GITHUB_PAT', '')}"
    error = refusal_of({**environment, "DB_URL": url, "GITHUB_PAT": token, "LOG_LEVEL": "none"})
    assert {fault.path.partition(":")[0] for fault in error.faults} <= {*VARIABLES, "BOT_PATTERNS"}
    assert CANARY not in str(error)
