"""What may never be found in a store, and how one stored attribution is checked against a fresh one."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from attrs import frozen

from github_tracker.domain.attribution import Attribution
from github_tracker.domain.forgetting import Disguise
from github_tracker.domain.pull_request import PullRequest
from github_tracker.domain.roster import OverAllocation


class FindingKind(StrEnum):
    """What can be off."""

    UNATTRIBUTED_FACT = "unattributed_fact"
    """A pull request with neither share nor rest."""
    NOT_CONSERVED = "not_conserved"
    """Shares and rest do not add up to 1 (R6)."""
    STALE = "stale"
    """The roster in force gives other shares, another rest, or another bot flag."""
    ORPHAN = "orphan"
    """A share or rest of a pull request that is not stored."""
    DOUBLED = "doubled"
    """A pull request that is stored twice, which only a partitioned store has no key against."""
    COPY_DIFFERS = "copy_differs"
    """What a share repeats for readers is not what the fact, its repository or the settings say."""
    STATE_MISSING = "state_missing"
    """A repository without the row that tells how far its collection has come."""
    ROSTER_DIFFERS = "roster_differs"
    """The roster or the policy in force is not what the latest recorded version says, or the record has a gap."""
    FORGOTTEN = "forgotten"
    """A pull request names somebody whom the store was told to forget (R13)."""
    ROLLUP_DIFFERS = "rollup_differs"
    """A figure that was made ready is not what the shares give; `github-tracker db refresh --all` makes it so."""
    VIEW_DIFFERS = "view_differs"
    """A view's figure is not what the domain computes from the same pull requests."""


@frozen
class Finding:
    """One thing that is off."""

    kind: FindingKind
    repository_id: int | None
    """None where no single repository is meant."""
    number: int | None
    """Of the pull request; None where none is meant."""
    message: str
    """What was found, and what it should be."""


def findings_of(stored: Attribution, fresh: Attribution, over_allocation: OverAllocation) -> Iterator[Finding]:
    """Yield what is off with a stored attribution; `fresh` is computed from the same fact and the roster in force."""
    key = stored.pull_request.key
    earned = sum((share.weight for share in stored.shares), Decimal(0))
    total = sum((rest.weight for rest in stored.rest), earned)
    if not stored.shares and not stored.rest:
        yield Finding(FindingKind.UNATTRIBUTED_FACT, *key, "neither a share nor a rest is stored of it")
        return
    if total < 1 or (total > 1 and over_allocation is OverAllocation.REFUSE):
        yield Finding(FindingKind.NOT_CONSERVED, *key, f"shares and rest add up to {_plain(total)} instead of 1")
    if stored.credit != fresh.credit:
        yield Finding(FindingKind.STALE, *key, f"stored {_parts_of(stored)}, but the roster gives {_parts_of(fresh)}")
    if stored.is_bot != fresh.is_bot:
        message = "marked as a bot's, which it is not" if stored.is_bot else "a bot's, and not marked as one"
        yield Finding(FindingKind.STALE, *key, message)


def forgotten_findings(fact: PullRequest, disguise: Disguise) -> Iterator[Finding]:
    """Yield whether a stored fact names somebody who was forgotten, as one from an older backup may."""
    if disguise.fact(fact) is not fact:
        yield Finding(FindingKind.FORGOTTEN, *fact.key, "names somebody who was forgotten; forget them again")


def _parts_of(attribution: Attribution) -> str:
    shares = [f"{share.team} {_plain(share.weight)}" for share in attribution.shares]
    rests = [f"{rest.reason.value} {_plain(rest.weight)}" for rest in attribution.rest]
    return ", ".join((*shares, *rests))


def _plain(weight: Decimal) -> str:
    return f"{weight.normalize():f}"
