"""What is read from a decoded scenario file, and the sound part of one in which something is wrong."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import Final

from cattrs.errors import BaseValidationError

from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.entrypoints.roster_fields import window_errors
from github_tracker.entrypoints.simulation.scenario_fields import SCENARIO_HOOKS, Day, LocalTime, read_day, read_time
from github_tracker.entrypoints.simulation.scenario_schema import (
    AbsenceEntry,
    FaultEntry,
    HabitsEntry,
    MembershipEntry,
    PersonEntry,
    ScenarioDocument,
)
from github_tracker.entrypoints.strict_reading import Location, Misfit, RefusedError, StrictReader

LONGEST: Final = timedelta(days=3660)
"""How long a scenario may last: ten years and a little."""

# Stand where the file says nothing usable, so that faults between its sound entries can be found as well.
_NEEDED: Final[dict[str, object]] = {
    "first_day": "2026-01-05",
    "last_day": "2026-01-06",
    "repositories": [],
    "teams": [],
    "people": [],
}

_PERIOD: Final[frozenset[Location]] = frozenset({("first_day",), ("last_day",)})


def read_document(raw: object) -> tuple[ScenarioDocument, tuple[Misfit, ...]]:
    """Return what the decoded file says and what in it is not as it should be, each entry taken by itself.

    With misfits, the document holds only what is sound; it is not what the file means.
    """
    try:
        return _reader().structure(raw, ScenarioDocument), ()
    except (BaseValidationError, RefusedError) as exc:
        found = _reader().misfits_of(exc, raw)
    sound = raw if isinstance(raw, dict) else {}
    locations = {misfit.location for misfit in found}
    while True:
        sound = {**_NEEDED, **_without(sound, locations)}
        try:
            return _reader().structure(sound, ScenarioDocument), found
        except (BaseValidationError, RefusedError) as exc:
            # What lacks a field that it cannot be without has to go as a whole, so each turn leaves less.
            locations = {_enclosing(misfit.location, sound) for misfit in _reader().misfits_of(exc, sound)}


def _without(raw: dict[str, object], locations: Iterable[Location]) -> dict[str, object]:
    broken = frozenset(locations)
    # Half a period and a stand-in for the other half would be one that the file does not mean.
    broken |= _PERIOD if broken & _PERIOD else frozenset()
    pruned = _pruned(raw, (), broken)
    return pruned if isinstance(pruned, dict) else {}


def _pruned(value: object, location: Location, broken: frozenset[Location]) -> object:
    if isinstance(value, dict):
        fields = ((name, (*location, name)) for name in value)
        return {name: _pruned(value[name], inside, broken) for name, inside in fields if inside not in broken}
    if isinstance(value, list):
        places = ((place, (*location, place)) for place in range(len(value)))
        return [_pruned(value[place], inside, broken) for place, inside in places if inside not in broken]
    return value


def _enclosing(location: Location, raw: object) -> Location:
    """Return the location itself where something stands there, or else the one of what lacks it."""
    for step in location:
        if isinstance(raw, dict) and step not in raw:
            return location[:-1]
        raw = raw[step]  # type: ignore[index]  # the location was found by walking this very value
    return location


@cache
def _reader() -> StrictReader:
    return StrictReader("scenario", SCENARIO_HOOKS, object_errors=_object_errors)


def _object_errors(entry: type, raw: dict[str, object]) -> Iterator[RefusedError]:
    if entry is MembershipEntry:
        yield from window_errors(raw)
    elif entry in (AbsenceEntry, PersonEntry, ScenarioDocument):
        yield from _period_errors(raw)
    elif entry is HabitsEntry:
        yield from _hour_errors(raw)
    elif entry is FaultEntry and {"page", "request"} <= raw.keys():
        yield RefusedError("either page or request, not both").at_field("request")


def _period_errors(raw: dict[str, object]) -> Iterator[RefusedError]:
    first, last = day_or_none(raw.get("first_day")), day_or_none(raw.get("last_day"))
    if first is not None and last is not None and first > last:
        yield RefusedError(f"no day before first_day {first}").at_field("last_day")
    elif first is not None and last is not None and "repositories" in raw and last - first > LONGEST:
        yield RefusedError(f"a day at most {LONGEST.days} days after first_day {first}").at_field("last_day")


def _hour_errors(raw: dict[str, object]) -> Iterator[RefusedError]:
    starts_at, ends_at = time_or_none(raw.get("starts_at")), time_or_none(raw.get("ends_at"))
    if starts_at is not None and ends_at is not None and starts_at >= ends_at:
        yield RefusedError(f"a time of the same day after starts_at {starts_at}").at_field("ends_at")


def day_or_none(raw: object) -> Day | None:
    """Return the day that a raw value says, or None if it says none."""
    try:
        return None if raw is None else read_day(raw)
    except GitHubTrackerError:
        return None


def time_or_none(raw: object) -> LocalTime | None:
    """Return the time of day that a raw value says, or None if it says none."""
    try:
        return None if raw is None else read_time(raw)
    except GitHubTrackerError:
        return None
