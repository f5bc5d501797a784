"""The strict reading of a decoded roster file: every misfit is found, with where it stands and what would do."""

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from types import GenericAlias
from typing import get_args, get_origin

import cattrs
from attrs import AttrsInstance, fields, frozen, has
from cattrs.errors import AttributeValidationNote, BaseValidationError, ClassValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn

from github_tracker.domain.roster import OverAllocation
from github_tracker.entrypoints.bad_input import Fault, shown
from github_tracker.entrypoints.roster_fields import HOOKS, Instant, RefusedError, check_window, read_instant
from github_tracker.entrypoints.roster_schema import (
    Document,
    MemberEntry,
    OlderMemberEntry,
    OlderRosterDocument,
    OlderTeamEntry,
    PersonEntry,
    RosterDocument,
    TeamHead,
)

Hook = Callable[[object, type], object]
"""Reads a decoded value into a type."""

Location = tuple[str | int, ...]
"""The way from the file's root to a value: field names and list positions."""

_PLAIN_FIELD = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@frozen
class RepeatedField:
    """Stands in a decoded file where an object gives one field several times; no field accepts it."""

    values: tuple[object, ...]


@frozen
class Misfit:
    """One thing in a file that is not as it should be, by its location."""

    location: Location
    found: str
    wanted: str

    @property
    def fault(self) -> Fault:
        """The same for people."""
        return Fault(_path_of(self.location), self.found, self.wanted)


def read_document(raw: object) -> tuple[Document, tuple[Misfit, ...]]:
    """Return what the decoded file says and everything in it that is not as it should be.

    With misfits, the document holds only what is sound by itself, so that faults between the sound entries can be
    found as well; it is not what the file means.
    """
    try:
        return _structure(raw), ()
    except (BaseValidationError, RefusedError) as exc:
        found = tuple(_misfits_of(exc, raw, ()))
        return _sound_document(raw, found), found


def _structure(raw: object) -> Document:
    if isinstance(raw, list):
        return OlderRosterDocument(teams=_converter().structure(raw, tuple[OlderTeamEntry, ...]))
    return _converter().structure(raw, RosterDocument)


def _sound_document(raw: object, found: Iterable[Misfit]) -> Document:
    """Leave out the members with a misfit, the teams without a usable name, and what is unknown."""
    broken = {misfit.location for misfit in found}
    root: Location = () if isinstance(raw, list) else ("teams",)
    document = raw if isinstance(raw, dict) else {}
    listed = raw if isinstance(raw, list) else document.get("teams")
    teams = [
        _sound_team(team, (*root, place), broken)
        for place, team in enumerate(listed if isinstance(listed, list) else [])
        if not broken & {(*root, place), (*root, place, "name")}
    ]
    if not teams:
        return RosterDocument(teams=())
    if isinstance(raw, list):
        return _structure(teams)
    policy = document.get("over_allocation", OverAllocation.REFUSE.value)
    # Where the policy cannot be read, nobody can be blamed for too much.
    is_readable = ("over_allocation",) not in broken
    return _structure({"over_allocation": policy if is_readable else OverAllocation.ALLOW.value, "teams": teams})


def _sound_team(team: dict[str, object], location: Location, broken: set[Location]) -> dict[str, object]:
    names = ("name", "key", "description", "members")
    sound = {name: team[name] for name in names if name in team and (*location, name) not in broken}
    if isinstance(members := sound.get("members"), list):
        inside = (*location, "members")
        faulty = {place[: len(inside) + 1] for place in broken}
        sound["members"] = [member for place, member in enumerate(members) if (*inside, place) not in faulty]
    return sound


def _misfits_of(error: BaseException, raw: object, location: Location) -> Iterator[Misfit]:
    """Walk the exception groups down to the single values, beside the decoded file."""
    match error:
        case BaseValidationError():
            for part in error.exceptions:
                step = _step_of(part)
                yield from _misfits_of(part, raw, location if step is None else (*location, step))
        case ForbiddenExtraKeysError():
            for name in sorted(error.extra_fields):
                inside = (*location, name)
                yield _misfit(inside, _value_at(raw, inside), _known_fields(error.cl, name))
        case KeyError():
            yield Misfit(location, "nothing", "a value; this field cannot be left out")
        case RefusedError():
            yield _misfit(location, _value_at(raw, location), error.wanted)
        case _:
            raise error


