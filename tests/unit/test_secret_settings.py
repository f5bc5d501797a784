"""Secrets in variables or by their ids, and a GitHub App in the token's place: what is read and what is refused."""

import pytest

from github_tracker.entrypoints.bad_input import Fault
from github_tracker.entrypoints.secret_settings import GitHubApp
from github_tracker.entrypoints.settings import read_collecting_settings, read_settings
from github_tracker.ports.secret_store import SecretName
from tests.unit.environments import CANARY, refusal_of

PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----"
APP = {"GITHUB_APP_ID": "4711", "GITHUB_APP_INSTALLATION_ID": "8150", "GITHUB_APP_PRIVATE_KEY": f"{PEM}\n"}
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/github_tracker-AbCdEf"
NAMES = {"REPOSITORIES": "octo/hello"}


def test_app_stands_in_for_the_token() -> None:
    """With its key beside it or by id; collecting needs no more."""
    settings = read_collecting_settings(APP | NAMES)
    assert settings.github_app == GitHubApp("4711", 8150)
    assert settings.github_app_key is not None
    assert settings.github_app_key.reveal() == PEM
    assert CANARY not in repr(settings)
    by_id = {name: text for name, text in APP.items() if name != "GITHUB_APP_PRIVATE_KEY"}
    settings = read_collecting_settings(by_id | NAMES | {"GITHUB_APP_KEY_SECRET_ID": ARN})
    assert (settings.github_app, settings.github_app_key) == (GitHubApp("4711", 8150), None)
    assert settings.secret_ids == {SecretName.GITHUB_APP_KEY: ARN}
    assert settings.secrets.has(SecretName.GITHUB_APP_KEY)


def test_client_id_is_an_app_id() -> None:
    """GitHub recommends it; a key on one line is as good."""
    settings = read_settings(APP | {"GITHUB_APP_ID": "Iv23liAbC", "GITHUB_APP_PRIVATE_KEY": PEM.replace("\n", "\\n")})
    assert settings.github_app == GitHubApp("Iv23liAbC", 8150)


def test_ids_stand_in_for_secrets() -> None:
    """Names and ARNs; collecting needs no plain token."""
    given = {"GITHUB_PAT_SECRET_ID": "prod/pat", "DB_URL_SECRET_ID": ARN, "API_KEYS_SECRET_ID": " prod/keys "}
    settings = read_collecting_settings(given | NAMES)
    assert settings.secret_ids == {
        SecretName.GITHUB_TOKEN: "prod/pat",
        SecretName.DATABASE_URL: ARN,
        SecretName.API_KEYS: "prod/keys",
    }
    assert (settings.github_token, settings.database_url, settings.api_keys) == (None, None, None)
    assert [name for name in SecretName if settings.secrets.has(name)] == [
        SecretName.GITHUB_TOKEN,
        SecretName.DATABASE_URL,
        SecretName.API_KEYS,
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [("GITHUB_PAT", "ghp_x"), ("DB_URL", "postgresql://u:p@h/d"), ("API_KEYS", "[]")],
)
def test_secret_and_its_id_are_refused(name: str, text: str) -> None:
    """Nobody could tell which one is meant; a fault in the one does not hide this."""
    fault = Fault(f"{name}_SECRET_ID", f"an id, and {name} as well", "only one of them")
    assert refusal_of({name: text, f"{name}_SECRET_ID": "prod/x"}).faults == (fault,)
    assert fault in refusal_of({name: f"a {CANARY}", f"{name}_SECRET_ID": "prod/x"}).faults


@pytest.mark.parametrize("token", ["GITHUB_PAT", "GITHUB_PAT_SECRET_ID"])
def test_token_and_app_are_refused(token: str) -> None:
    """One run speaks as one."""
    (fault,) = refusal_of(APP | NAMES | {token: "prod"}, read_collecting_settings).faults
    assert fault == Fault(token, "a token, while a GitHub App is named as well", "only one of them")


@pytest.mark.parametrize("missing", APP)
def test_half_an_app_is_refused(missing: str) -> None:
    """By what is missing, whether something is collected or not, and once."""
    half = {name: text for name, text in APP.items() if name != missing}
    for read in (read_settings, read_collecting_settings):
        (fault,) = refusal_of(half | NAMES, read).faults
        assert (fault.path, fault.found) == (missing, "nothing")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GITHUB_PAT_SECRET_ID", f"ghp_{CANARY}"),
        ("GITHUB_PAT_SECRET_ID", f"github_pat_{CANARY}"),
        ("DB_URL_SECRET_ID", f"postgresql://u:{CANARY}@h/d"),
        ("API_KEYS_SECRET_ID", f'[{{"sha256": "{CANARY}"}}]'),
        ("GITHUB_APP_KEY_SECRET_ID", PEM),
        ("GITHUB_APP_PRIVATE_KEY", CANARY),
        ("GITHUB_APP_PRIVATE_KEY", f"-----BEGIN PUBLIC KEY-----\n{CANARY}\n-----END PUBLIC KEY-----"),
    ],
)
def test_secret_in_the_wrong_place_is_not_shown(name: str, text: str) -> None:
    """Whoever puts the secret where its id belongs is told, and it is neither sent to AWS nor printed."""
    app = APP | {"GITHUB_APP_PRIVATE_KEY": ""} if "APP" in name else {}
    error = refusal_of(app | {name: text})
    assert [fault.path for fault in error.faults] == [name]
    assert CANARY not in str(error)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GITHUB_APP_ID", "my-app"),
        ("GITHUB_APP_ID", "0"),
        ("GITHUB_APP_INSTALLATION_ID", "Iv23liAbC"),
        ("GITHUB_APP_INSTALLATION_ID", "-1"),
    ],
)
def test_bad_number_is_shown(name: str, text: str) -> None:
    """It is no secret."""
    (fault,) = refusal_of(APP | {name: text}).faults
    assert (fault.path, fault.found) == (name, f"'{text}'")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("GITHUB_PAT_SECRET_ARN", "GITHUB_PAT_SECRET_ID"),
        ("GITHUB_INSTALLATION_ID", "GITHUB_APP_INSTALLATION_ID"),
        ("GITHUB_APP_PRIVATE_KEY_SECRET_ID", "GITHUB_APP_KEY_SECRET_ID"),
        ("GITHUB_APP_KEY", "GITHUB_APP_PRIVATE_KEY"),
        ("DB_URL_SECERT_ID", "DB_URL_SECRET_ID"),
    ],
)
def test_misspelling_is_hinted_at(given: str, meant: str) -> None:
    """Where something is refused anyway; the value is not shown."""
    error = refusal_of({given: CANARY}, read_collecting_settings)
    assert any(hint.startswith(f"{given} is set but not read") and meant in hint for hint in error.hints)
    assert CANARY not in str(error)
