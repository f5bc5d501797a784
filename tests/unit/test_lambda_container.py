"""What a Lambda function keeps from one invocation to the next, and when it does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import punq
import pytest

from github_tracker.adapters.memory import MemoryClock, MemoryTelemetry
from github_tracker.entrypoints.lambda_container import LONGEST_IDLE, WarmContainer
from github_tracker.entrypoints.settings import Settings, read_collecting_settings
from github_tracker.ports.errors import StorageUnavailableError
from github_tracker.ports.telemetry import Telemetry
from tests.unit.environments import COLLECTING, ROSTER


class Openings:
    """Makes containers, and knows which are open."""

    def __init__(self) -> None:
        self.is_away = False
        self.open: list[punq.Container] = []
        self.made = 0

    @contextmanager
    def __call__(self, _settings: Settings, _telemetry: Telemetry) -> Iterator[punq.Container]:
        """Give one, and note that it is closed again."""
        if self.is_away:
            raise StorageUnavailableError("away")
        container = punq.Container()
        self.made += 1
        self.open.append(container)
        yield container
        self.open.remove(container)


@pytest.fixture
def openings() -> Openings:
    """None yet."""
    return Openings()


@pytest.fixture
def clock() -> MemoryClock:
    """Time that passes when told."""
    return MemoryClock()


@pytest.fixture
def warm(openings: Openings, clock: MemoryClock) -> WarmContainer:
    """A process in which nothing was built yet."""
    return WarmContainer(MemoryTelemetry(), openings, clock)


def settings(**environment: str) -> Settings:
    """Return settings that were read anew."""
    return read_collecting_settings({**COLLECTING, "DB_URL": "postgresql://who:s3cret@host/name", **environment})


def test_container_is_kept_while_its_settings_are_the_same(warm: WarmContainer, openings: Openings) -> None:
    """Read anew, with other values of the same text; roster and repositories are no part of it."""
    first = warm.container(settings())
    assert warm.container(settings()) is first
    assert warm.container(settings(TEAM_CONFIG_JSON=ROSTER, REPOSITORIES="a/b,c/d")) is first
    assert openings.made == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"GITHUB_PAT": "ghp_other"},
        {"DB_URL": "postgresql://who:other@host/name"},
        {"GITHUB_API_URL": "https://github.example/api/v3"},
        {"COLLECT_CONCURRENCY": "3"},
        {"STORE_TITLES": "false"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_changed_setting_or_secret_makes_another(
    warm: WarmContainer, openings: Openings, changed: dict[str, str]
) -> None:
    """The one before is closed."""
    first = warm.container(settings())
    second = warm.container(settings(**changed))
    assert second is not first
    assert openings.open == [second]


def test_failed_building_is_tried_again(warm: WarmContainer, openings: Openings) -> None:
    """As often as it fails."""
    openings.is_away = True
    for _ in range(2):
        with pytest.raises(StorageUnavailableError):
            warm.container(settings())
    openings.is_away = False
    assert openings.open == [warm.container(settings())]


def test_dropped_container_is_closed(warm: WarmContainer, openings: Openings) -> None:
    """And made anew when it is asked for; dropping what is not there does no harm."""
    warm.drop()
    first = warm.container(settings())
    warm.drop()
    assert openings.open == []
    assert warm.container(settings()) is not first


def test_idle_container_is_not_trusted(warm: WarmContainer, openings: Openings, clock: MemoryClock) -> None:
    """Its connections may be dead without a word; the time of the work itself is no idleness."""
    first = warm.container(settings())
    clock.sleep(900)
    warm.rest()
    clock.sleep(LONGEST_IDLE.total_seconds())
    assert warm.container(settings()) is first
    clock.sleep((LONGEST_IDLE + timedelta(seconds=1)).total_seconds())
    assert openings.open == [warm.container(settings())]
    assert openings.made == 2
