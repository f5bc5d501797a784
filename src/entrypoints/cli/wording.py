"""How the command line words what it counts."""

from datetime import timedelta


def count_of(count: int, thing: str) -> str:
    """Return a number with what it counts, in the plural where it is not one.

    >>> count_of(1, "request"), count_of(0, "membership"), count_of(2, "repository"), count_of(2, "person")
    ('1 request', '0 memberships', '2 repositories', '2 people')
    """
    return f"{count} {thing if count == 1 else _plural(thing)}"


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


def _plural(thing: str) -> str:
    if thing.endswith("person"):
        return f"{thing.removesuffix('person')}people"
    return f"{thing[:-1]}ies" if thing.endswith("y") and thing[-2] not in "aeiou" else f"{thing}s"
