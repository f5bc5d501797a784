"""The door through which settings enter: the environment is read here, once, and becomes one frozen value."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from attrs import evolve, field, frozen

from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.bad_input import BadInputError, Fault, shown_name
from github_tracker.entrypoints.roster_file import RosterForm, parse_roster, read_roster_file
from github_tracker.entrypoints.secret_settings import (
    ID_VARIABLES,
    OTHER_NAMES,
    GitHubApp,
    SecretSettings,
    read_app_key,
    read_secrets,
)
from github_tracker.entrypoints.setting_values import (
    LogLevel,
    read_api_keys,
    read_api_url,
    read_bot_patterns,
    read_concurrency,
    read_count,
    read_database_url,
    read_group_size,
    read_log_level,
    read_repositories,
    read_rule,
    read_time_zone,
    read_token,
    read_truth,
)
from github_tracker.ports.secret_store import Secret, SecretName

PUBLIC_API_URL = "https://api.github.com"
"""Where GitHub's REST API is, unless GITHUB_API_URL says otherwise."""

DATA_FOLDER = Path(".github-tracker")
"""Where the embedded server keeps its data, unless DATA_FOLDER says otherwise; under the current folder."""

DEFAULT_CONCURRENCY = 8
"""Faster than fewer, and no slower than more (measured with one interpreter lock)."""

_T = TypeVar("_T")

_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "GITHUB_PAT": ("GITHUB_TOKEN", "GH_TOKEN", "GH_PAT", "GITHUB_ACCESS_TOKEN"),
    "GITHUB_API_URL": ("GITHUB_URL", "GITHUB_BASE_URL", "GITHUB_API"),
    "DB_URL": ("DATABASE_URL", "POSTGRES_URL", "DB_URI", "DB_DSN"),
    "TEAM_CONFIG_JSON": ("TEAM_CONFIG",),
    "TEAM_CONFIG_FILE": ("TEAM_CONFIG", "TEAM_CONFIG_PATH", "ROSTER_FILE"),
    "REPOSITORIES": ("REPOSITORY", "REPOS", "GITHUB_REPOSITORIES", "GITHUB_REPOSITORY"),
    "ATTRIBUTION_RULE": (),
    "REPORT_TIME_ZONE": ("REPORT_TIMEZONE",),
    "BOT_PATTERNS": ("BOTS",),
    "MIN_GROUP_SIZE": ("MINIMUM_GROUP_SIZE",),
    "API_KEYS": (),
    "STORE_TITLES": (),
    "COLLECT_CONCURRENCY": ("CONCURRENCY",),
    "GITHUB_REQUESTS_PER_HOUR": (),
    "GITHUB_REQUESTS_PER_MINUTE": (),
    "GITHUB_REQUESTS_RESERVE": (),
    "GITHUB_SHARED_BUDGET": (),
    "LOG_LEVEL": (),
    "DATA_FOLDER": ("DATA_DIR", "DATA_DIRECTORY"),
    **OTHER_NAMES,
}
"""Every variable that is read, with names that people give it elsewhere."""

_SECRET_READERS = {
    SecretName.GITHUB_TOKEN: read_token,
    SecretName.GITHUB_APP_KEY: read_app_key,
    SecretName.DATABASE_URL: read_database_url,
    SecretName.API_KEYS: read_api_keys,
}

_CREDENTIAL_VARIABLES = (
    "GITHUB_PAT",
    "GITHUB_APP_ID",
    "GITHUB_APP_INSTALLATION_ID",
    "GITHUB_APP_PRIVATE_KEY",
    ID_VARIABLES[SecretName.GITHUB_TOKEN],
    ID_VARIABLES[SecretName.GITHUB_APP_KEY],
)

_LOOKALIKES = frozenset({"GITHUB_PATH", "DB_READ_URL_SECRET_ID"})
"""Variables of GitHub Actions and of the metrics API that only look like a misspelt one of ours."""


