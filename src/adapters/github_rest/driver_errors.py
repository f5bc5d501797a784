"""What PyGithub and urllib3 raise, turned into port errors in one place."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from github_tracker.adapters.github_rest.connection import CutBodyError, NotReadyError, TooManyRedirectsError
from github_tracker.adapters.github_rest.pygithub import GithubException
from github_tracker.adapters.github_rest.reply_watch import OverdueReplyError
from github_tracker.adapters.github_rest.route import CertificatesError
from github_tracker.ports.errors import MalformedSourceError, OutOfTimeError, TransientSourceError


@contextmanager
def translated(path: str, is_cut_short: bool) -> Iterator[None]:
    """Turn what the libraries raise into port errors. Their texts may hold urls, never the token.

    Where the deadline cuts the time for a reply short, a timeout is not GitHub's fault: with more time it might have
    come.
    """
    try:
        yield
    except (HTTPError, OSError) as exc:
        if is_cut_short and _is_timeout(exc):
            raise out_of_time(path) from exc
        raise TransientSourceError(f"no answer to {path}: {_kind_of(exc)}") from exc
    except GithubException as exc:
        raise TransientSourceError(f"GitHub answered {exc.status} to {path}") from exc
    except RuntimeError as exc:
        raise MalformedSourceError(f"{exc}; check GITHUB_API_URL") from exc
    except (TypeError, ValueError, OverflowError) as exc:
        raise TransientSourceError(f"an unreadable answer to {path}: {type(exc).__name__}") from exc


def out_of_time(path: str) -> OutOfTimeError:
    """Return the error that says so."""
    return OutOfTimeError(f"{path}: no answer before the deadline; the next run goes on from here")


_UNREACHABLE: Final = "the server cannot be reached"
# The first that fits: urllib3 counts a connection that is refused among those that took too long.
_KINDS: Final[dict[type[Exception], str]] = {
    NewConnectionError: _UNREACHABLE,
    ConnectTimeoutError: "connecting took too long",
    OverdueReplyError: "the reply took too long",
    ReadTimeoutError: "the reply took too long",
    NotReadyError: "the answer is still being made (202)",
    CutBodyError: "the connection was cut in the body",
    SSLError: "the TLS connection failed",
    ProxyError: "the proxy of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY cannot be used",
    ProtocolError: _UNREACHABLE,
    TooManyRedirectsError: "it redirects in circles",
}


def _is_timeout(exc: Exception) -> bool:
    is_refused = isinstance(exc, NewConnectionError)
    return isinstance(exc, (OverdueReplyError, ReadTimeoutError, ConnectTimeoutError)) and not is_refused


def _kind_of(exc: Exception) -> str:
    if isinstance(exc, CertificatesError):
        return str(exc)
    return next((text for kind, text in _KINDS.items() if isinstance(exc, kind)), type(exc).__name__)
