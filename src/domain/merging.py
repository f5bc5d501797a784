"""What a page adds to what is known (R12), and how much of it is new: the same for every store."""

from collections.abc import Mapping, Sequence

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.errors import ContradictedFactError


def superseding(
    page: Sequence[Attribution], known: Mapping[tuple[int, int], Attribution]
) -> dict[tuple[int, int], Attribution]:
    """Return by (repository id, number) what the page adds to or replaces of what is known.

    First the newest of each on the page, then the comparison with what is known: what a tie on the page drops must
    not count as a change. Raises ContradictedFactError.
    """
    return _superseding(tuple(newest_of_each(page).values()), known)


def newest_of_each(page: Sequence[Attribution]) -> dict[tuple[int, int], Attribution]:
    """Return what counts of a page that holds some pull requests several times. Raises ContradictedFactError."""
    return _superseding(page, {})


def changed_parts(before: Attribution | None, after: Attribution) -> int:
    """Return how many shares and rests came, went, or have another weight or rule."""
    old = _parts(before) if before is not None else {}
    new = _parts(after)
    return sum(old.get(name) != new.get(name) for name in old.keys() | new.keys())


def _superseding(
    attributions: Sequence[Attribution], known: Mapping[tuple[int, int], Attribution]
) -> dict[tuple[int, int], Attribution]:
    found: dict[tuple[int, int], Attribution] = {}
    for attribution in attributions:
        fact = attribution.pull_request
        before = found.get(fact.key) or known.get(fact.key)
        if before is not None and fact.contradicts(before.pull_request):
            raise ContradictedFactError(fact.repository_id, fact.number)
        if before is None or fact.supersedes(before.pull_request):
            found[fact.key] = attribution
    return found


def _parts(attribution: Attribution) -> dict[object, object]:
    """Rests have no rule of their own: they are told apart by reason and weight only."""
    shares: dict[object, object] = {
        ("share", share.team): (share.weight, attribution.rule, attribution.is_bot) for share in attribution.shares
    }
    return shares | {("rest", rest.reason): rest.weight for rest in attribution.rest}