@frozen
class Settings:
    """Everything that can be set from outside; each field is named like its variable, save where it says otherwise."""

    github_token: Secret | None
    """GITHUB_PAT; None where nothing is collected, where its id is given, or where an App speaks."""
    github_api_url: str
    """Without a trailing slash; of GitHub Enterprise Server it ends in /api/v3."""
    database_url: Secret | None
    """DB_URL; None: the embedded server, unless its id is given."""
    roster: Roster | None
    """From TEAM_CONFIG_JSON or TEAM_CONFIG_FILE; None: the stored one."""
    roster_form: RosterForm
    """What the roster is written in, by the ending of TEAM_CONFIG_FILE; else JSON."""
    repositories: tuple[str, ...]
    """owner/name each, no two alike without case, in the order in which they are set."""
    attribution_rule: AttributionRule | None
    """None: the stored one."""
    report_time_zone: str | None
    """IANA name; None: the stored one."""
    bot_patterns: tuple[str, ...] | None
    """None: the stored ones."""
    min_group_size: int
    """Figures of fewer people are withheld in reports; 0 and 1 withhold nothing."""
    api_keys: Secret | None
    """A list that was read and found sound; None: all keys are in the database, unless the list's id is given."""
    stores_titles: bool
    """STORE_TITLES."""
    collect_concurrency: int
    """Repositories that GitHub is asked for at a time."""
    github_requests_per_hour: int
    """GitHub's limit of the credential."""
    github_requests_per_minute: int
    """GitHub's limit of points, of which a request is one."""
    github_requests_reserve: int | None
    """Of the hour, left to others who use the credential; less than the hour. None: a share of it."""
    github_shared_budget: bool | None
    """Whether requests are paid from a budget that all share who use the credential. None: the entrypoint decides."""
    log_level: LogLevel
    data_folder: Path
    """Of the embedded server."""
    github_app: GitHubApp | None = None
    """GITHUB_APP_ID and GITHUB_APP_INSTALLATION_ID; None: who the token belongs to speaks."""
    github_app_key: Secret | None = None
    """GITHUB_APP_PRIVATE_KEY; None where its id is given."""
    secret_ids: Mapping[SecretName, str] = field(factory=dict)
    """Of the secrets that lie in AWS Secrets Manager, by *_SECRET_ID."""

    @property
    def secrets(self) -> SecretSettings:
        """All that is said of secrets, in one."""
        given = {
            SecretName.GITHUB_TOKEN: self.github_token,
            SecretName.GITHUB_APP_KEY: self.github_app_key,
            SecretName.DATABASE_URL: self.database_url,
            SecretName.API_KEYS: self.api_keys,
        }
        there = {name: secret for name, secret in given.items() if secret is not None}
        return SecretSettings(there, self.secret_ids, self.github_app)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings for everything but collecting. Raises BadInputError with every fault at once.

    A variable that is blank counts as unset, save BOT_PATTERNS, where it means no patterns.
    """
    reading = _Reading(environment)
    settings = reading.settings()
    reading.refuse_faults()
    return settings


def read_collecting_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings for collecting, which also needs a credential and REPOSITORIES; else like `read_settings`."""
    reading = _Reading(environment)
    settings = reading.settings()
    reading.require_credential(settings.secrets)
    reading.require("REPOSITORIES", settings.repositories, "names such as owner/name, separated by commas")
    reading.refuse_faults()
    return settings


def read_planning_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings for planning, which needs REPOSITORIES and asks GitHub nothing; else like `read_settings`."""
    reading = _Reading(environment)
    settings = reading.settings()
    reading.require("REPOSITORIES", settings.repositories, "names such as owner/name, separated by commas")
    reading.refuse_faults()
    return settings


def read_working_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings for work that is handed over by name, which needs a credential; else like `read_settings`."""
    reading = _Reading(environment)
    settings = reading.settings()
    reading.require_credential(settings.secrets)
    reading.refuse_faults()
    return settings


