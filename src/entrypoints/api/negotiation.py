"""Which form is wanted, and whether the one that the client has is still right (RFC 9110, sections 12 and 13)."""

import hashlib
import re
from typing import Final

JSON: Final = "application/json"
CSV: Final = "text/csv"

CACHE_CONTROL: Final = "private, no-cache"
"""Kept by the client alone, which asks each time whether it is still right."""

_ENTITY_TAG: Final = re.compile(r'(?:W/)?("[!#-~]*")')
_QUALITY: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def wants_csv(accept: str) -> bool:
    """Whether CSV is preferred to JSON; where both are equally welcome, or neither is, it is JSON."""
    return _quality(accept, CSV) > _quality(accept, JSON)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether an answer may be packed: gzip is named, or everything is, and not with a weight of 0."""
    found = _qualities(accept_encoding)
    return found.get("gzip", found.get("*", 0.0)) > 0


def allowed_methods(found: str) -> str:
    """Return the methods that are possible, in order; where something can be read, so can its headers."""
    methods = set(filter(None, map(str.strip, found.split(","))))
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def weak_tag(*parts: object) -> str:
    """Return an entity tag that is the same for the same parts."""
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def is_known(tag: str, if_none_match: str) -> bool:
    """Whether the client has this version; `*` is not taken for a yes, since nothing was looked at yet."""
    return tag.removeprefix("W/") in _ENTITY_TAG.findall(if_none_match)


def _quality(accept: str, media_type: str) -> float:
    """Return how welcome a media type is: by the most specific of the ranges that cover it."""
    kind = media_type.partition("/")[0]
    order = (media_type, f"{kind}/*", "*/*")
    found = _qualities(accept)
    return next((found[name] for name in order if name in found), 0.0)


def _qualities(header: str) -> dict[str, float]:
    found = {}
    for entry in header.lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        given = next((match for match in map(_QUALITY.fullmatch, parameters) if match), None)
        found[name] = float(given[1]) if given else 1.0
    return found
