"""Which secrets are given and where: each in a variable of its own, or by its id in AWS Secrets Manager.

The variable of a secret's id is named like the secret's with _SECRET_ID behind it, save that of the App's key.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from attrs import frozen

from github_tracker.entrypoints.bad_input import BadInputError, Fault, shown
from github_tracker.ports.secret_store import Secret, SecretName

_T = TypeVar("_T")

ID_VARIABLES: Final[Mapping[SecretName, str]] = {
    SecretName.GITHUB_TOKEN: "GITHUB_PAT_SECRET_ID",
    SecretName.GITHUB_APP_KEY: "GITHUB_APP_KEY_SECRET_ID",
    SecretName.DATABASE_URL: "DB_URL_SECRET_ID",
    SecretName.DATABASE_READ_URL: "DB_READ_URL_SECRET_ID",
    SecretName.API_KEYS: "API_KEYS_SECRET_ID",
}
"""The variable that holds the id of each secret."""

OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "GITHUB_APP_ID": ("GITHUB_APPLICATION_ID", "GH_APP_ID"),
    "GITHUB_APP_INSTALLATION_ID": ("GITHUB_INSTALLATION_ID", "GH_APP_INSTALLATION_ID"),
    "GITHUB_APP_PRIVATE_KEY": ("GITHUB_APP_KEY", "GITHUB_PRIVATE_KEY", "GITHUB_APP_PEM", "GH_APP_PRIVATE_KEY"),
    "GITHUB_PAT_SECRET_ID": ("GITHUB_PAT_SECRET_ARN", "GITHUB_TOKEN_SECRET_ID", "GITHUB_TOKEN_SECRET_ARN"),
    "GITHUB_APP_KEY_SECRET_ID": ("GITHUB_APP_PRIVATE_KEY_SECRET_ID", "GITHUB_APP_KEY_SECRET_ARN"),
    "DB_URL_SECRET_ID": ("DB_URL_SECRET_ARN", "DATABASE_URL_SECRET_ID", "DB_SECRET_ID", "DB_SECRET_ARN"),
    "API_KEYS_SECRET_ID": ("API_KEYS_SECRET_ARN",),
}
"""What is read here besides the secrets of old, with names that people give it elsewhere."""

_AN_APP: Final = "a GitHub App is named"
_CREDENTIAL_WANTED: Final = (
    "a personal access token for GitHub, or its secret's id in GITHUB_PAT_SECRET_ID; or a GitHub App, by GITHUB_APP_ID,"
    " GITHUB_APP_INSTALLATION_ID and GITHUB_APP_PRIVATE_KEY or GITHUB_APP_KEY_SECRET_ID"
)
_ID: Final = re.compile(r"(?!gh[a-z]_|github_pat_)(?!.*://)[A-Za-z0-9/_+=.@:!-]{1,2048}")
_APP_ID: Final = re.compile(r"[1-9][0-9]{0,18}|Iv[A-Za-z0-9.]{4,60}")
_INSTALLATION_ID: Final = re.compile(r"[1-9][0-9]{0,17}")
_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.+-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)

SecretReader = Callable[[str], Secret]
"""Makes a secret of a variable's text. Raises BadInputError, whose faults do not show it."""


@frozen
class GitHubApp:
    """Which App speaks to GitHub, and in which of its installations."""

    app_id: str
    installation_id: int


@frozen
class SecretSettings:
    """The secrets that were given themselves, and the ids of those that lie in AWS Secrets Manager."""

    given: Mapping[SecretName, Secret]
    ids: Mapping[SecretName, str]
    github_app: GitHubApp | None = None

    def has(self, name: SecretName) -> bool:
        """Whether the secret was given, in the one way or the other."""
        return name in self.given or name in self.ids

    def require_credential(self) -> tuple[Fault, ...]:
        """Return the fault if there is nothing to show to GitHub."""
        is_there = self.has(SecretName.GITHUB_TOKEN) or self.github_app is not None
        return () if is_there else (Fault(SecretName.GITHUB_TOKEN, "nothing", _CREDENTIAL_WANTED),)


