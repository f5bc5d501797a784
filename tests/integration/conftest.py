"""Databases for the integration tests: the embedded PostgreSQL, or the server that TEST_DB_URL names.

TEST_DB_URL is the address of any PostgreSQL 15 or newer and of a role that may create databases. Only databases of the
tests' own are touched, and they are dropped again.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from github_tracker.adapters.postgres.database import Database, open_database
from github_tracker.adapters.postgres.partition_periods import PartitionWidth
from github_tracker.adapters.postgres.partitioning import partition_store
from github_tracker.ports.secret_store import Secret
from tests.integration.api_world import Api, memory_api, postgres_api
from tests.integration.browser import started_browser
from tests.integration.databases import Databases, own_databases, test_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.integration.aws_server import AwsServer
    from tests.integration.infra_world import Deployments

# Without this, a failing assert in a module that is no test module would not show its values.
pytest.register_assert_rewrite("tests.integration.fault_checks")


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Makes databases on one server that all worker processes share; it is up till the last of them is done."""
    with test_server() as server, own_databases(server) as made:
        yield made


@pytest.fixture(scope="session")
def aws_server() -> Iterator["AwsServer"]:
    """AWS as moto plays it, one a worker process; tests that use it make names of their own."""
    from tests.integration.aws_server import running_aws_server  # noqa: PLC0415  # over a second

    with running_aws_server() as server:
        yield server


@pytest.fixture
def fresh_database(databases: Databases) -> Iterator[Secret]:
    """The address of a migrated database without any data."""
    url = databases.create()
    yield url
    databases.give_back(url)


@pytest.fixture(scope="session")
def partitioned_template(databases: Databases) -> Secret:
    """The address of a database partitioned by month from January 2024, to be copied by whoever writes to it."""
    url = databases.create()
    partition_store(url, PartitionWidth.MONTH, datetime(2024, 1, 20, tzinfo=UTC))
    return url


@pytest.fixture
def partitioned_database(databases: Databases, partitioned_template: Secret) -> Iterator[Secret]:
    """The address of a partitioned database without any data."""
    url = databases.create_copy(partitioned_template)
    yield url
    databases.give_back(url)


@pytest.fixture
def empty_database(databases: Databases) -> Iterator[Secret]:
    """The address of a database without any table of ours."""
    url = databases.create_empty()
    yield url
    databases.give_back(url)


@pytest.fixture
def database(fresh_database: Secret) -> Iterator[Database]:
    """An open pool on a migrated database without any data."""
    with open_database(fresh_database, pool_size=4) as opened:
        yield opened


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> "Deployments":
    """What Terraform makes of infra/; it takes minutes, and is done once for all worker processes."""
    from tests.integration.infra_world import shared_deployments  # noqa: PLC0415  # boto3 takes long to import

    return shared_deployments(_shared_folder(tmp_path_factory))


@pytest.fixture(scope="session", autouse=True)
def _deployed_meanwhile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let Terraform begin early beside the tests of the first of several worker processes, if any of them needs it.

    Else whichever worker comes to `deployed` first would wait for minutes.
    """
    is_first = os.environ.get("PYTEST_XDIST_WORKER") == "gw0"
    if is_first and any("deployed" in getattr(item, "fixturenames", ()) for item in request.session.items):
        from tests.integration.infra_world import outcome_in  # noqa: PLC0415  # as above

        # Whatever goes wrong there goes wrong again where it is asked for, and is told there.
        ThreadPoolExecutor(1).submit(outcome_in, _shared_folder(tmp_path_factory))


def _shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of this run that all its worker processes know."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="module", params=["memory", "postgres"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """The API with its small world, from memory and from PostgreSQL; whoever asks for it does not change it."""
    if request.param == "memory":
        with memory_api() as made:
            yield made
        return
    databases: Databases = request.getfixturevalue("databases")
    url = databases.create()
    with open_database(url, pool_size=4) as database, postgres_api(database) as made:
        yield made
    databases.give_back(url)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A headless Chromium. Not for the whole session: while it is driven, nothing else in this thread can await."""
    with started_browser() as opened:
        yield opened
