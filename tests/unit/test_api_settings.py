"""The API's settings: read by themselves, every fault at once, no secret in any of them."""

from pathlib import Path

import pytest

from github_tracker.entrypoints.api.application import ApiOptions
from github_tracker.entrypoints.api.settings import read_api_settings
from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.secret_settings import SecretSettings
from github_tracker.ports.secret_store import SecretName


def test_nothing_has_to_be_set() -> None:
    """The embedded server, the default limits, no page elsewhere."""
    settings = read_api_settings({"DB_URL": " ", "TEAM_CONFIG_FILE": "/no/such/file"})
    assert (settings.database, settings.keys_database, settings.secrets) == (None, None, SecretSettings({}, {}))
    assert (settings.min_group_size, settings.data_folder, settings.base_path) == (0, Path(".github-tracker"), "")
    assert settings.options == ApiOptions()


def test_replica_is_read_and_the_primary_notes_the_use_of_keys() -> None:
    """Without a replica the primary does everything."""
    primary, replica = "postgresql://a:b@primary/x", "postgresql://c:d@replica/x"
    settings = read_api_settings({"DB_URL": primary, "DB_READ_URL": replica})
    assert (settings.database, settings.keys_database) == (SecretName.DATABASE_READ_URL, SecretName.DATABASE_URL)
    assert {name: secret.reveal() for name, secret in settings.secrets.given.items()} == {
        SecretName.DATABASE_URL: primary,
        SecretName.DATABASE_READ_URL: replica,
    }
    alone = read_api_settings({"DB_URL": primary})
    assert (alone.database, alone.keys_database) == (SecretName.DATABASE_URL, None)


def test_ids_stand_in_for_secrets() -> None:
    """For all three, and one beside a plain variable; both for the same one are refused."""
    ids = {"DB_URL_SECRET_ID": "prod/db", "DB_READ_URL_SECRET_ID": "prod/replica", "API_KEYS_SECRET_ID": "prod/keys"}
    settings = read_api_settings(ids)
    assert (settings.database, settings.keys_database) == (SecretName.DATABASE_READ_URL, SecretName.DATABASE_URL)
    assert sorted(settings.secrets.ids.values()) == ["prod/db", "prod/keys", "prod/replica"]
    mixed = read_api_settings({"DB_URL": "postgresql://a:b@primary/x", "DB_READ_URL_SECRET_ID": "prod/replica"})
    assert (mixed.database, mixed.keys_database) == (SecretName.DATABASE_READ_URL, SecretName.DATABASE_URL)
    with pytest.raises(BadInputError, match="DB_READ_URL_SECRET_ID: found an id, and DB_READ_URL as well"):
        read_api_settings({"DB_READ_URL": "postgresql://c:d@replica/x", "DB_READ_URL_SECRET_ID": "prod/replica"})


def test_limits_and_origins_are_read() -> None:
    """With the path that stands before all others."""
    settings = read_api_settings(
        {
            "API_RATE_PER_MINUTE": "5",
            "API_ADDRESS_RATE_PER_MINUTE": "1000000",
            "API_CORS_ORIGINS": "https://a.example, http://localhost:3000,",
            "API_BASE_PATH": "/prod",
        }
    )
    assert settings.options == ApiOptions(5, 1_000_000, frozenset({"https://a.example", "http://localhost:3000"}))
    assert settings.base_path == "/prod"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("API_RATE_PER_MINUTE", "0"),
        ("API_RATE_PER_MINUTE", "1000001"),
        ("API_ADDRESS_RATE_PER_MINUTE", "many"),
        ("API_CORS_ORIGINS", "*"),
        ("API_CORS_ORIGINS", "https://a.example/path"),
        ("API_CORS_ORIGINS", "https://u:p@a.example"),
        ("API_CORS_ORIGINS", "http://[::1"),
        ("API_BASE_PATH", "prod/"),
        ("DB_READ_URL", "mysql://u:s3cret@host/x"),
        ("MIN_GROUP_SIZE", "-1"),
    ],
)
def test_bad_value_is_refused_by_name(name: str, text: str) -> None:
    """Together with the others; an address is not shown."""
    with pytest.raises(BadInputError) as caught:
        read_api_settings({name: text, "DB_URL": "postgresql://u:s3cret@host:0/x"})
    assert sorted(fault.path for fault in caught.value.faults) == sorted(["DB_URL", name])
    assert "s3cret" not in str(caught.value)
