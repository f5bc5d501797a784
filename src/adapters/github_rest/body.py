"""The body of a reply: kept as it was sent, a tenth of its size or less, until somebody reads it."""

import zlib
from typing import Final

from attrs import field, frozen

from github_tracker.ports.errors import TransientSourceError

ACCEPTED_ENCODING: Final = "gzip"
"""The only one that GitHub needs to be asked for."""

_GZIP_NAMES: Final = ("gzip", "x-gzip")
_GZIP: Final = 16 + zlib.MAX_WBITS
_LARGEST_GUESS: Final = 16 * 1024 * 1024


@frozen
class Body:
    """What came after the headers, with its content encoding."""

    sent: bytes = field(default=b"", repr=False)
    encoding: str | None = None
    """As the header Content-Encoding names it; None if the body was sent plainly."""

    @property
    def size(self) -> int:
        """How many bytes were sent."""
        return len(self.sent)

    def beginning(self, size: int) -> bytes:
        """Return so many bytes of the content, or fewer, at a fraction of the cost of all; none of a faulty body."""
        if (self.encoding or "identity").strip().lower() not in _GZIP_NAMES:
            return self.sent[:size]
        try:
            return zlib.decompressobj(_GZIP).decompress(self.sent, size)
        except zlib.error:
            return b""

    def read(self) -> bytes:
        """Return the content, unpacked anew at each call. Raises TransientSourceError for what cannot be unpacked."""
        encoding = (self.encoding or "identity").strip().lower()
        if encoding == "identity" or not self.sent:
            return self.sent
        if encoding not in _GZIP_NAMES:
            raise TransientSourceError(f"the answer is encoded as {encoding!r}, which was not asked for")
        # Its last four bytes tell the size (RFC 1952): with that, the content is written once and never copied.
        size = min(int.from_bytes(self.sent[-4:], "little"), _LARGEST_GUESS)
        try:
            return zlib.decompress(self.sent, _GZIP, max(size, 1))
        except zlib.error as exc:
            raise TransientSourceError(f"the answer cannot be unpacked: {exc}") from exc
