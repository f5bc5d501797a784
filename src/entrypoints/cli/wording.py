"""How the command line words what it counts and quotes."""

from datetime import datetime, timedelta

from github_tracker.domain.instants import start_of_day
from github_tracker.entrypoints.wording import count_of, exact, harmless, moment

__all__ = ["count_of", "day_or_instant", "duration_of", "exact", "harmless", "moment"]


def duration_of(span: timedelta) -> str:
    """Return about how long a time is, in its greatest unit.

    >>> duration_of(timedelta(seconds=59)), duration_of(timedelta(minutes=119)), duration_of(timedelta(days=3))
    ('59 seconds', '1 hour', '3 days')
    """
    seconds = int(span.total_seconds())
    for unit, thing in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= unit:
            return count_of(seconds // unit, thing)
    return count_of(seconds, "second")


def day_or_instant(instant: datetime | None, otherwise: str) -> str:
    """Return an instant; midnight in UTC is what a bare date in a roster file means, so it is shown as one."""
    if instant is None:
        return otherwise
    return f"{instant:%Y-%m-%d}" if instant == start_of_day(instant.date()) else instant.isoformat()
