"""What can be set for the API: only what it needs is read, so that a bad roster file does not keep it from serving."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from attrs import frozen

from github_tracker.entrypoints.api.application import ApiOptions
from github_tracker.entrypoints.bad_input import BadInputError, Fault, shown
from github_tracker.entrypoints.secret_settings import SecretSettings, read_secrets
from github_tracker.entrypoints.setting_values import read_api_keys, read_database_url, read_group_size
from github_tracker.ports.secret_store import Secret, SecretName

DATA_FOLDER: Final = Path(".github-tracker")

_T = TypeVar("_T")
_DEFAULT: Final = ApiOptions()
_MOST_A_MINUTE: Final = 1_000_000


@frozen
class ApiSettings:
    """Everything that can be set for the API."""

    secrets: SecretSettings
    """DB_URL, DB_READ_URL and API_KEYS, or their ids."""
    min_group_size: int
    data_folder: Path
    base_path: str
    """API_BASE_PATH: what stands before every path behind API Gateway, such as its stage; mostly nothing."""
    options: ApiOptions

    @property
    def database(self) -> SecretName | None:
        """Which secret leads to the figures: DB_READ_URL, else DB_URL; None: the embedded server."""
        names = (SecretName.DATABASE_READ_URL, SecretName.DATABASE_URL)
        return next(filter(self.secrets.has, names), None)

    @property
    def keys_database(self) -> SecretName | None:
        """DB_URL where figures come from a replica: there the use of keys can be noted. None: nowhere else."""
        is_elsewhere = self.database is SecretName.DATABASE_READ_URL and self.secrets.has(SecretName.DATABASE_URL)
        return SecretName.DATABASE_URL if is_elsewhere else None


def read_api_settings(environment: Mapping[str, str]) -> ApiSettings:
    """Return the settings. Raises BadInputError with every fault at once; a variable that is blank counts as unset."""
    secrets, found = read_secrets(environment, _SECRET_READERS)
    faults = [*found]

    def value(name: str, read: Callable[[str], _T], default: _T) -> _T:
        text = environment.get(name, "").strip()
        try:
            return read(text) if text else default
        except BadInputError as exc:
            faults.extend(exc.faults)
            return default

    settings = ApiSettings(
        secrets=secrets,
        min_group_size=value("MIN_GROUP_SIZE", read_group_size, 0),
        data_folder=value("DATA_FOLDER", Path, DATA_FOLDER),
        base_path=value("API_BASE_PATH", _read_base_path, ""),
        options=ApiOptions(
            rate_per_minute=value("API_RATE_PER_MINUTE", _rate("API_RATE_PER_MINUTE"), _DEFAULT.rate_per_minute),
            address_rate_per_minute=value(
                "API_ADDRESS_RATE_PER_MINUTE", _rate("API_ADDRESS_RATE_PER_MINUTE"), _DEFAULT.address_rate_per_minute
            ),
            cors_origins=value("API_CORS_ORIGINS", _read_origins, frozenset()),
        ),
    )
    if faults:
        raise BadInputError(faults)
    return settings


def _read_replica_url(text: str) -> Secret:
    try:
        return read_database_url(text)
    except BadInputError as exc:
        raise BadInputError([Fault("DB_READ_URL", fault.found, fault.wanted) for fault in exc.faults]) from exc


_SECRET_READERS: Final = {
    SecretName.DATABASE_URL: read_database_url,
    SecretName.DATABASE_READ_URL: _read_replica_url,
    SecretName.API_KEYS: read_api_keys,
}


def _rate(name: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,7}", text) or not 1 <= int(text) <= _MOST_A_MINUTE:
            raise BadInputError([Fault(name, shown(text), f"a whole number from 1 to {_MOST_A_MINUTE}")])
        return int(text)

    return read


def _read_base_path(text: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9_.~-]+)+", text):
        raise BadInputError([Fault("API_BASE_PATH", shown(text), "a path such as /prod, without a slash at its end")])
    return text


def _read_origins(text: str) -> frozenset[str]:
    origins = frozenset(filter(None, map(str.strip, text.split(","))))
    faults = [
        Fault("API_CORS_ORIGINS", shown(origin), "origins such as https://dashboard.example, separated by commas")
        for origin in sorted(origins)
        if not _is_origin(origin)
    ]
    if faults:
        raise BadInputError(faults)
    return origins


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    is_plain = text == f"{parts.scheme}://{parts.netloc}" and text.isascii() and text.isprintable()
    return is_plain and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in text
