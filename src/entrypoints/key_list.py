"""Keys of the metrics API that are given from outside the database: the JSON list in the secret API_KEYS.

    [{"public_id": "Ed6pxkqc3XN", "sha256": "64 hexadecimal digits", "name": "dashboard",
      "scopes": ["metrics:read"], "teams": ["Platform"], "expires_at": "2027-01-31"}]

`teams` and `expires_at` may be left out, or null: all teams, and never. `created_at`, before which a key opens nothing,
may be left out too. Teams are meant by the names they have at the time, since nothing here knows their ids.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, NewType

from attrs import evolve, fields, frozen
from cattrs.errors import BaseValidationError

from github_tracker.domain.api_key import ApiKey, KeyRecord, Scope
from github_tracker.domain.errors import InvalidValueError
from github_tracker.domain.instants import LEAST_INSTANT
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.document_text import DocumentForm, decoded
from github_tracker.entrypoints.roster_fields import HOOKS, Instant, TeamName
from github_tracker.entrypoints.strict_reading import Misfit, RefusedError, StrictReader, path_of

PublicId = NewType("PublicId", str)
Digest = NewType("Digest", str)
KeyName = NewType("KeyName", str)

_LIST: Final = "the list of keys"
_NOT_SHOWN: Final = "a value that may hold a secret (not shown)"
_AN_ID: Final = "0" * 11
_A_DIGEST: Final = "0" * 64


@frozen(kw_only=True)
class KeyEntry:
    """One key as the list gives it."""

    public_id: PublicId
    sha256: Digest
    name: KeyName
    scopes: tuple[Scope, ...]
    teams: tuple[TeamName, ...] | None = None
    created_at: Instant | None = None
    expires_at: Instant | None = None

    @property
    def record(self) -> KeyRecord:
        """The same in the domain's words. Raises InvalidValueError for what does not fit together."""
        key = ApiKey(
            public_id=self.public_id,
            name=self.name,
            scopes=self.scopes,
            created_at=self.created_at or LEAST_INSTANT,
            teams=self.teams,
            expires_at=self.expires_at,
        )
        return KeyRecord(key, self.sha256)


def read_key_list(text: str) -> tuple[KeyRecord, ...]:
    """Return the keys in the list. Raises BadInputError with every fault at its path, and no value out of the list."""
    raw = decoded(text, DocumentForm.JSON, _LIST)
    reader = StrictReader(_LIST, _HOOKS)
    try:
        entries = reader.structure(raw, tuple[KeyEntry, ...])
    except (BaseValidationError, RefusedError) as exc:
        raise BadInputError(_unshown(misfit) for misfit in reader.misfits_of(exc, raw)) from None
    faults = [*_repeated(entries), *_contradictions(entries)]
    if faults:
        raise BadInputError(faults)
    return tuple(entry.record for entry in entries)


def _unshown(misfit: Misfit) -> Fault:
    """Whatever stands there might be a key, in the place of its hash or as the name of a field."""
    known = {attribute.name for attribute in fields(KeyEntry)}
    way = [step if isinstance(step, int) or step in known else "(an unknown field)" for step in misfit.location]
    found = misfit.found if misfit.found in ("nothing", "null") else _NOT_SHOWN
    return evolve(misfit.fault, path=path_of(way) or misfit.root, found=found)


def _repeated(entries: tuple[KeyEntry, ...]) -> list[Fault]:
    counts = Counter(entry.public_id for entry in entries)
    return [
        Fault(f"[{place}].public_id", "an id that another key in the list has too", "another one for each key")
        for place, entry in enumerate(entries)
        if counts[entry.public_id] > 1
    ]


def _contradictions(entries: tuple[KeyEntry, ...]) -> list[Fault]:
    faults = []
    for place, entry in enumerate(entries):
        try:
            _ = entry.record
        except InvalidValueError as exc:
            faults.append(Fault(f"[{place}].{exc.field}", _NOT_SHOWN, exc.wanted))
    return faults


def _read_scope(raw: object) -> Scope:
    if isinstance(raw, str) and raw in set(Scope):
        return Scope(raw)
    raise RefusedError(f"one of {', '.join(Scope)}")


def _asked(raw: object, make: Callable[[str], object]) -> str:
    """Let the domain judge a text that stands in an otherwise plain example."""
    if not isinstance(raw, str):
        raise RefusedError("text")
    try:
        make(raw)
    except InvalidValueError as exc:
        raise RefusedError(exc.wanted) from exc
    return raw


def _example(public_id: str = _AN_ID, name: str = "name") -> ApiKey:
    return ApiKey(public_id, name, (Scope.METRICS_READ,), LEAST_INSTANT)


_HOOKS: Final[Mapping[object, Callable[[object, object], object]]] = {
    PublicId: lambda raw, _: _asked(raw, lambda text: _example(public_id=text)),
    Digest: lambda raw, _: _asked(raw, lambda text: KeyRecord(_example(), text)),
    KeyName: lambda raw, _: _asked(raw, lambda text: _example(name=text)),
    Scope: lambda raw, _: _read_scope(raw),
    TeamName: HOOKS[TeamName],
    Instant: HOOKS[Instant],
}
