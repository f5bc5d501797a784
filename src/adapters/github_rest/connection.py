"""The connection that PyGithub sends through: it tells what really went over the wire, and ends what takes too long."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import Final
from urllib.parse import urlsplit

import requests
from github.Requester import HTTPSRequestsConnectionClass, RequestsResponse
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from github_tracker.adapters.github_rest.body import ACCEPTED_ENCODING, Body
from github_tracker.adapters.github_rest.reply_watch import ReplyWatch, WatchedAdapter

_MOST_HOPS: Final = 5
_PORTS: Final = {"http": 80, "https": 443}


class NotReadyError(requests.RequestException):
    """202: the answer is still being made. PyGithub itself would sleep and ask again, deadline or not."""


class Reply(RequestsResponse):
    """A reply as PyGithub reads it, which makes a text of every body: it is given none."""

    def read(self) -> str:
        """Return no text; the body lies with the connection, as it came."""
        return ""


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
        self.session.headers["Accept-Encoding"] = ACCEPTED_ENCODING
        # requests looks through the whole environment for proxies and certificates at each request, which takes a tenth
        # of the processor's time of one; they are the same for all requests to one server.
        found = self.session.merge_environment_settings(
            f"{self.protocol}://{self.host}:{self.port}", {}, None, None, None
        )
        self.session.trust_env = False
        self.session.proxies = found["proxies"]
        self.verify = found["verify"]
        self._ends_at = 0.0
        self.sent = 0
        """Requests since it was made."""
        self.hops = 0
        """Requests since the last call of `begin`: more than one if redirects were followed."""
        self.body = Body()
        """Of the latest reply."""

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

    def getresponse(self) -> Reply:
        """Send it and return the reply, its body read as a whole; raise requests.Timeout when its time is over."""
        self.body = Body()
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise requests.ReadTimeout("its redirects took too long")
        with self._watch.limited_to(left), _faults_as_those_of_requests():
            response = self.session.request(
                self.verb,
                f"{self.protocol}://{self.host}:{self.port}{self.url}",
                data=self.input,
                headers=self.headers,
                # For connecting, too: there is nothing to shut down before that.
                timeout=left,
                allow_redirects=False,
                stream=True,
                verify=self.verify,
            )
            # As requests itself reads it, 10 KB at a time, a body costs more than all the rest of its request.
            self.body = Body(response.raw.read(decode_content=False), response.headers.get("content-encoding"))
        if response.status_code == 202:
            raise NotReadyError
        return Reply(response)


@contextmanager
def _faults_as_those_of_requests() -> Iterator[None]:
    """Raise what requests would have raised, had it read the body."""
    try:
        yield
    except ProtocolError as exc:
        raise requests.exceptions.ChunkedEncodingError(exc) from exc
    except ReadTimeoutError as exc:
        raise requests.ReadTimeout(exc) from exc
    except HTTPError as exc:
        raise requests.ConnectionError(exc) from exc
