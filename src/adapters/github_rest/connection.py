"""The connection that PyGithub sends through: it tells what really went over the wire, and ends what takes too long."""

import time
from collections.abc import ItemsView
from io import BufferedReader
from typing import Final

from attrs import frozen
from urllib3.exceptions import HTTPError, ReadTimeoutError

from github_tracker.adapters.github_rest.body import ACCEPTED_ENCODING, Body
from github_tracker.adapters.github_rest.pygithub import HTTPSRequestsConnectionClass
from github_tracker.adapters.github_rest.reply_watch import OverdueReplyError, ReplyWatch
from github_tracker.adapters.github_rest.route import Directions, Route

_MOST_HOPS: Final = 5
_HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": ACCEPTED_ENCODING}


class NotReadyError(HTTPError):
    """202: the answer is still being made. PyGithub itself would sleep and ask again, deadline or not."""


class TooManyRedirectsError(HTTPError):
    """A chain of redirects that does not end."""


class CutBodyError(HTTPError):
    """The connection ended or failed in the body."""


@frozen
class Reply:
    """A reply as PyGithub reads it, which makes a text of every body: it is given none."""

    status: int
    headers: dict[str, str]

    def getheaders(self) -> ItemsView[str, str]:
        """Return the headers' names and values."""
        return self.headers.items()

    def read(self) -> str:
        """Return no text; the body lies with the connection, as it came."""
        return ""


class ObservedConnection(HTTPSRequestsConnectionClass):
    """Counts requests: PyGithub follows redirects by itself, without their query and without telling.

    For one thread only; it keeps the url between request and response.
    """

    def __init__(self, directions: Directions) -> None:
        # Nothing of what it inherits is used: PyGithub's type is what its requester asks for.
        self._directions = directions
        self._watch = ReplyWatch()
        self._known_route: Route | None = None
        self._ends_at = 0.0
        self.sent = 0
        """Requests since it was made."""
        self.hops = 0
        """Requests since the last call of `begin`: more than one if redirects were followed."""
        self.body = Body()
        """Of the latest reply."""

    def close(self) -> None:
        """Close it; it may be used again, and then connects anew."""
        if self._known_route is not None:
            self._known_route.pool.close()
            self._known_route = None

    def begin(self, limit_seconds: float) -> None:
        """Note that another request of ours follows, and how long it may take with all its redirects."""
        self.hops = 0
        self._ends_at = time.monotonic() + limit_seconds

    def request(
        self,
        verb: str,
        url: str,
        input: str | BufferedReader | None,  # noqa: ARG002  # nothing that is asked here has a body
        headers: dict[str, str],
        stream: bool = False,  # noqa: ARG002  # PyGithub's
    ) -> None:
        """Take note of what is to be sent; a chain of redirects that does not end is broken off."""
        if self.hops >= _MOST_HOPS:
            raise TooManyRedirectsError
        self.hops += 1
        self.sent += 1
        self.verb, self.url, self.headers = verb, url, headers

    def getresponse(self) -> Reply:  # type: ignore[override]  # what PyGithub reads of a reply, without requests
        """Send it and return the reply, its body read as a whole.

        Raises OverdueReplyError when its time is over, NotReadyError, CutBodyError, and what urllib3 raises.
        """
        self.body = Body()
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise OverdueReplyError
        if self._known_route is None:
            self._known_route = self._directions.route(self._watch)
        with self._watch.limited_to(left):
            response = self._known_route.send(self.verb, self.url, {**_HEADERS, **self.headers}, left)
            try:
                body = response.read()
            except ReadTimeoutError:
                raise
            except (HTTPError, OSError) as exc:
                raise CutBodyError(exc) from exc
            self.body = Body(body, response.headers.get("content-encoding"))
        if response.status == 202:
            raise NotReadyError
        return Reply(response.status, dict(response.headers.items()))
