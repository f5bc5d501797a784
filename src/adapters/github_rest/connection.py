"""The connection that PyGithub sends through: it tells what really went over the wire, and ends what takes too long."""

import time
from io import BufferedReader
from typing import Final
from urllib.parse import urlsplit

import requests
from github.Requester import HTTPSRequestsConnectionClass, RequestsResponse

from github_tracker.adapters.github_rest.reply_watch import ReplyWatch, WatchedAdapter

_MOST_HOPS: Final = 5
_PORTS: Final = {"http": 80, "https": 443}


class NotReadyError(requests.RequestException):
    """202: the answer is still being made. PyGithub itself would sleep and ask again, deadline or not."""


class ObservedConnection(HTTPSRequestsConnectionClass):
    """Counts requests: PyGithub follows redirects by itself, without their query and without telling.

    For one thread only; it keeps the url between request and response.
    """

    def __init__(self, api_url: str) -> None:
        url = urlsplit(api_url)
        super().__init__(url.hostname or "", url.port or _PORTS.get(url.scheme))
        self.protocol = url.scheme
        self._watch = ReplyWatch()
        self.adapter = WatchedAdapter(self._watch)
        self.session.mount(f"{url.scheme}://", self.adapter)
        self._ends_at = 0.0
        self.sent = 0
        """Requests since it was made."""
        self.hops = 0
        """Requests since the last call of `begin`: more than one if redirects were followed."""

    def begin(self, limit_seconds: float) -> None:
        """Note that another request of ours follows, and how long it may take with all its redirects."""
        self.hops = 0
        self._ends_at = time.monotonic() + limit_seconds

    def request(
        self,
        verb: str,
        url: str,
        input: str | BufferedReader | None,
        headers: dict[str, str],
        stream: bool = False,
    ) -> None:
        """Take note of what is to be sent; a chain of redirects that does not end is broken off."""
        if self.hops >= _MOST_HOPS:
            raise requests.TooManyRedirects
        self.hops += 1
        self.sent += 1
        super().request(verb, url, input, headers, stream)

    def getresponse(self) -> RequestsResponse:
        """Send it and return the whole reply, or raise requests.Timeout when its time is over."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise requests.ReadTimeout("its redirects took too long")
        # For connecting, too: there is nothing to shut down before that.
        self.timeout = left  # type: ignore[assignment]  # handed to requests, which takes fractions
        with self._watch.limited_to(left):
            response = super().getresponse()
        if response.status == 202:
            raise NotReadyError
        return response