class _Reading:
    """One pass over the environment, which goes on after a fault."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._faults: list[Fault] = []

    def settings(self) -> Settings:
        secrets, faults = read_secrets(self._environment, _SECRET_READERS)
        self._faults.extend(faults)
        return Settings(
            github_token=secrets.given.get(SecretName.GITHUB_TOKEN),
            github_api_url=self._value("GITHUB_API_URL", read_api_url, PUBLIC_API_URL),
            database_url=secrets.given.get(SecretName.DATABASE_URL),
            roster=self._roster(),
            roster_form=_form_of(self._environment.get("TEAM_CONFIG_FILE", "")),
            repositories=self._value("REPOSITORIES", read_repositories, ()),
            attribution_rule=self._value("ATTRIBUTION_RULE", read_rule, None),
            report_time_zone=self._value("REPORT_TIME_ZONE", read_time_zone, None),
            bot_patterns=self._bot_patterns(),
            min_group_size=self._value("MIN_GROUP_SIZE", read_group_size, 0),
            api_keys=secrets.given.get(SecretName.API_KEYS),
            stores_titles=self._value("STORE_TITLES", lambda text: read_truth("STORE_TITLES", text), True),
            collect_concurrency=self._value("COLLECT_CONCURRENCY", read_concurrency, DEFAULT_CONCURRENCY),
            github_requests_per_hour=self._count("GITHUB_REQUESTS_PER_HOUR", range(1, 1_000_001), 5000),
            github_requests_per_minute=self._count("GITHUB_REQUESTS_PER_MINUTE", range(2, 100_001), 900),
            github_requests_reserve=self._reserve(),
            github_shared_budget=self._value(
                "GITHUB_SHARED_BUDGET", lambda text: read_truth("GITHUB_SHARED_BUDGET", text), None
            ),
            log_level=self._value("LOG_LEVEL", read_log_level, LogLevel.WARNING),
            data_folder=self._value("DATA_FOLDER", Path, DATA_FOLDER),
            github_app=secrets.github_app,
            github_app_key=secrets.given.get(SecretName.GITHUB_APP_KEY),
            secret_ids=secrets.ids,
        )

    def require_credential(self, secrets: SecretSettings) -> None:
        """Note a fault if there is nothing to show to GitHub and no fault tells why."""
        told = {fault.path for fault in self._faults}
        if not told & {*_CREDENTIAL_VARIABLES}:
            self._faults.extend(secrets.require_credential())

    def require(self, name: str, value: object, wanted: str) -> None:
        """Note a fault if there is no value and no fault tells why."""
        if not value and all(fault.path != name for fault in self._faults):
            self._faults.append(Fault(name, "nothing", wanted))

    def refuse_faults(self) -> None:
        if self._faults:
            raise BadInputError(self._faults, _hints(self._environment))

    def _value(self, name: str, read: Callable[[str], _T], default: _T) -> _T:
        text = self._environment.get(name, "").strip()
        return self._guarded(lambda: read(text), default) if text else default

    def _count(self, name: str, allowed: range, default: int) -> int:
        return self._value(name, lambda text: read_count(name, text, allowed), default)

    def _reserve(self) -> int | None:
        """Return what is left to others, which must not be all that there is."""
        name = "GITHUB_REQUESTS_RESERVE"
        if not self._environment.get(name, "").strip():
            return None
        hour = self._environment.get("GITHUB_REQUESTS_PER_HOUR", "").strip()
        most = int(hour) if hour.isascii() and hour.isdecimal() and len(hour) < 8 else 5000
        return self._count(name, range(most), 0)

    def _guarded(self, read: Callable[[], _T], default: _T) -> _T:
        try:
            return read()
        except BadInputError as exc:
            self._faults.extend(exc.faults)
            return default

    def _bot_patterns(self) -> tuple[str, ...] | None:
        text = self._environment.get("BOT_PATTERNS")
        return None if text is None else self._guarded(lambda: read_bot_patterns(text), None)

    def _roster(self) -> Roster | None:
        text = self._environment.get("TEAM_CONFIG_JSON", "").strip()
        file = self._environment.get("TEAM_CONFIG_FILE", "").strip()
        if text and file:
            self._faults.append(Fault("TEAM_CONFIG_FILE", "a file, and TEAM_CONFIG_JSON as well", "only one of them"))
        elif text:
            return self._guarded(lambda: _roster_of_text(text), None)
        elif file:
            return self._guarded(lambda: _roster_of_file(Path(file)), None)
        return None


def _form_of(file: str) -> RosterForm:
    """Whether the file can be read is for `_roster_of_file` to say."""
    return RosterForm.TOML if file.strip().lower().endswith(f".{RosterForm.TOML}") else RosterForm.JSON


def _roster_of_text(text: str) -> Roster:
    try:
        return parse_roster(text, RosterForm.JSON)
    except BadInputError as exc:
        raise BadInputError(exc.faults_within("TEAM_CONFIG_JSON")) from exc


def _roster_of_file(path: Path) -> Roster:
    name = shown_name(str(path))
    place = f"TEAM_CONFIG_FILE ({name})"
    try:
        return read_roster_file(path)
    except BadInputError as exc:
        if [fault.path for fault in exc.faults] == [name]:
            raise BadInputError([evolve(exc.faults[0], path=place)]) from exc
        raise BadInputError(exc.faults_within(place)) from exc


def _hints(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Name the variables that are set and may be meant for one of ours that is not; never their values."""
    given = {name for name, text in environment.items() if text.strip()}
    unset = [name for name in _OTHER_NAMES if name not in given]
    if given & {"TEAM_CONFIG_JSON", "TEAM_CONFIG_FILE"}:
        unset = [name for name in unset if not name.startswith("TEAM_CONFIG_")]
    meant: dict[str, list[str]] = {}
    for name in unset:
        close = get_close_matches(name, sorted(given - set(_OTHER_NAMES) - _LOOKALIKES), cutoff=0.85)
        for other in sorted({*close, *(given & {*_OTHER_NAMES[name], name.lower()})}):
            meant.setdefault(other, []).append(name)
    return tuple(
        f"{shown_name(other)} is set but not read; is {' or '.join(names)} meant?" for other, names in meant.items()
    )
