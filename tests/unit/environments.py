"""Environments as the tests give them, and what comes of reading them."""

from collections.abc import Callable

import pytest

from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.settings import Settings, read_settings

CANARY = "s3cr3t-canary"
COLLECTING = {"GITHUB_PAT": "ghp_token", "REPOSITORIES": "octo/hello"}
ROSTER = '{"teams": [{"name": "Platform", "members": [{"username": "alice", "allocation_weight": 0.5}]}]}'


def refusal_of(
    environment: dict[str, str], read: Callable[[dict[str, str]], Settings] = read_settings
) -> BadInputError:
    """Return the error that reading raises."""
    with pytest.raises(BadInputError) as caught:
        read(environment)
    return caught.value


VARIABLES = (
    "GITHUB_PAT",
    "GITHUB_API_URL",
    "DB_URL",
    "TEAM_CONFIG_JSON",
    "TEAM_CONFIG_FILE",
    "REPOSITORIES",
    "ATTRIBUTION_RULE",
    "REPORT_TIME_ZONE",
    "MIN_GROUP_SIZE",
    "API_KEYS",
    "STORE_TITLES",
    "COLLECT_CONCURRENCY",
    "LOG_LEVEL",
    "DATA_FOLDER",
    "GITHUB_APP_ID",
    "GITHUB_APP_INSTALLATION_ID",
    "GITHUB_APP_PRIVATE_KEY",
    "GITHUB_PAT_SECRET_ID",
    "GITHUB_APP_KEY_SECRET_ID",
    "DB_URL_SECRET_ID",
    "API_KEYS_SECRET_ID",
)
