"""Every kind of fault once more over PostgreSQL, once and lasting, in places of the matrix that take their turn."""

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from github_tracker.adapters.postgres.database import open_database
from github_tracker.ports.secret_store import Secret
from tests.integration.canaries import PASSWORD, TOKEN
from tests.integration.fault_checks import ALL_CELLS, Cell, check_cell
from tests.integration.fault_kinds import KINDS
from tests.integration.postgres_store import postgres_store


def _share_of_the_matrix() -> list[Cell]:
    chosen = []
    for place, kind in enumerate(KINDS):
        for is_lasting in (False, True):
            cells = [cell for cell in ALL_CELLS if cell.kind is kind and cell.is_lasting is is_lasting]
            # A step that has no divisor in common with the number of places comes to all of them.
            chosen.append(cells[(5 * place + is_lasting) % len(cells)])
    return chosen


def with_password(url: Secret) -> Secret:
    """Return the address with a password in it; a server that trusts us does not ask for any."""
    is_given = "password" in conninfo_to_dict(url.reveal())
    return url if is_given else Secret(make_conninfo(url.reveal(), password=PASSWORD))


@pytest.mark.parametrize("cell", _share_of_the_matrix(), ids=str)
def test_fault_is_told_and_repaired_on_postgresql(
    cell: Cell, fresh_database: Secret, caplog: pytest.LogCaptureFixture
) -> None:
    """As over the store in memory, to the same contents; the address of the database shows itself nowhere either."""
    url = with_password(fresh_database)
    with open_database(url, pool_size=3) as database:
        check_cell(cell, postgres_store(database), caplog, (TOKEN, PASSWORD, url.reveal(), fresh_database.reveal()))
