"""The way to GitHub's server: found by requests from the environment once, and walked with urllib3 alone.

requests looks for proxies and certificates at each request, builds objects of its own around each, and spends twice the
processor's time that sending one takes.
"""

import ssl
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from attrs import frozen
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, PoolManager, ProxyManager
from urllib3.util import create_urllib3_context

from github_tracker.adapters.github_rest.reply_watch import ReplyWatch, watched_pools

_PORTS: Final = {"http": 80, "https": 443}


class CertificatesError(OSError):
    """The authorities' certificates cannot be read."""


@frozen
class Route:
    """Connections to one server, directly or through the environment's proxy."""

    pool: HTTPConnectionPool
    prefix: str
    """What stands before a path: nothing, or the whole address where a proxy is told where to go."""

    def send(self, verb: str, path: str, headers: dict[str, str], seconds: float) -> BaseHTTPResponse:
        """Send one request and return the response with its body unread; what fails is raised as urllib3 raises it.

        `seconds` are for connecting, and for each wait after that.
        """
        return self.pool.urlopen(
            verb,
            self.prefix + path,
            headers=headers,
            retries=False,
            redirect=False,
            # A proxy is not the host that it is told.
            assert_same_host=False,
            timeout=seconds,
            preload_content=False,
            decode_content=False,
        )


class Directions:
    """Where a server is and what the environment says of the way to it; asked for once, whoever goes there."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        """Scheme, host and port."""

    def route(self, watch: ReplyWatch) -> Route:
        """Return a way there whose connections are watched.

        Raises CertificatesError, and requests.RequestException for a proxy that is none.
        """
        return _Adapter(watch).route(self._origin, **self._of_environment)

    @cached_property
    def _of_environment(self) -> dict[str, Any]:
        with requests.Session() as session:
            found = session.merge_environment_settings(self._origin, {}, None, None, None)
        return {"proxies": found["proxies"], "verify": found["verify"]}


def directions_to(api_url: str) -> Directions:
    """Return the way to the server of an API."""
    url = urlsplit(api_url)
    return Directions(f"{url.scheme}://{url.hostname}:{url.port or _PORTS.get(url.scheme)}")


class _Adapter(HTTPAdapter):
    """Makes pools as requests would."""

    def __init__(self, watch: ReplyWatch) -> None:
        self._pools = watched_pools(watch)
        super().__init__()

    def route(self, origin: str, proxies: Mapping[str, str], verify: bool | str | None) -> Route:
        request = requests.Request("GET", f"{origin}/").prepare()
        pool: Any = self.get_connection_with_tls_context(request, verify, proxies)
        return Route(pool, self.request_url(request, proxies).removesuffix("/"))

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:  # requests'
        """Return where the server is, and with what certificates it must prove that it is the right one."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] != "https":
            return host, {}
        certificates = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
        return host, {"cert_reqs": "CERT_REQUIRED", "ssl_context": _tls_context(certificates)}

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # those of requests
        """Make the pools that connect directly."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:  # those of requests
        """Make the pools that connect through a proxy; SOCKS has connections of its own, which are not watched."""
        manager: PoolManager = super().proxy_manager_for(proxy, **kwargs)
        if isinstance(manager, ProxyManager):
            manager.pool_classes_by_scheme = self._pools
        return manager


@cache
def _tls_context(certificates: str) -> ssl.SSLContext:
    """Return the one context of all connections that trust these: reading 140 of them takes 16 ms."""
    context = create_urllib3_context()
    is_folder = Path(certificates).is_dir()
    try:
        context.load_verify_locations(None if is_folder else certificates, certificates if is_folder else None)
    except OSError as exc:
        raise CertificatesError(
            f"REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names {certificates!r}, where no certificates can be read"
        ) from exc
    return context
