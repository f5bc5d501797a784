"""Files that people write, in JSON or TOML: read as text and decoded without ever making a float of a number (R4)."""

import json
import re
import tomllib
from collections import defaultdict
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path

from github_tracker.entrypoints.bad_input import BadInputError, Fault, shown, shown_name
from github_tracker.entrypoints.strict_reading import RepeatedField

_TOML_PLACE = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)$")
_TOML_PLACE_OR_END = re.compile(r" \(at [^()]*\)$")

_INT_DIGITS = 100


class DocumentForm(StrEnum):
    """What a file can be written in."""

    JSON = "json"
    TOML = "toml"


def read_text(path: Path) -> tuple[str, DocumentForm]:
    """Return what stands in a .json or .toml file. Raises BadInputError with the file as the fault's path."""
    try:
        form = DocumentForm(path.suffix.lower().removeprefix("."))
    except ValueError:
        raise BadInputError(
            [Fault(shown_name(str(path)), f"the ending {shown(path.suffix)}", ".json or .toml")]
        ) from None
    try:
        return path.read_text(encoding="utf-8-sig"), form
    except UnicodeDecodeError as exc:
        found = f"byte 0x{exc.object[exc.start]:02x} at position {exc.start}"
        raise BadInputError([Fault(shown_name(str(path)), found, "text in UTF-8")]) from exc
    except (OSError, ValueError) as exc:
        found = getattr(exc, "strerror", None) or "an impossible path"
        raise BadInputError([Fault(shown_name(str(path)), found, "a readable .json or .toml file")]) from exc


def decoded(text: str, form: DocumentForm, name: str) -> object:
    """Return what the text says. Raises BadInputError; a fault that has no place is reported at the file's `name`."""
    try:
        if form is DocumentForm.TOML:
            return tomllib.loads(text, parse_float=_exact)
        return json.loads(
            text, parse_float=_exact, parse_int=_whole, parse_constant=_exact, object_pairs_hook=_object_of
        )
    except json.JSONDecodeError as exc:
        fault = Fault(f"line {exc.lineno}, column {exc.colno}", f"broken JSON ({exc.msg})", "valid JSON")
    except tomllib.TOMLDecodeError as exc:
        fault = _toml_fault(str(exc))
    except (ValueError, RecursionError):
        fault = Fault(name, "a number or a nesting beyond all measure", f"a {name} in {form.value.upper()}")
    raise BadInputError([fault])


def _toml_fault(message: str) -> Fault:
    """Take the place out of the message, where Python 3.11 keeps it."""
    place = _TOML_PLACE.search(message)
    path = f"line {place['line']}, column {place['column']}" if place else "end of the file"
    return Fault(path, f"broken TOML ({_TOML_PLACE_OR_END.sub('', message)})", "valid TOML")


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of 20 digits and the like
        return Decimal("NaN")


def _whole(text: str) -> int | Decimal:
    """Return an int where one is possible: Python refuses to make one of thousands of digits, which no field takes."""
    return int(text) if len(text) <= _INT_DIGITS else _exact(text)


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Keep every value of a field that is given several times, where JSON's readers silently take the last."""
    values: defaultdict[str, list[object]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    return {name: given[0] if len(given) == 1 else RepeatedField(tuple(given)) for name, given in values.items()}