def _misfit(location: Location, value: object, wanted: str) -> Misfit:
    if isinstance(value, RepeatedField):
        return Misfit(location, " and ".join(map(shown, value.values)), "this field only once in its object")
    return Misfit(location, shown(value), wanted)


def _step_of(error: BaseException) -> str | int | None:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return note.name
        if isinstance(step := getattr(note, "index", None), int):
            return step
    return None


def _known_fields(entry: type, name: str) -> str:
    if entry is OlderMemberEntry and name == "allocation_weight":
        return "either allocation or allocation_weight, not both"
    known = [attribute.name for attribute in fields(entry)]
    # A part of a name may be what is meant: weight is allocation_weight.
    meant = {part: attribute for attribute in known for part in (attribute.rpartition("_")[2], attribute)}
    closest = get_close_matches(name.lower(), meant, n=1)
    hint = f"; did you mean {meant[closest[0]]}?" if closest else ""
    return f"only the fields {', '.join(known)}{hint}"


def _value_at(raw: object, location: Location) -> object:
    for step in location:
        raw = raw[step]  # type: ignore[index]  # the location was found by walking this very value
    return raw


def _path_of(location: Iterable[str | int]) -> str:
    steps = (_step_text(step) for step in location)
    return "".join(steps).removeprefix(".") or "roster"


def _step_text(step: str | int) -> str:
    if isinstance(step, str) and _PLAIN_FIELD.fullmatch(step):
        return f".{step}"
    return f"[{step}]" if isinstance(step, int) else f"[{shown(step)}]"


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook_factory(has, lambda entry: _object_hook(converter, entry))
    converter.register_structure_hook_factory(_is_tuple, lambda wanted: _list_hook(converter, wanted))
    converter.register_structure_hook(
        MemberEntry | OlderMemberEntry,
        lambda raw, _: converter.structure(
            raw, OlderMemberEntry if isinstance(raw, dict) and "allocation" in raw else MemberEntry
        ),
    )
    for kind, hook in HOOKS.items():
        converter.register_structure_hook(kind, hook)
    return converter


def _object_hook(converter: cattrs.Converter, entry: type[AttrsInstance]) -> Hook:
    """Refuse what is no object before its fields are looked for; of a member, look at the window as a whole too."""
    read_fields = make_dict_structure_fn(
        entry, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True
    )

    def read(raw: object, _entry: type) -> object:
        if not isinstance(raw, dict):
            raise RefusedError(f"an object with the fields {', '.join(field.name for field in fields(entry))}")
        errors = [*_window_errors(raw)] if issubclass(entry, PersonEntry) else []
        try:
            value = read_fields(raw, entry)
        except ClassValidationError as exc:
            raise exc.derive([*exc.exceptions, *errors]) from None
        if errors:
            raise ClassValidationError(f"reading {entry.__name__}", errors, entry)
        return value

    return read


def _window_errors(raw: dict[str, object]) -> Iterator[RefusedError]:
    """Yield what is wrong between joined_at and left_at; where one cannot be read, that is reported instead."""
    try:
        window = [None if raw.get(name) is None else read_instant(raw[name]) for name in ("joined_at", "left_at")]
    except RefusedError:
        return
    try:
        check_window(*window)
    except RefusedError as exc:
        exc.add_note(AttributeValidationNote("left_at does not fit joined_at", "left_at", Instant))
        yield exc


def _is_tuple(wanted: object) -> bool:
    return get_origin(wanted) is tuple


def _list_hook(converter: cattrs.Converter, wanted: type) -> Hook:
    """Refuse what is no list; text would otherwise be taken apart into letters."""
    element = get_args(wanted)[0]
    elements = GenericAlias(list, (element,))
    read_elements = converter.get_structure_hook(elements)

    def read(raw: object, _wanted: type) -> object:
        if not isinstance(raw, list):
            raise RefusedError("a list")
        if not raw and has(element) and issubclass(element, TeamHead):
            raise RefusedError("at least one team; without any, nothing could be attributed")
        return tuple(read_elements(raw, elements))

    return read
