"""How the command line words what it counts."""


def count_of(count: int, thing: str) -> str:
    """Return a number with what it counts, in the plural where it is not one.

    >>> count_of(1, "request"), count_of(0, "membership"), count_of(2, "repository"), count_of(2, "person")
    ('1 request', '0 memberships', '2 repositories', '2 people')
    """
    return f"{count} {thing if count == 1 else _plural(thing)}"


def _plural(thing: str) -> str:
    if thing.endswith("person"):
        return f"{thing.removesuffix('person')}people"
    return f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
