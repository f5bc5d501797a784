"""The way to GitHub's server: what the environment says of it counts, with real connections, TLS and proxies."""

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from urllib3 import HTTPResponse
from urllib3.exceptions import ReadTimeoutError

from github_tracker.adapters.github_rest.connection import ObservedConnection
from github_tracker.adapters.github_rest.driver_errors import translated
from github_tracker.adapters.github_rest.options import RestOptions
from github_tracker.adapters.github_rest.reply_watch import ReplyWatch
from github_tracker.adapters.github_rest.route import directions_to
from github_tracker.adapters.github_rest.transport import Transport
from github_tracker.adapters.memory import MemoryClock, MemorySecretStore, MemoryTelemetry
from github_tracker.ports.errors import OutOfTimeError, TransientSourceError
from github_tracker.ports.secret_store import Secret, SecretName


class Answering(BaseHTTPRequestHandler):
    """Answers everything, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        self.server.clients.add(self.client_address)  # type: ignore[attr-defined]
        self.server.asked.append((self.command, self.path, self.headers.get("Proxy-Authorization")))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def do_CONNECT(self) -> None:
        """Refuse, as a proxy that does not let anybody out."""
        self.server.asked.append((self.command, self.path, self.headers.get("Proxy-Authorization")))  # type: ignore[attr-defined]
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(
    asked: list[tuple[str, str, str | None]], certificate: Path | None = None, clients: set[object] | None = None
) -> Iterator[int]:
    """Give the port of a server on this machine, with TLS if there is a certificate."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.asked = asked  # type: ignore[attr-defined]
        server.clients = set() if clients is None else clients  # type: ignore[attr-defined]
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine that nobody knows, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "own authority")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificates") / "own.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's environment counts."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def ask(url: str, times: int = 1, is_cut_short: bool = False) -> list[int]:
    """Return the statuses of so many replies over one connection."""
    connection = ObservedConnection(directions_to(url))
    statuses = []
    for _ in range(times):
        connection.begin(10)
        with translated("/user", is_cut_short):
            connection.request("GET", "/user?page=1", None, {})
            statuses.append(connection.getresponse().status)
        assert connection.body.read() == b"[]"
    return statuses


def test_path_alone_is_asked_for_where_nothing_stands_between() -> None:
    """Time after time over the same way."""
    asked: list[tuple[str, str, str | None]] = []
    with served(asked) as port:
        assert ask(f"http://127.0.0.1:{port}", times=2) == [200, 200]
    assert asked == [("GET", "/user?page=1", None)] * 2


def test_plain_server_is_asked_for_at_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its whole address, and with the name and password that stand in the proxy's."""
    asked: list[tuple[str, str, str | None]] = []
    with served(asked) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://user:word@127.0.0.1:{port}")
        assert ask("http://github.example/api/v3") == [200]
    assert asked == [("GET", "http://github.example:80/user?page=1", "Basic dXNlcjp3b3Jk")]


def test_tunnel_is_asked_for_at_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is refused is the proxy's doing, and told so."""
    asked: list[tuple[str, str, str | None]] = []
    with served(asked) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{port}")
        with pytest.raises(TransientSourceError, match="the proxy of HTTPS_PROXY") as caught:
            ask("https://github.example")
    assert asked == [("CONNECT", "github.example:443", "Basic dXNlcjp3b3Jk")]
    assert "word" not in str(caught.value)


def test_no_proxy_is_asked_for_servers_that_need_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY names them."""
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with served([]) as port:
        assert ask(f"http://127.0.0.1:{port}") == [200]


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_own_authority_is_trusted(monkeypatch: pytest.MonkeyPatch, certificate: Path, variable: str) -> None:
    """Such as that of a GitHub Enterprise Server."""
    monkeypatch.setenv(variable, str(certificate))
    with served([], certificate) as port:
        assert ask(f"https://127.0.0.1:{port}", times=2) == [200, 200]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_server_that_proves_nothing_is_told_nothing(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, host: str
) -> None:
    """Its authority is unknown, or its certificate is for another name."""
    if host == "localhost":
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    asked: list[tuple[str, str, str | None]] = []
    with served(asked, certificate) as port, pytest.raises(TransientSourceError, match="the TLS connection failed"):
        ask(f"https://{host}:{port}")
    assert not asked


def test_certificates_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the variables that may name them."""
    missing = tmp_path / "none.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(missing))
    with pytest.raises(TransientSourceError, match=r"REQUESTS_CA_BUNDLE or .* names .*none\.pem"):
        ask("https://github.example")


def test_threads_share_connections() -> None:
    """One after the other they use one; it is closed when nobody comes for a while, and made anew for who does."""
    clients: set[object] = set()
    with served([], clients=clients) as port:
        secrets = MemorySecretStore({SecretName.GITHUB_TOKEN: Secret("token")})
        transport = Transport(RestOptions(f"http://127.0.0.1:{port}"), secrets, MemoryClock(), MemoryTelemetry())

        def ask_in_a_thread() -> tuple[int, int]:
            with ThreadPoolExecutor(1) as thread:
                return thread.submit(transport.get, "/user", {}, lambda answer: answer.status).result()

        assert [ask_in_a_thread() for _ in range(3)] == [(200, 1)] * 3
        assert len(clients) == 1
        transport.release()
        assert ask_in_a_thread() == (200, 1)
        assert len(clients) == 2


def test_certificates_are_read_once_for_all_connections(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading all that a machine trusts takes longer than a request."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    contexts = [directions_to("https://github.example").route(ReplyWatch()).pool.conn_kw["ssl_context"] for _ in "ab"]
    assert contexts[0] is contexts[1]


@pytest.mark.parametrize(
    ("is_cut_short", "wanted", "text"),
    [(True, OutOfTimeError, "no answer before the deadline"), (False, TransientSourceError, "the reply took too long")],
    ids=["at the deadline", "before it"],
)
def test_body_that_stops_coming_is_no_cut_one(
    monkeypatch: pytest.MonkeyPatch, is_cut_short: bool, wanted: type[Exception], text: str
) -> None:
    """Where connections are not watched, as through SOCKS, the socket's own limit tells."""

    def stalled(response: HTTPResponse, **_: object) -> bytes:
        # As urllib3 does with a connection whose bodies cannot be read to their end.
        response.close()
        raise ReadTimeoutError(route.pool, "/user", "Read timed out.")

    with served([]) as port:
        route = directions_to(f"http://127.0.0.1:{port}").route(ReplyWatch())
        monkeypatch.setattr(HTTPResponse, "read", stalled)
        with pytest.raises(wanted, match=text):
            ask(f"http://127.0.0.1:{port}", is_cut_short=is_cut_short)
