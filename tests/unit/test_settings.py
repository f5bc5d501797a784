"""Settings from the environment: every default, what is accepted, and what collecting needs."""

from decimal import Decimal
from pathlib import Path

import pytest
from attrs import asdict, evolve

from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionRule
from github_tracker.entrypoints.bad_input import Fault
from github_tracker.entrypoints.roster_file import RosterForm
from github_tracker.entrypoints.setting_values import LogLevel
from github_tracker.entrypoints.settings import Settings, read_collecting_settings, read_settings
from tests.unit.environments import CANARY, COLLECTING, ROSTER, VARIABLES, refusal_of
from tests.unit.examples import roster_of


def test_defaults() -> None:
    """An empty environment is a complete set of settings for everything but collecting."""
    assert read_settings({}) == Settings(
        github_token=None,
        github_api_url="https://api.github.com",
        database_url=None,
        roster=None,
        roster_form=RosterForm.JSON,
        repositories=(),
        attribution_rule=None,
        report_time_zone=None,
        bot_patterns=None,
        min_group_size=0,
        api_keys=None,
        stores_titles=True,
        collect_concurrency=8,
        log_level=LogLevel.WARNING,
        data_folder=Path(".github-tracker"),
        github_app=None,
        github_app_key=None,
        secret_ids={},
    )


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_blank_variable_is_an_unset_one(blank: str) -> None:
    """Empty variables are how many platforms say unset."""
    assert read_settings(dict.fromkeys(VARIABLES, blank)) == read_settings({})


def test_unknown_variables_are_ignored() -> None:
    """The environment holds much that is not ours, and near misses are no fault by themselves."""
    assert read_settings({"PATH": "/bin", "REPOSITORY": "a/b", "GITHUB_TOKEN": "t"}) == read_settings({})


GOOD: dict[str, tuple[str, str, str, object]] = {
    "api of a server": ("GITHUB_API_URL", "https://ghe.example.org/api/v3/", "github_api_url", "https://ghe.example.org/api/v3"),
    "api without encryption": ("GITHUB_API_URL", "http://localhost:8080", "github_api_url", "http://localhost:8080"),
    "api by address": ("GITHUB_API_URL", "http://[::1]:8080/", "github_api_url", "http://[::1]:8080"),
    "one repository": ("REPOSITORIES", "octo/hello", "repositories", ("octo/hello",)),
    "spaces around": ("REPOSITORIES", " a/b ,\n c/d , ", "repositories", ("a/b", "c/d")),
    "same without case": ("REPOSITORIES", "B/b,a/A,b/B,A/a", "repositories", ("B/b", "a/A")),
    "odd but legal name": ("REPOSITORIES", "o-o/.github,o/a_b.c", "repositories", ("o-o/.github", "o/a_b.c")),
    "nothing between commas": ("REPOSITORIES", " , ", "repositories", ()),
    "rule created": ("ATTRIBUTION_RULE", "created", "attribution_rule", AttributionRule.CREATED),
    "rule merged": ("ATTRIBUTION_RULE", "Merged", "attribution_rule", AttributionRule.MERGED),
    "rule effort": ("ATTRIBUTION_RULE", " effort ", "attribution_rule", AttributionRule.EFFORT),
    "time zone": ("REPORT_TIME_ZONE", "Europe/Berlin", "report_time_zone", "Europe/Berlin"),
    "patterns": ("BOT_PATTERNS", "ci-*, , *-robot", "bot_patterns", ("ci-*", "*-robot")),
    "empty patterns": ("BOT_PATTERNS", "", "bot_patterns", ()),
    "blank patterns": ("BOT_PATTERNS", " ", "bot_patterns", ()),
    "group size": ("MIN_GROUP_SIZE", "3", "min_group_size", 3),
    "titles true": ("STORE_TITLES", "TRUE", "stores_titles", True),
    "titles 1": ("STORE_TITLES", "1", "stores_titles", True),
    "titles yes": ("STORE_TITLES", "Yes", "stores_titles", True),
    "titles false": ("STORE_TITLES", "False", "stores_titles", False),
    "titles 0": ("STORE_TITLES", "0", "stores_titles", False),
    "titles no": ("STORE_TITLES", "NO", "stores_titles", False),
    "least concurrency": ("COLLECT_CONCURRENCY", "1", "collect_concurrency", 1),
    "most concurrency": ("COLLECT_CONCURRENCY", "32", "collect_concurrency", 32),
    "level debug": ("LOG_LEVEL", "debug", "log_level", LogLevel.DEBUG),
    "level info": ("LOG_LEVEL", "Info", "log_level", LogLevel.INFO),
    "level warn": ("LOG_LEVEL", "WARN", "log_level", LogLevel.WARNING),
    "level warning": ("LOG_LEVEL", "warning", "log_level", LogLevel.WARNING),
    "level error": ("LOG_LEVEL", "ERROR", "log_level", LogLevel.ERROR),
    "folder": ("DATA_FOLDER", "/var/lib/tracker", "data_folder", Path("/var/lib/tracker")),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "field", "value"), GOOD.values(), ids=GOOD)
