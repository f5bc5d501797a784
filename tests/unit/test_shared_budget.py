"""What settings make of the shared budget."""

import pytest

from github_tracker.adapters.memory import MemorySecretStore
from github_tracker.domain.request_budget import RateLimits, credential_of_token
from github_tracker.entrypoints.settings import read_settings
from github_tracker.entrypoints.shared_budget import github_credential, request_limits
from github_tracker.ports.errors import SecretUnavailableError
from github_tracker.ports.secret_store import Secret, SecretName


@pytest.mark.parametrize(
    ("environment", "limits"),
    [
        ({}, RateLimits(5000, 900, 100, 100)),
        ({"GITHUB_REQUESTS_PER_HOUR": "15000"}, RateLimits(15_000, 900, 100, 300)),
        ({"GITHUB_REQUESTS_PER_HOUR": "60"}, RateLimits(60, 900, 100, 1)),
        ({"GITHUB_REQUESTS_RESERVE": "0", "GITHUB_REQUESTS_PER_MINUTE": "300"}, RateLimits(5000, 300, 100, 0)),
    ],
)
def test_limits_follow_the_settings(environment: dict[str, str], limits: RateLimits) -> None:
    """Unless it is set, a fiftieth of the hour is left to others."""
    assert request_limits(read_settings(environment)) == limits


def test_requests_are_counted_by_installation_or_else_by_token() -> None:
    """An App's token changes every hour, its installation does not."""
    secrets = MemorySecretStore({SecretName.GITHUB_TOKEN: Secret("ghp_x")})
    assert github_credential(secrets) == credential_of_token("ghp_x")
    assert github_credential(MemorySecretStore({}), installation_id=7) == "installation:7"
    with pytest.raises(SecretUnavailableError):
        github_credential(MemorySecretStore({}))
