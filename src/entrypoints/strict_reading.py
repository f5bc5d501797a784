"""The strict reading of a decoded file: every misfit is found, with where it stands and what would do.

No value is converted by guess. What can stand in a file is said by attrs classes, whose fields have types of their
own, each with a hook that reads it; a kind of file adds what it knows of whole objects and lists.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import GenericAlias
from typing import TypeVar, get_args, get_origin

import cattrs
from attrs import AttrsInstance, field, fields, frozen, has
from cattrs.errors import AttributeValidationNote, BaseValidationError, ClassValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn

from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.entrypoints.bad_input import Fault, shown

Hook = Callable[[object, type], object]
"""Reads a decoded value into a type."""

Location = tuple[str | int, ...]
"""The way from the file's root to a value: field names and list positions."""

_T = TypeVar("_T")

_PLAIN_FIELD = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class RefusedError(GitHubTrackerError):
    """A value that is not what its field holds."""

    def __init__(self, wanted: str) -> None:
        super().__init__(f"wanted {wanted}")
        self.wanted = wanted

    def at_field(self, name: str) -> "RefusedError":
        """Return the error, to be reported at this field of the object that is being read."""
        self.add_note(AttributeValidationNote(f"{name} does not fit the other fields", name, object))
        return self


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
    root: str
    """What the file as a whole is called."""

    @property
    def fault(self) -> Fault:
        """The same for people."""
        return Fault(path_of(self.location) or self.root, self.found, self.wanted)


def _no_errors(_entry: type, _raw: dict[str, object]) -> Iterable[RefusedError]:
    return ()


def _no_refusal(_element: object, _raw: list[object]) -> None:
    return None


def _no_remark(_entry: type, _name: str) -> None:
    return None


@frozen(eq=False)
class StrictReader:
    """Reads one kind of file."""

    root: str
    """What a file of this kind is called, where no place in it can be named."""
    hooks: Mapping[object, Callable[[object, object], object]]
    """What reads each kind of field."""
    object_errors: Callable[[type, dict[str, object]], Iterable[RefusedError]] = _no_errors
    """What is wrong between the fields of an object, each error at_field()."""
    list_refusal: Callable[[object, list[object]], str | None] = _no_refusal
    """What a list of such elements should hold instead, if it must not be as it is."""
    remark: Callable[[type, str], str | None] = _no_remark
    """What to say of an unknown field instead of listing the known ones."""
    choices: Mapping[object, Callable[[object], type]] = field(factory=dict)
    """Which of several classes an object is read as."""
    converter: cattrs.Converter = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "converter", self._converter())

    def structure(self, raw: object, wanted: type[_T]) -> _T:
        """Return what the decoded value says. Raises what `misfits_of` explains."""
        return self.converter.structure(raw, wanted)

    def misfits_of(self, error: Exception, raw: object) -> tuple[Misfit, ...]:
        """Return what is wrong, in the order of the file's fields; an error of another kind is raised again."""
        return tuple(self._misfits_of(error, raw, ()))

    def _misfits_of(self, error: BaseException, raw: object, location: Location) -> Iterator[Misfit]:
        """Walk the exception groups down to the single values, beside the decoded file."""
        match error:
            case BaseValidationError():
                for part in error.exceptions:
                    step = _step_of(part)
                    yield from self._misfits_of(part, raw, location if step is None else (*location, step))
            case ForbiddenExtraKeysError():
                for name in sorted(error.extra_fields):
                    inside = (*location, name)
                    yield self._misfit(inside, _value_at(raw, inside), self._known_fields(error.cl, name))
            case KeyError():
                yield Misfit(location, "nothing", "a value; this field cannot be left out", self.root)
            case RefusedError():
                yield self._misfit(location, _value_at(raw, location), error.wanted)
            case _:
                raise error

    def _misfit(self, location: Location, value: object, wanted: str) -> Misfit:
        if isinstance(value, RepeatedField):
            found = " and ".join(map(shown, value.values))
            return Misfit(location, found, "this field only once in its object", self.root)
        return Misfit(location, shown(value), wanted, self.root)

    def _known_fields(self, entry: type, name: str) -> str:
        if (remark := self.remark(entry, name)) is not None:
            return remark
        known = [attribute.name for attribute in fields(entry)]
        # A part of a name may be what is meant: weight is allocation_weight.
        meant = {part: attribute for attribute in known for part in (attribute.rpartition("_")[2], attribute)}
        closest = get_close_matches(name.lower(), meant, n=1)
        hint = f"; did you mean {meant[closest[0]]}?" if closest else ""
        return f"only the fields {', '.join(known)}{hint}"

    def _converter(self) -> cattrs.Converter:
        converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
        converter.register_structure_hook_factory(has, lambda entry: self._object_hook(converter, entry))
        converter.register_structure_hook_factory(_is_tuple, lambda wanted: self._list_hook(converter, wanted))
        for kind, choose in self.choices.items():
            converter.register_structure_hook(kind, _choosing(converter, choose))
        for kind, hook in self.hooks.items():
            converter.register_structure_hook(kind, hook)
        return converter

    def _object_hook(self, converter: cattrs.Converter, entry: type[AttrsInstance]) -> Hook:
        """Refuse what is no object before its fields are looked for; then look at them together."""
        read_fields = make_dict_structure_fn(
            entry, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True
        )

        def read(raw: object, _entry: type) -> object:
            if not isinstance(raw, dict):
                raise RefusedError(f"an object with the fields {', '.join(field.name for field in fields(entry))}")
            errors = [*self.object_errors(entry, raw)]
            try:
                value = read_fields(raw, entry)
            except ClassValidationError as exc:
                raise exc.derive([*exc.exceptions, *errors]) from None
            if errors:
                raise ClassValidationError(f"reading {entry.__name__}", errors, entry)
            return value

        return read

    def _list_hook(self, converter: cattrs.Converter, kind: type) -> Hook:
        """Refuse what is no list; text would otherwise be taken apart into letters."""
        element = get_args(kind)[0]
        elements = GenericAlias(list, (element,))
        read_elements = converter.get_structure_hook(elements)

        def read(raw: object, _kind: type) -> object:
            if not isinstance(raw, list):
                raise RefusedError("a list")
            if (wanted := self.list_refusal(element, raw)) is not None:
                raise RefusedError(wanted)
            return tuple(read_elements(raw, elements))

        return read


def path_of(location: Iterable[str | int]) -> str:
    """Return the location as people write it, such as teams[0].name; empty for the file as a whole."""
    return "".join(map(_step_text, location)).removeprefix(".")


def _step_text(step: str | int) -> str:
    if isinstance(step, str) and _PLAIN_FIELD.fullmatch(step):
        return f".{step}"
    return f"[{step}]" if isinstance(step, int) else f"[{shown(step)}]"


def _step_of(error: BaseException) -> str | int | None:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return note.name
        if isinstance(step := getattr(note, "index", None), int):
            return step
    return None


def _value_at(raw: object, location: Location) -> object:
    for step in location:
        raw = raw[step]  # type: ignore[index]  # the location was found by walking this very value
    return raw


def _is_tuple(wanted: object) -> bool:
    return get_origin(wanted) is tuple


def _choosing(converter: cattrs.Converter, choose: Callable[[object], type]) -> Hook:
    return lambda raw, _: converter.structure(raw, choose(raw))
