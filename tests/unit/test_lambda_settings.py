"""Settings of Lambda functions: the environment together with what lies in S3."""

from collections.abc import Mapping

import pytest

from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.lambda_settings import read_invocation_settings
from github_tracker.entrypoints.lambda_watch import log_level
from github_tracker.entrypoints.roster_file import RosterForm
from github_tracker.entrypoints.setting_values import LogLevel
from github_tracker.entrypoints.settings import Settings, read_collecting_settings
from github_tracker.ports.configuration_files import ConfigurationFiles
from github_tracker.ports.errors import ConfigurationUnavailableError
from tests.unit.environments import COLLECTING, ROSTER

TOKEN = {"GITHUB_PAT": "ghp_token"}
TOML = '[[teams]]\nname = "Platform"\n[[teams.members]]\nusername = "alice"\nallocation_weight = 0.5\n'
BOTH = {**TOKEN, "TEAM_CONFIG_S3": "s3://bucket/teams.json", "REPOSITORIES_S3": "s3://bucket/list"}


class GivenFiles(ConfigurationFiles):
    """Texts by their addresses."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def read(self, address: str) -> str:
        """Return what was given."""
        try:
            return self._texts[address]
        except KeyError:
            raise ConfigurationUnavailableError(f"{address} cannot be read") from None


def read(environment: dict[str, str], **texts: str) -> Settings:
    """Read with files under s3://bucket/, whose names have their ending after an underscore."""
    files = GivenFiles({f"s3://bucket/{name.replace('_', '.')}": text for name, text in texts.items()})
    return read_invocation_settings(environment, files)


def faults_of(environment: dict[str, str], **texts: str) -> list[str]:
    """Return the faults' places."""
    with pytest.raises(BadInputError) as caught:
        read(environment, **texts)
    return [fault.path for fault in caught.value.faults]


def test_without_s3_it_is_the_environment() -> None:
    """Blank addresses count as unset."""
    given = {**COLLECTING, "TEAM_CONFIG_JSON": ROSTER, "TEAM_CONFIG_S3": " ", "REPOSITORIES_S3": ""}
    expected = read_collecting_settings({**COLLECTING, "TEAM_CONFIG_JSON": ROSTER})
    found = read(given)
    assert (found.roster, found.repositories) == (expected.roster, expected.repositories)


def test_roster_and_repositories_come_from_s3() -> None:
    """Both forms of a roster; one repository a line, comments and blank lines left out, doubles dropped."""
    expected = read_collecting_settings({**COLLECTING, "TEAM_CONFIG_JSON": ROSTER}).roster
    text = "# all of ours\n\nocto/hello # the first\r\n  Octo/World\t\nOCTO/hello\n"
    found = read(BOTH, teams_json=ROSTER, list=text)
    assert (found.roster, found.repositories) == (expected, ("octo/hello", "Octo/World"))
    assert found.roster_form is RosterForm.JSON
    toml = read({**BOTH, "TEAM_CONFIG_S3": "s3://bucket/teams.toml"}, teams_toml=TOML, list=text)
    assert (toml.roster, toml.roster_form) == (expected, RosterForm.TOML)


def test_every_fault_is_told_at_once_with_its_file() -> None:
    """Of both files and of the environment."""
    places = faults_of({**BOTH, "COLLECT_CONCURRENCY": "many"}, teams_json='{"teams": 7}', list="a/b\nwhat\n a b/c\n")
    assert places == [
        "TEAM_CONFIG_S3 (s3://bucket/teams.json): teams",
        "REPOSITORIES_S3 (s3://bucket/list) line 2",
        "REPOSITORIES_S3 (s3://bucket/list) line 3",
        "COLLECT_CONCURRENCY",
    ]


def test_list_without_a_repository_is_refused() -> None:
    """Collecting nothing is nothing that anybody wants."""
    assert faults_of(BOTH, teams_json=ROSTER, list="# none\n") == ["REPOSITORIES_S3 (s3://bucket/list)"]


@pytest.mark.parametrize(
    ("doubled", "place"),
    [
        ({"TEAM_CONFIG_JSON": ROSTER}, "TEAM_CONFIG_S3"),
        ({"TEAM_CONFIG_FILE": "teams.toml"}, "TEAM_CONFIG_S3"),
        ({"REPOSITORIES": "a/b"}, "REPOSITORIES_S3"),
    ],
)
def test_two_places_for_the_same_are_refused(doubled: dict[str, str], place: str) -> None:
    """Nobody could tell which counts."""
    assert place in faults_of({**BOTH, **doubled}, teams_json=ROSTER, list="a/b")


def test_roster_of_unknown_form_is_refused_by_its_address() -> None:
    """The ending says what it is written in."""
    assert faults_of({**BOTH, "TEAM_CONFIG_S3": "s3://bucket/teams"}, list="a/b") == ["TEAM_CONFIG_S3"]


def test_token_is_still_required() -> None:
    """And nothing hints that an address is meant for another variable."""
    with pytest.raises(BadInputError) as caught:
        read({name: text for name, text in BOTH.items() if name != "GITHUB_PAT"}, teams_json=ROSTER, list="a/b")
    assert [fault.path for fault in caught.value.faults] == ["GITHUB_PAT"]
    assert caught.value.hints == ()


def test_file_that_is_away_is_no_bad_input() -> None:
    """It may come back by the next event."""
    with pytest.raises(ConfigurationUnavailableError):
        read(BOTH, list="a/b")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("", LogLevel.INFO),
        (" ", LogLevel.INFO),
        ("loud", LogLevel.INFO),
        ("warn", LogLevel.WARNING),
        ("ERROR", LogLevel.ERROR),
    ],
)
def test_log_speaks_from_info_on_unless_told(text: str, level: LogLevel) -> None:
    """Also where the level itself is the fault to be told."""
    assert log_level({"LOG_LEVEL": text}) is level
    assert log_level({}) is LogLevel.INFO
