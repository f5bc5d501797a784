"""What PyGithub, requests and urllib3 raise, turned into port errors in one place."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from github import GithubException
from urllib3.exceptions import HTTPError

from github_tracker.adapters.github_rest.connection import NotReadyError
from github_tracker.ports.errors import MalformedSourceError, OutOfTimeError, TransientSourceError


@contextmanager
def translated(path: str, is_cut_short: bool) -> Iterator[None]:
    """Turn what the libraries raise into port errors. Their texts may hold urls, never the token.

    Where the deadline cuts the time for a reply short, a timeout is not GitHub's fault: with more time it might have
    come.
    """
    try:
        yield
    except requests.RequestException as exc:
        if is_cut_short and isinstance(exc, requests.Timeout):
            raise out_of_time(path) from exc
        raise TransientSourceError(f"no answer to {path}: {_kind_of(exc)}") from exc
    except (HTTPError, OSError) as exc:
        # Of urllib3's errors and the system's, requests lets some through.
        raise TransientSourceError(f"no answer to {path}: {type(exc).__name__}") from exc
    except GithubException as exc:
        raise TransientSourceError(f"GitHub answered {exc.status} to {path}") from exc
    except RuntimeError as exc:
        raise MalformedSourceError(f"{exc}; check GITHUB_API_URL") from exc
    except (TypeError, ValueError, OverflowError) as exc:
        raise TransientSourceError(f"an unreadable answer to {path}: {type(exc).__name__}") from exc


def out_of_time(path: str) -> OutOfTimeError:
    """Return the error that says so."""
    return OutOfTimeError(f"{path}: no answer before the deadline; the next run goes on from here")


def _kind_of(exc: requests.RequestException) -> str:
    kinds: dict[type[Exception], str] = {
        requests.ConnectTimeout: "connecting took too long",
        requests.ReadTimeout: "the reply took too long",
        NotReadyError: "the answer is still being made (202)",
        requests.exceptions.ChunkedEncodingError: "the connection was cut in the body",
        requests.exceptions.SSLError: "the TLS connection failed",
        requests.ConnectionError: "the server cannot be reached",
        requests.TooManyRedirects: "it redirects in circles",
    }
    return next((text for kind, text in kinds.items() if isinstance(exc, kind)), type(exc).__name__)
