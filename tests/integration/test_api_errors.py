"""What goes wrong over HTTP: one form for all of it, nothing secret in it, and the process goes on."""

import json
import socket
from collections.abc import Iterator

import pytest

from github_tracker.entrypoints.api.application import ApiOptions
from tests.integration.api_world import NO_LIMITS, Api, Reply, memory_api

PROBLEM = "urn:github-tracker:problem:"


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """The small world from memory; nobody here changes it."""
    with memory_api() as made:
        yield made


def problem_of(reply: Reply) -> str:
    """Return the problem's kind; whatever it is, it has the form that every error has."""
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    document = reply.json
    assert document["status"] == reply.status
    assert document["request_id"] == reply.headers["x-request-id"]
    assert document.keys() - {"errors"} == {"type", "title", "status", "detail", "request_id"}
    kind: str = document["type"]
    return kind.removeprefix(PROBLEM)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("from=yesterday", "from"),
        ("to=2024-02-30", "to"),
        ("from=2024-1-1", "from"),
        ("from=20240101", "from"),
        ("from=", "from"),
        ("to=%00", "to"),
        ("from=2024-01-01&from=2024-01-02", "from"),
        ("from=2024-02-01&to=2024-02-01", "to"),
        ("from=2024-02-01&to=2024-01-01", "to"),
        ("from=2000-01-01&to=2024-01-01", "to"),
        ("since=2024-01-01", "since"),
        ("From=2024-01-01", "From"),
        ("%ff=1", "(not shown)"),
        ("ght_abc_def=1", "(not shown)"),
        ("&".join(["from=2024-01-01"] * 30), "(all)"),
    ],
)
def test_bad_query_is_refused_by_name(api: Api, query: str, name: str) -> None:
    """The fault tells where it stands and what would be right."""
    reply = api.ask(f"/metrics/velocity?{query}", api.reader)
    assert (reply.status, problem_of(reply)) == (400, "bad-request")
    assert name in [fault["name"] for fault in reply.json["errors"]]
    assert reply.json["errors"][0]["location"] == "query"


def test_all_faults_are_told_at_once_and_nothing_is_repeated(api: Api) -> None:
    """What stood there may be a secret."""
    reply = api.ask("/metrics/velocity?from=s3cret&to=s3cret&api_key=s3cret", api.reader)
    assert [fault["name"] for fault in reply.json["errors"]] == ["from", "to", "api_key"]
    assert b"s3cret" not in reply.body
    assert "s3cret" not in json.dumps(api.log)


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "x", "9223372036854775808", "9" * 500, "%00", "1%20", "٣"])
def test_number_that_cannot_be_one_is_refused(api: Api, number: str) -> None:
    """In the place of a team's id and of a pull request's number."""
    path = number.encode().decode("latin-1") if number.isascii() else "%D9%A3"
    for place in (f"/metrics/team/{path}/velocity", f"/teams/{path}", f"/pull-requests/a/b/{path}/attribution"):
        reply = api.ask(place, api.reader)
        assert (reply.status, problem_of(reply)) == (400, "bad-request")
        assert reply.json["errors"][0]["location"] == "path"


def test_greatest_number_finds_nothing(api: Api) -> None:
    """2^63 - 1 can be asked for."""
    for place in (f"/metrics/team/{2**63 - 1}/lead-time", f"/pull-requests/Acme/Widgets/{2**63 - 1}/attribution"):
        assert problem_of(api.ask(place, api.reader)) == "not-found"


@pytest.mark.parametrize("name", ["a%20b", "a%00", "%ff", "a;b", "x" * 101, "a%23", "%27OR%201=1"])
def test_name_that_cannot_be_one_is_refused(api: Api, name: str) -> None:
    """Such letters are in no owner's and no repository's name."""
    reply = api.ask(f"/pull-requests/acme/{name}/1/attribution", api.reader)
    assert (reply.status, problem_of(reply)) == (400, "bad-request")


@pytest.mark.parametrize(
    "path", ["/assets", "/assets/x.js", "/nothing", "/metrics", "/metrics/team/1", "/TEAMS", "/docs/x", "/%2e%2e/teams"]
)
def test_unknown_path_is_not_found(api: Api, path: str) -> None:
    """With a key and without."""
    assert problem_of(api.ask(path)) == "not-found"
    assert problem_of(api.ask(path, api.reader)) == "not-found"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_only_reading_is_possible(api: Api, method: str) -> None:
    """405 names what is."""
    reply = api.ask("/metrics/velocity", api.reader, method)
    assert (reply.status, problem_of(reply)) == (405, "method-not-allowed")
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS"


def test_head_is_get_without_a_body(api: Api) -> None:
    """The same headers, the length included; of errors too."""
    for path, key in (("/teams", api.reader), ("/teams", None), ("/nothing", api.reader)):
        got, head = api.ask(path, key), api.ask(path, key, "HEAD")
        assert (head.status, head.body) == (got.status, b"")
        ignored = {"date", "x-request-id"}
        assert {k: v for k, v in head.headers.items() if k not in ignored} == {
            k: v for k, v in got.headers.items() if k not in ignored
        }


