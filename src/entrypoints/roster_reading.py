"""What is read from a decoded roster file, and the sound part of one in which something is wrong."""

from collections.abc import Iterable, Iterator
from functools import cache

from cattrs.errors import BaseValidationError

from github_tracker.domain.roster import OverAllocation
from github_tracker.entrypoints.roster_fields import HOOKS, window_errors
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
from github_tracker.entrypoints.strict_reading import Location, Misfit, RefusedError, StrictReader


def read_document(raw: object) -> tuple[Document, tuple[Misfit, ...]]:
    """Return what the decoded file says and everything in it that is not as it should be.

    With misfits, the document holds only what is sound by itself, so that faults between the sound entries can be
    found as well; it is not what the file means.
    """
    try:
        return _structure(raw), ()
    except (BaseValidationError, RefusedError) as exc:
        found = _reader().misfits_of(exc, raw)
        return _sound_document(raw, found), found


def _structure(raw: object) -> Document:
    if isinstance(raw, list):
        return OlderRosterDocument(teams=_reader().structure(raw, tuple[OlderTeamEntry, ...]))
    return _reader().structure(raw, RosterDocument)


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


@cache
def _reader() -> StrictReader:
    return StrictReader(
        "roster",
        HOOKS,
        object_errors=_object_errors,
        list_refusal=_list_refusal,
        remark=_remark,
        choices={MemberEntry | OlderMemberEntry: _form_of_member},
    )


def _object_errors(entry: type, raw: dict[str, object]) -> Iterator[RefusedError]:
    if issubclass(entry, PersonEntry):
        yield from window_errors(raw)


def _list_refusal(element: object, raw: list[object]) -> str | None:
    if not raw and isinstance(element, type) and issubclass(element, TeamHead):
        return "at least one team; without any, nothing could be attributed"
    return None


def _remark(entry: type, name: str) -> str | None:
    is_both = entry is OlderMemberEntry and name == "allocation_weight"
    return "either allocation or allocation_weight, not both" if is_both else None


def _form_of_member(raw: object) -> type:
    return OlderMemberEntry if isinstance(raw, dict) and "allocation" in raw else MemberEntry
