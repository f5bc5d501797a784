"""The connection that PyGithub sends through, made to tell what really went over the wire."""

from io import BufferedReader
from typing import Final
from urllib.parse import urlsplit

import requests
from github.Requester import HTTPSRequestsConnectionClass

_MOST_HOPS: Final = 5
_PORTS: Final = {"http": 80, "https": 443}


class ObservedConnection(HTTPSRequestsConnectionClass):
    """Counts requests: PyGithub follows redirects by itself, without their query and without telling.

    For one thread only; it keeps the url between request and response.
    """

    def __init__(self, api_url: str, timeout_seconds: int) -> None:
        url = urlsplit(api_url)
        super().__init__(url.hostname or "", url.port or _PORTS.get(url.scheme), timeout=timeout_seconds)
        self.protocol = url.scheme
        self.session.mount(f"{url.scheme}://", self.adapter)
        self.sent = 0
        """Requests since it was made."""
        self.hops = 0
        """Requests since the last call of `begin`: more than one if redirects were followed."""

    def begin(self) -> None:
        """Note that another request of ours follows."""
        self.hops = 0

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
