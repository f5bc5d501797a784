"""The version of what is stored, from PostgreSQL."""

from typing import Final

from github_tracker.adapters.postgres.database import Database
from github_tracker.domain.policy import AttributionRule
from github_tracker.ports.data_version import DataVersion, DataVersions

_CURRENT: Final = """
SELECT
    settings.roster_version,
    settings.attribution_rule,
    settings.report_time_zone,
    (SELECT coalesce(sum(version), 0)::BIGINT FROM collection_state),
    (SELECT max(finished_at) FROM runs)
FROM settings
"""


class PostgresDataVersions(DataVersions):
    """Tells the version by settings, collection_state and runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> DataVersion:
        """Return the present version."""
        row = self._database.read(lambda lent: lent.execute(_CURRENT).fetchone())
        if row is None:
            raise LookupError("the table settings has lost its one row")
        version, rule, zone, pages, collected_at = row
        return DataVersion(version, AttributionRule(rule), zone, pages, collected_at)
