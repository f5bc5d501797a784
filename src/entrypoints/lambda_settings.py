"""Settings of a Lambda function: the environment, and what lies in S3 because it is too long for it (4 KB)."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final, TypeVar

from attrs import evolve, frozen

from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.bad_input import BadInputError, Fault, shown
from github_tracker.entrypoints.roster_file import RosterForm, parse_roster
from github_tracker.entrypoints.setting_values import read_repositories
from github_tracker.entrypoints.settings import Settings, read_collecting_settings
from github_tracker.ports.configuration_files import ConfigurationFiles

ROSTER: Final = "TEAM_CONFIG_S3"
REPOSITORIES: Final = "REPOSITORIES_S3"

_INSTEAD_OF: Final = {ROSTER: ("TEAM_CONFIG_JSON", "TEAM_CONFIG_FILE"), REPOSITORIES: ("REPOSITORIES",)}
_STAND_IN: Final = "owner/name"
"""Is never used: a list that could not be read is a fault of its own, and none of REPOSITORIES."""

_T = TypeVar("_T")


SettingsReading = Callable[[Mapping[str, str]], Settings]


def read_invocation_settings(
    environment: Mapping[str, str], files: ConfigurationFiles, read: SettingsReading = read_collecting_settings
) -> Settings:
    """Return the settings, with the roster and the repositories as they lie in S3 at this moment.

    Raises BadInputError with every fault at once, and ConfigurationUnavailableError.
    """
    given = {name: environment[name].strip() for name in _INSTEAD_OF if environment.get(name, "").strip()}
    faults = [_doubled(name, others) for name in given if (others := _set_among(environment, _INSTEAD_OF[name]))]
    roster = _found(faults, lambda: _roster_at(given[ROSTER], files), None) if ROSTER in given else None
    names: tuple[str, ...] = (_STAND_IN,)
    rest = {name: text for name, text in environment.items() if name not in _INSTEAD_OF}
    if REPOSITORIES in given:
        names = _found(faults, lambda: _repositories_at(given[REPOSITORIES], files), names)
        rest["REPOSITORIES"] = ",".join(names)
    try:
        settings = read(rest)
    except BadInputError as exc:
        raise BadInputError([*faults, *exc.faults], exc.hints) from exc
    if faults:
        raise BadInputError(faults)
    return settings if roster is None else evolve(settings, roster=roster.roster, roster_form=roster.form)


@frozen
class _RosterFile:
    roster: Roster
    form: RosterForm


def _roster_at(address: str, files: ConfigurationFiles) -> _RosterFile:
    place = f"{ROSTER} ({address})"
    try:
        form = RosterForm(PurePosixPath(address).suffix.lower().removeprefix("."))
    except ValueError:
        raise BadInputError([Fault(ROSTER, shown(address), "s3://bucket/key that ends in .json or .toml")]) from None
    try:
        return _RosterFile(parse_roster(files.read(address), form), form)
    except BadInputError as exc:
        raise BadInputError(exc.faults_within(place)) from exc


def _repositories_at(address: str, files: ConfigurationFiles) -> tuple[str, ...]:
    """Read one owner/name a line; # begins a comment."""
    faults: list[Fault] = []
    names: list[str] = []
    for number, line in enumerate(files.read(address).splitlines(), start=1):
        text = line.partition("#")[0].strip()
        try:
            names.extend(read_repositories(text) if text else ())
        except BadInputError as exc:
            faults.extend(evolve(fault, path=f"{REPOSITORIES} ({address}) line {number}") for fault in exc.faults)
    if not names and not faults:
        faults.append(Fault(f"{REPOSITORIES} ({address})", "no repository", "one owner/name a line"))
    if faults:
        raise BadInputError(faults)
    return tuple(names)


def _found(faults: list[Fault], read: Callable[[], _T], otherwise: _T) -> _T:
    try:
        return read()
    except BadInputError as exc:
        faults.extend(exc.faults)
        return otherwise


def _set_among(environment: Mapping[str, str], names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if environment.get(name, "").strip())


def _doubled(name: str, others: tuple[str, ...]) -> Fault:
    return Fault(name, f"an address, and {' and '.join(others)} as well", "only one of them")
