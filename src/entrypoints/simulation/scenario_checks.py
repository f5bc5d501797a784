"""Faults between the entries of a scenario file: names that nothing bears, or several, and hours that do not fit.

These walk the decoded file itself, so that they are found, and found at their places, also where other entries cannot
be read.
"""

from collections.abc import Iterable, Iterator

from github_tracker.domain.pull_request import login_key
from github_tracker.entrypoints.bad_input import shown
from github_tracker.entrypoints.simulation.scenario_reading import time_or_none
from github_tracker.entrypoints.simulation.scenario_schema import USUAL_HABITS
from github_tracker.entrypoints.strict_reading import Location, Misfit

Texts = Iterator[tuple[Location, str]]


def crossing_misfits(raw: object) -> Iterator[Misfit]:
    """Yield what does not fit together in the decoded file, by kind."""
    for name, thing in (("repositories", "repository"), ("teams", "team")):
        if isinstance(raw, dict) and raw.get(name) == []:
            yield Misfit((name,), shown([]), f"at least one {thing}", "scenario")
    teams = {text for _, text in _texts(raw, "teams", "name")}
    repositories = {text.lower() for _, text in _texts(raw, "repositories")}
    for location, text in _texts(raw, "people", "memberships", "team"):
        if text not in teams:
            yield _misfit(location, text, f"a team that the file lists: {_listed(teams)}")
    for path in (("teams", "repositories"), ("bots", "repositories"), ("faults", "repository")):
        for location, text in _texts(raw, *path):
            if text.lower() not in repositories:
                yield _misfit(location, text, f"a repository that the file lists: {_listed(repositories)}")
    yield from _repeated(_texts(raw, "repositories"), "a repository that is listed once")
    accounts = [*_texts(raw, "people", "username"), *_texts(raw, "bots", "username")]
    yield from _repeated(accounts, "a login that nobody else in the file has")
    yield from _hours(raw)


def _repeated(texts: Iterable[tuple[Location, str]], wanted: str) -> Iterator[Misfit]:
    seen: set[str] = set()
    for location, text in texts:
        if login_key(text) in seen:
            yield _misfit(location, text, wanted)
        seen.add(login_key(text))


def _hours(raw: object) -> Iterator[Misfit]:
    """Yield hours that end before they begin when what a person leaves out is taken from the file's own habits."""
    shared = _habits(raw)
    for place, person in _objects(raw, "people"):
        own = _habits(person)
        names = [name for name in ("starts_at", "ends_at") if name in own]
        if len(names) == 1:
            hours = {**shared, **own}
            starts_at = time_or_none(hours.get("starts_at")) or USUAL_HABITS.starts_at
            ends_at = time_or_none(hours.get("ends_at")) or USUAL_HABITS.ends_at
            if starts_at >= ends_at:
                location = (*place, "habits", names[0])
                wanted = f"a time that leaves hours between {starts_at} and {ends_at}, the file's own habits included"
                yield Misfit(location, shown(own[names[0]]), wanted, "scenario")


def _habits(raw: object) -> dict[str, object]:
    habits = raw.get("habits") if isinstance(raw, dict) else None
    return habits if isinstance(habits, dict) else {}


def _texts(raw: object, *path: str, at: Location = ()) -> Texts:
    """Yield every text that the path leads to, through all elements of the lists on the way, with its location."""
    if isinstance(raw, list):
        for place, element in enumerate(raw):
            yield from _texts(element, *path, at=(*at, place))
    elif path and isinstance(raw, dict):
        yield from _texts(raw.get(path[0]), *path[1:], at=(*at, path[0]))
    elif not path and isinstance(raw, str):
        yield at, raw


def _objects(raw: object, name: str) -> Iterator[tuple[Location, dict[str, object]]]:
    elements = raw.get(name) if isinstance(raw, dict) else None
    for place, element in enumerate(elements if isinstance(elements, list) else []):
        if isinstance(element, dict):
            yield (name, place), element


def _misfit(location: Location, text: str, wanted: str) -> Misfit:
    return Misfit(location, shown(text), wanted, "scenario")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
