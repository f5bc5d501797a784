"""What the connection to GitHub takes from the environment, once."""

import pytest

from github_tracker.adapters.github_rest.connection import ObservedConnection

PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's environment counts."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_word_of_the_environment_certificates_are_checked() -> None:
    """And nothing stands between."""
    connection = ObservedConnection("https://api.github.example")
    assert (connection.verify, dict(connection.session.proxies)) == (True, {})


def test_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """For servers that NO_PROXY does not name."""
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "api.inside.example")
    outside, inside = (ObservedConnection(f"https://api.{host}.example") for host in ("github", "inside"))
    assert outside.session.proxies["https"] == PROXY
    assert "https" not in inside.session.proxies


def test_certificates_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as those of a GitHub Enterprise Server of one's own."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/own.pem")
    assert ObservedConnection("https://github.own.example/api/v3").verify == "/etc/ssl/own.pem"