def read_secrets(
    environment: Mapping[str, str], readers: Mapping[SecretName, SecretReader]
) -> tuple[SecretSettings, tuple[Fault, ...]]:
    """Return what is said of the secrets that have a reader, and every fault in it."""
    reading = _Reading(environment)
    given = {name: secret for name, read in readers.items() if (secret := reading.value(name, read)) is not None}
    ids = {
        name: found for name in readers if (found := reading.value(ID_VARIABLES[name], _id_reader(name))) is not None
    }
    for name in readers:
        reading.refuse_both(name)
    app = reading.app() if SecretName.GITHUB_APP_KEY in readers else None
    return SecretSettings(given, ids, app), tuple(reading.faults)


def read_app_key(text: str) -> Secret:
    """Return the App's private key after a look at its form; its lines may be parted by a backslash and an n."""
    if not _KEY.fullmatch(text):
        found = "something else than a private key in PEM form (value not shown)"
        raise BadInputError([Fault(SecretName.GITHUB_APP_KEY, found, "the whole file that GitHub gave out")])
    return Secret(text)


class _Reading:
    """One pass over the environment, which goes on after a fault."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[Fault] = []

    def value(self, name: str, read: Callable[[str], _T]) -> _T | None:
        text = self._environment.get(name, "").strip()
        try:
            return read(text) if text else None
        except BadInputError as exc:
            self.faults.extend(exc.faults)
            return None

    def is_set(self, *names: str) -> bool:
        """Whether one of the variables says anything, sound or not."""
        return any(self._environment.get(name, "").strip() for name in names)

    def refuse_both(self, name: SecretName) -> None:
        if self.is_set(name) and self.is_set(ID_VARIABLES[name]):
            self.faults.append(Fault(ID_VARIABLES[name], f"an id, and {name} as well", "only one of them"))

    def app(self) -> GitHubApp | None:
        app_id = self.value("GITHUB_APP_ID", _read_app_id)
        installation_id = self.value("GITHUB_APP_INSTALLATION_ID", _read_installation_id)
        keys = (SecretName.GITHUB_APP_KEY, ID_VARIABLES[SecretName.GITHUB_APP_KEY])
        parts = {
            "GITHUB_APP_ID": (self.is_set("GITHUB_APP_ID"), "the App's number or client id"),
            "GITHUB_APP_INSTALLATION_ID": (self.is_set("GITHUB_APP_INSTALLATION_ID"), "the installation's number"),
            keys[0]: (self.is_set(*keys), f"the App's private key, or its secret's id in {keys[1]}"),
        }
        if not any(is_set for is_set, _ in parts.values()):
            return None
        missing = [Fault(name, "nothing", wanted) for name, (is_set, wanted) in parts.items() if not is_set]
        self.faults.extend(missing)
        tokens = (SecretName.GITHUB_TOKEN, ID_VARIABLES[SecretName.GITHUB_TOKEN])
        token = next((name for name in tokens if self.is_set(name)), None)
        if token is not None:
            self.faults.append(Fault(token, f"a token, while {_AN_APP} as well", "only one of them"))
        return None if app_id is None or installation_id is None else GitHubApp(app_id, installation_id)


def _id_reader(name: SecretName) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not _ID.fullmatch(text):
            found = "something else than an id (value not shown)"
            wanted = f"the name or ARN of the secret in AWS Secrets Manager that holds {name}"
            raise BadInputError([Fault(ID_VARIABLES[name], found, wanted)])
        return text

    return read


def _read_app_id(text: str) -> str:
    if not _APP_ID.fullmatch(text):
        raise BadInputError([Fault("GITHUB_APP_ID", shown(text), "the App's number or client id")])
    return text


def _read_installation_id(text: str) -> int:
    if not _INSTALLATION_ID.fullmatch(text):
        raise BadInputError([Fault("GITHUB_APP_INSTALLATION_ID", shown(text), "the installation's number")])
    return int(text)