def test_variable_sets_its_field_and_no_other(name: str, text: str, field: str, value: object) -> None:
    """One variable, one field."""
    expected = asdict(read_settings({}), recurse=False) | {field: value}
    assert asdict(read_settings({name: text}), recurse=False) == expected


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://tracker:{CANARY}@db.example.org:5432/metrics?sslmode=require",
        f"postgres://tracker:{CANARY}@[::1]:5432/metrics",
        f"postgresql://tracker:{CANARY}@one:5432,two:5433/metrics",
        f"postgresql:///metrics?password={CANARY}",
        f"postgresql://tracker:{CANARY}@db",
    ],
)
def test_secrets_are_kept_and_not_shown(url: str) -> None:
    """The settings hold them; their repr does not."""
    settings = read_settings({"DB_URL": url, "GITHUB_PAT": f" {CANARY}\n"})
    assert settings.database_url is not None
    assert settings.database_url.reveal() == url
    assert settings.github_token is not None
    assert settings.github_token.reveal() == CANARY
    assert CANARY not in repr(settings)
    assert CANARY not in str(settings)


@pytest.mark.parametrize("repositories", ["", " ", ",", " , "])
def test_collecting_needs_token_and_repositories(repositories: str) -> None:
    """Both are told; without collecting neither is missed."""
    environment = {"REPOSITORIES": repositories}
    error = refusal_of(environment, read_collecting_settings)
    token, names = error.faults
    assert (token.path, token.found) == ("GITHUB_PAT", "nothing")
    assert token.wanted.startswith("a personal access token for GitHub, or its secret's id")
    assert names == Fault("REPOSITORIES", "nothing", "names such as owner/name, separated by commas")
    assert read_settings(environment).repositories == ()


def test_collecting_settings_are_the_settings() -> None:
    """With what collecting needs, both doors let in the same."""
    settings = read_collecting_settings(COLLECTING)
    assert settings.repositories == ("octo/hello",)
    assert settings.github_token is not None
    assert settings.github_token.reveal() == "ghp_token"
    assert evolve(settings, github_token=None, repositories=()) == read_settings({})


def test_roster_is_read_from_the_variable() -> None:
    """TEAM_CONFIG_JSON holds the file's text, in the older form as well."""
    expected = roster_of(Membership("Platform", "alice", Decimal("0.5")))
    older = '[{"name": "Platform", "members": [{"username": "alice", "allocation": 0.5}]}]'
    assert read_settings({"TEAM_CONFIG_JSON": ROSTER}).roster == expected
    assert read_settings({"TEAM_CONFIG_JSON": older}).roster == expected


def test_roster_is_read_from_the_file(tmp_path: Path) -> None:
    """TEAM_CONFIG_FILE names it."""
    path = tmp_path / "roster.json"
    path.write_text(ROSTER, encoding="utf-8")
    assert read_settings({"TEAM_CONFIG_FILE": str(path)}).roster == roster_of(
        Membership("Platform", "alice", Decimal("0.5"))
    )
