"""Work off what was delivered together, one repository after the other, within one worker's time."""

from collections.abc import Sequence
from datetime import datetime

from github_tracker.application.collect_one import CollectOneRepository, Fate, Worked
from github_tracker.domain.errors import GitHubTrackerError
from github_tracker.ports.errors import SchemaError, StorageError, StorageUnavailableError
from github_tracker.ports.work_queue import Delivery


class HopelessError(GitHubTrackerError):
    """Nothing that was delivered can be worked on: the credential is refused, or the database is gone."""


class WorkOff:
    """Tells which of the deliveries are to be delivered again; all others are dealt with."""

    def __init__(self, collect: CollectOneRepository) -> None:
        self._collect = collect

    def __call__(self, deliveries: Sequence[Delivery], deadline: datetime | None = None) -> tuple[Delivery, ...]:
        """Return those that are to be given back, so that the queue counts their attempts.

        What finds no time behind another repository that did is sent again instead: it is not to blame. Raises
        HopelessError, and then all are to be given back; what was done already is passed over the next time.
        """
        given_back: list[Delivery] = []
        has_got_on = False
        for delivery in deliveries:
            worked = self._worked(delivery, deadline)
            is_unbegun = worked.fate is Fate.AGAIN and worked.report is None
            fate = self._collect.send_again(delivery.item) if is_unbegun and has_got_on else worked.fate
            if fate is Fate.AGAIN:
                given_back.append(delivery)
            has_got_on = has_got_on or worked.has_got_on
        return tuple(given_back)

    def _worked(self, delivery: Delivery, deadline: datetime | None) -> Worked:
        name = delivery.item.repository
        try:
            worked = self._collect(delivery, deadline)
        except (StorageUnavailableError, SchemaError) as exc:
            raise HopelessError(f"{name}: {exc}") from exc
        except StorageError:
            # Such as a statement that took too long: the others may fare better.
            return Worked(Fate.AGAIN)
        if worked.fate is Fate.HOPELESS:
            raise HopelessError(f"{name}: {worked.report.message if worked.report else 'stopped'}")
        return worked
