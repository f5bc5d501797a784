"""What every clock, every secret store and every telemetry does, small as they are."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest

from github_tracker.domain.run_report import Outcome, RepositoryReport, RunOutcome, RunReport
from github_tracker.ports.clock import Clock
from github_tracker.ports.errors import SecretUnavailableError
from github_tracker.ports.roster_repository import RosterUpdateResult
from github_tracker.ports.secret_store import SecretName, SecretSource, SecretStore
from github_tracker.ports.telemetry import (
    Event,
    PageCollected,
    RepositoryFinished,
    RosterSynchronised,
    RunFinished,
    RunStarted,
    Telemetry,
    WaitingForSource,
)
from tests.unit.examples import at

KNOWN_SECRET = "ghp_contract\u00e9"
"""What a secret store under this contract was given as the token, and nothing else."""

_REPORT = RepositoryReport("Acme/Widgets", Outcome.FAILED, code="transient", message="100 % of %s \ud800\0\n")

EVENTS: tuple[Event, ...] = (
    RunStarted(0),
    RosterSynchronised(RosterUpdateResult(1, is_new_version=True)),
    WaitingForSource("secondary rate limit", at("2024-01-01")),
    PageCollected("Acme/%s", 100, 1),
    RepositoryFinished(_REPORT),
    RunFinished(RunReport(at("2024-01-01"), at("2024-01-02"), RunOutcome.FAILED, 1, (_REPORT,))),
)


class ClockContract:
    """Time as it is told and as it passes; needs a fixture `clock`."""

    def test_now_is_in_utc(self, clock: Clock) -> None:
        """Instants that enter are already what the domain wants (R3)."""
        assert clock.now().tzinfo is UTC

    def test_time_never_goes_back(self, clock: Clock) -> None:
        """Asked twice, the second answer is not earlier."""
        assert clock.now() <= clock.now()

    def test_sleep_lets_the_time_pass(self, clock: Clock) -> None:
        """At least as much as was asked for, fractions of a second included."""
        before = clock.now()
        clock.sleep(0.02)
        assert (clock.now() - before).total_seconds() >= 0.02

    @pytest.mark.parametrize("seconds", [0, 0.0, -0.5, -3600])
    def test_no_time_and_less_is_over_at_once(self, clock: Clock, seconds: float) -> None:
        """It neither waits, nor raises, nor turns the time back."""
        before = clock.now()
        clock.sleep(seconds)
        assert 0 <= (clock.now() - before).total_seconds() < 30


class SecretStoreContract:
    """Secrets that are there and that are not.

    Needs a fixture `secrets` that holds KNOWN_SECRET as the token, and a fixture `rotate` that puts another token in
    its place, behind the store's back.
    """

    def test_secret_is_given_out(self, secrets: SecretStore) -> None:
        """From a cache or past it."""
        assert secrets.read(SecretName.GITHUB_TOKEN).reveal() == KNOWN_SECRET
        assert secrets.reread(SecretName.GITHUB_TOKEN).reveal() == KNOWN_SECRET

    def test_secret_does_not_show_itself(self, secrets: SecretStore) -> None:
        """Neither printed nor in a log."""
        secret = secrets.read(SecretName.GITHUB_TOKEN)
        assert KNOWN_SECRET not in f"{secret} {secret!r} {secrets!r}"

    def test_missing_secret_is_named_and_nothing_else_shown(self, secrets: SecretStore) -> None:
        """Whoever reads the message knows what to set."""
        for ask in (secrets.read, secrets.reread):
            with pytest.raises(SecretUnavailableError, match=SecretName.DATABASE_URL) as caught:
                ask(SecretName.DATABASE_URL)
            assert KNOWN_SECRET not in str(caught.value)

    def test_rotated_secret_is_given_out_once_it_is_reread(
        self, secrets: SecretStore, rotate: Callable[[str], None]
    ) -> None:
        """Past every cache, which holds the new one from then on; every time, not only the first."""
        secrets.read(SecretName.GITHUB_TOKEN)
        for text in ("ghp_second", "ghp_third"):
            rotate(text)
            assert secrets.reread(SecretName.GITHUB_TOKEN).reveal() == text
            assert secrets.read(SecretName.GITHUB_TOKEN).reveal() == text

    def test_threads_reread_the_same(self, secrets: SecretStore, rotate: Callable[[str], None]) -> None:
        """Eight at once, and all of them get what lies there."""
        rotate("ghp_second")
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: secrets.reread(SecretName.GITHUB_TOKEN).reveal(), range(8)))
        assert found == ["ghp_second"] * 8

    def test_source_reads_its_own_secret(self, secrets: SecretStore, rotate: Callable[[str], None]) -> None:
        """From the cache or past it, like the store."""
        source = SecretSource(secrets, SecretName.GITHUB_TOKEN)
        assert source.read().reveal() == KNOWN_SECRET
        rotate("ghp_second")
        assert source.reread().reveal() == "ghp_second"


class TelemetryContract:
    """Being told; needs a fixture `telemetry`."""

    @pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
    def test_no_event_is_refused(self, telemetry: Telemetry, event: Event) -> None:
        """Whatever it holds: whoever tells it must not be stopped by it."""
        telemetry.observe(event)
