"""How an answer is sent: JSON or CSV, and nothing at all to a client that has it already."""

import json
from collections.abc import Callable, Mapping
from typing import Final, Generic, TypeVar

from attrs import frozen
from litestar import Response

from github_tracker.domain.api_key import Access
from github_tracker.entrypoints.api.gate import ApiRequest
from github_tracker.entrypoints.api.negotiation import CACHE_CONTROL, CSV, JSON, is_known, wants_csv, weak_tag
from github_tracker.entrypoints.explanation_document import plain_value
from github_tracker.ports.data_version import DataVersion

VARY: Final = "Accept, Authorization, X-API-Key"
FORM: Final = 1
"""Raised when answers look different for the same figures, so that nobody keeps the old ones."""

Answer = Response[bytes]
T = TypeVar("T")


@frozen
class Forms(Generic[T]):
    """The ways to write one kind of answer."""

    document: Callable[[T], Mapping[str, object]]
    csv: Callable[[T], bytes] | None = None
    """None: JSON only."""


def json_bytes(document: object) -> bytes:
    """Return a document as it is sent; letters of every script stand as they are."""
    return json.dumps(document, ensure_ascii=False, default=plain_value).encode(errors="backslashreplace")


def private_json(document: object) -> Answer:
    """Answer with what must not be kept by anybody between here and the client."""
    return Answer(json_bytes(document), media_type=JSON, headers={"Cache-Control": CACHE_CONTROL, "Vary": VARY})


@frozen
class Asked:
    """A request for something that stays the same as long as the version of the data does."""

    request: ApiRequest
    access: Access
    version: DataVersion
    further: tuple[object, ...] = ()
    """What else the answer depends on."""

    def answer(self, read: Callable[[], T], forms: Forms[T]) -> Answer:
        """Read and answer, unless the client has the present answer; then nothing is read."""
        return self.answer_known(forms) or self.answer_with(read(), forms)

    def answer_known(self, forms: Forms[T]) -> Answer | None:
        """Answer without reading anything, if the client has the present answer."""
        headers = self._headers(forms)
        if not is_known(headers["ETag"], ",".join(self.request.headers.getall("if-none-match", []))):
            return None
        return Answer(b"", status_code=304, headers=headers)

    def answer_with(self, found: T, forms: Forms[T]) -> Answer:
        """Answer with what was read."""
        headers = self._headers(forms)
        if forms.csv is None or not self._is_csv(forms):
            return Answer(json_bytes(forms.document(found)), media_type=JSON, headers=headers)
        headers |= {"X-Attribution-Rule": self.version.rule.value, "X-Time-Zone": self.version.time_zone}
        return Answer(forms.csv(found), media_type=f"{CSV}; header=present", headers=headers)

    def _is_csv(self, forms: Forms[T]) -> bool:
        return forms.csv is not None and wants_csv(",".join(self.request.headers.getall("accept", [])))

    def _headers(self, forms: Forms[T]) -> dict[str, str]:
        return {"ETag": self._tag(self._is_csv(forms)), "Cache-Control": CACHE_CONTROL, "Vary": VARY}

    def _tag(self, is_csv: bool) -> str:
        version = self.version
        data = (version.roster_version, version.rule.value, version.time_zone, version.pages, str(version.collected_at))
        path = self.request.scope["path"].rstrip("/")
        return weak_tag(FORM, data, path, self.access.teams, is_csv, *self.further)