def test_options_names_the_methods(api: Api) -> None:
    """Without a key; and without CORS, which is not configured."""
    reply = api.ask("/teams", None, "OPTIONS", Origin="https://evil.example", Access_Control_Request_Method="GET")
    assert (reply.status, reply.headers["allow"], reply.body) == (204, "GET, HEAD, OPTIONS", b"")
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_too_long_path_or_query_is_refused(api: Api) -> None:
    """Before anything looks at them."""
    for path in ("/" + "x" * 1100, "/teams?" + "x" * 2100):
        reply = api.ask(path, api.reader)
        assert (reply.status, problem_of(reply)) == (414, "too-long")


def test_every_answer_bears_the_security_headers(api: Api) -> None:
    """Good ones, bad ones and empty ones."""
    replies = [api.ask(path, api.reader) for path in ("/teams", "/docs", "/nothing", "/teams?x=1", "/health")]
    for reply in [*replies, api.ask("/teams")]:
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["content-security-policy"].startswith("default-src 'none'")
        assert len(reply.headers["x-request-id"]) == 32
        assert "server" not in reply.headers


def test_log_tells_who_asked_what_and_no_secret(api: Api) -> None:
    """One line a request; of what failed only the route."""
    api.read("/teams")
    line = api.log[-1]
    assert line.keys() == {"request_id", "method", "path", "status", "duration_ms", "key_id"}
    assert (line["method"], line["path"], line["status"]) == ("GET", "/teams", 200)
    assert line["key_id"] == api.reader.split("_")[1]
    secret = api.reader.split("_")[2]
    for path in (f"/teams/{api.reader}", f"/{api.reader}", f"/teams?{api.reader}=1", f"/teams?x={api.reader}"):
        api.ask(path, api.reader)
        api.ask(path, Authorization=f"Basic {api.reader}")
    assert secret not in json.dumps(api.log)


def test_limit_of_a_key_is_told_with_when_to_come_back() -> None:
    """Another key is not touched by it, nor is health."""
    with memory_api(ApiOptions(rate_per_minute=3, address_rate_per_minute=1000)) as api:
        key, other = api.reader, api.reader_of("apps")
        assert [api.ask("/teams", key).status for _ in range(5)] == [200, 200, 200, 429, 429]
        reply = api.ask("/teams", key)
        assert problem_of(reply) == "too-many-requests"
        assert 1 <= int(reply.headers["retry-after"]) <= 20
        assert api.ask("/teams", other).status == 200


def test_limit_of_an_address_counts_whatever_key_is_shown() -> None:
    """So guessing keys is slow; whether the process lives can be asked all the same."""
    with memory_api(ApiOptions(rate_per_minute=1000, address_rate_per_minute=3)) as api:
        assert [api.ask("/teams", f"guess{number}").status for number in range(4)] == [401, 401, 401, 429]
        assert problem_of(api.ask("/teams", api.reader)) == "too-many-requests"
        assert {api.ask("/health").status for _ in range(5)} == {200}


def test_pages_elsewhere_may_read_only_if_configured() -> None:
    """The listed origin, to the letter."""
    options = ApiOptions(
        NO_LIMITS.rate_per_minute, NO_LIMITS.address_rate_per_minute, frozenset({"https://ours.example"})
    )
    with memory_api(options) as api:
        preflight = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "x-api-key"}
        ours = api.ask("/teams", None, "OPTIONS", Origin="https://ours.example", **preflight)
        assert ours.status == 204
        assert ours.headers["access-control-allow-origin"] == "https://ours.example"
        assert "X-API-Key" in ours.headers["access-control-allow-headers"]
        sending = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type,x-api-key"}
        theirs = api.ask("/what-if", None, "OPTIONS", Origin="https://ours.example", **sending)
        assert theirs.status == 204
        assert "POST" in theirs.headers["access-control-allow-methods"].split(", ")
        assert {"Content-Type", "X-API-Key"} <= set(theirs.headers["access-control-allow-headers"].split(", "))
        sent = api.send("/what-if", {"rule": "merged"}, Origin="https://ours.example")
        assert (sent.status, sent.headers["access-control-allow-origin"]) == (200, "https://ours.example")
        read = api.ask("/teams", api.reader, Origin="https://ours.example")
        assert read.headers["access-control-allow-origin"] == "https://ours.example"
        assert read.headers["vary"].endswith(", Origin")
        for origin in ("https://ours.example.evil", "http://ours.example", "null"):
            theirs = api.ask("/teams", api.reader, Origin=origin)
            assert "access-control-allow-origin" not in theirs.headers


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /teams HTTP/1.1\r\nHost: x\r\nX-API-Key: \xff\xfe\r\n\r\n",
        b"GET /\xc3\xbc?\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /teams?%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET /teams HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_raw_nonsense_is_a_client_error(api: Api, raw: bytes) -> None:
    """Bytes that no client library would send."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=10) as connection:
        connection.sendall(raw)
        first = connection.recv(100).split(b"\r\n")[0]
    assert first.split()[1].startswith(b"4"), first
    assert api.ask("/health").status == 200
