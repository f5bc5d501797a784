"""What schemas of the OpenAPI document are made of (JSON Schema 2020-12)."""

from collections.abc import Mapping
from typing import Final

Schema = Mapping[str, object]

GREATEST: Final = 2**63 - 1


def reference(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(description: str, fields: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """Return an object with these fields and no others."""
    return {
        "type": "object",
        "description": description,
        "properties": dict(fields),
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def list_of(of: Schema) -> Schema:
    """Return a list."""
    return {"type": "array", "items": of}


def or_null(of: Schema) -> Schema:
    """Return the same, or null."""
    return {"anyOf": [of, {"type": "null"}]}


def one_of(values: type) -> Schema:
    """Return the values of an enumeration."""
    return {"type": "string", "enum": [value.value for value in values]}  # type: ignore[attr-defined]  # enumerations


TEXT: Final[Schema] = {"type": "string"}
TRUTH: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
ID: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": GREATEST}
DAY: Final[Schema] = {"type": "string", "format": "date"}
INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
HOURS: Final[Schema] = {"type": ["number", "null"], "description": "To 6 places; null: there is none."}
WEIGHT: Final[Schema] = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "description": "An exact decimal."}
PART: Final[Schema] = {"type": "string", "pattern": "^[0-9]+(/[0-9]+)?$", "description": "An exact fraction."}
WITHHELD: Final[Schema] = {
    "type": "boolean",
    "description": "Whether the figures are null because too few people stand behind them (min_group_size).",
}
FIGURE: Final[Schema] = {"type": ["integer", "null"], "minimum": 0}
GROUP_SIZE: Final[Schema] = {
    "type": ["integer", "null"],
    "description": "Below it figures are withheld; null: never.",
}
