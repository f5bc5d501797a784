"""Verify over a store in memory: a sound one is sound, and whatever is broken on purpose is found."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.adapters.memory import MemoryAttributionReader, MemoryStore
from github_tracker.application.sync_roster import SyncRoster, WantedPolicy
from github_tracker.application.verify import MOST_LISTED, Verification, VerifyStore
from github_tracker.domain.attribution import Attribution, Credit, Rest, Share
from github_tracker.domain.forgetting import Disguise, Mark, login_digest
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.roster import OverAllocation
from github_tracker.domain.verification import Finding, FindingKind, findings_of
from github_tracker.ports.attribution_reader import AttributionReader
from github_tracker.ports.errors import RosterChangedError
from github_tracker.ports.report_repository import ReportRepository
from tests.unit.examples import roster_of
from tests.unit.test_collect import World

HALF = Decimal("0.5")


@pytest.fixture
def world() -> World:
    """One repository of 25 pull requests, collected."""
    made = World()
    made.add(1, 25)
    made.collect("acme/r1")
    return made


def verified(world: World) -> Verification:
    """What there is to say about the world's store."""
    verification: Verification = world.container.resolve(VerifyStore)()
    return verification


def broken(world: World, change: Callable[[Attribution], Attribution]) -> Verification:
    """The same with the attribution of pull request 7 changed behind the store's back."""
    world.store.attributions[1, 7] = change(world.store.attributions[1, 7])
    return verified(world)


def test_collected_store_is_sound(world: World) -> None:
    """It says what was looked at; an empty store is sound too."""
    verification = verified(world)
    assert verification.is_sound
    assert (verification.facts, verification.shares, verification.rests, verification.roster_version) == (25, 25, 0, 1)
    assert len(verification.weeks) == 1
    assert len(verification.months) == 1
    assert verified(World()).is_sound


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (lambda stored: evolve(stored, credit=Credit((), ())), {FindingKind.UNATTRIBUTED_FACT}),
        (
            lambda stored: evolve(stored, credit=Credit((Share("Apps", HALF),), ())),
            {FindingKind.NOT_CONSERVED, FindingKind.STALE},
        ),
        (
            lambda stored: evolve(
                stored, credit=Credit((Share("Apps", Decimal(1)),), (Rest(RestReason.PART_TIME, HALF),))
            ),
            {FindingKind.NOT_CONSERVED, FindingKind.STALE},
        ),
        (lambda stored: evolve(stored, credit=Credit((Share("Core", Decimal(1)),), ())), {FindingKind.STALE}),
        (lambda stored: evolve(stored, is_bot=True), {FindingKind.STALE}),
        (lambda stored: evolve(stored, rule=AttributionRule.MERGED), {FindingKind.COPY_DIFFERS}),
    ],
    ids=["nothing", "too little", "too much", "another team", "bot", "rule"],
)
def test_broken_attribution_is_found(
    world: World, change: Callable[[Attribution], Attribution], kinds: set[FindingKind]
) -> None:
    """By its key, in words, and counted."""
    verification = broken(world, change)
    assert not verification.is_sound
    assert {finding.kind for finding in verification.findings} == kinds
    assert {(finding.repository_id, finding.number) for finding in verification.findings} == {(1, 7)}
    assert verification.counts == dict.fromkeys(kinds, 1)


def test_finding_says_what_is_stored_and_what_should_be(world: World) -> None:
    """Teams, reasons and weights of both."""
    credit = Credit((Share("Core", HALF),), (Rest(RestReason.PART_TIME, HALF),))
    (finding,) = broken(world, lambda stored: evolve(stored, credit=credit)).findings
    assert finding == Finding(FindingKind.STALE, 1, 7, "stored Core 0.5, part_time 0.5, but the roster gives Apps 1")


def test_sum_above_one_is_sound_only_where_over_allocation_is_allowed(world: World) -> None:
    """A person may then earn more than one whole (R6)."""
    stored = world.store.attributions[1, 7]
    twice = evolve(stored, credit=Credit((Share("Apps", Decimal(1)), Share("Core", Decimal(1))), ()))
    assert list(findings_of(twice, twice, OverAllocation.ALLOW)) == []
    assert [finding.kind for finding in findings_of(twice, twice, OverAllocation.REFUSE)] == [FindingKind.NOT_CONSERVED]


def test_facts_without_a_state_are_found(world: World) -> None:
    """Nothing would ever collect their repository again."""
    del world.store.states[1]
    assert verified(world).counts == {FindingKind.STATE_MISSING: 25}


def test_only_the_first_of_each_kind_are_listed_and_all_are_counted() -> None:
    """A broken million must not fill the memory."""
    world = World(page_size=100)
    world.add(1, MOST_LISTED + 5)
    world.collect("acme/r1")
    for key, stored in world.store.attributions.items():
        world.store.attributions[key] = evolve(stored, is_bot=True)
    verification = verified(world)
    assert verification.counts == {FindingKind.STALE: MOST_LISTED + 5}
    assert len(verification.findings) == MOST_LISTED


def test_view_that_tells_another_figure_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A week whose sum is off by one, as a view with a fault would give it."""
    reports = world.container.resolve(ReportRepository)
    honest = reports.velocity
    monkeypatch.setattr(
        reports,
        "velocity",
        lambda scope: tuple(evolve(week, prs_merged=week.prs_merged + 1) for week in honest(scope)),
    )
    verification = verified(world)
    assert verification.counts == {FindingKind.VIEW_DIFFERS: 1}
    assert "velocity of Apps in the week of 2024-04-29: the view says" in verification.findings[0].message


def test_figures_that_change_meanwhile_are_not_judged(world: World) -> None:
    """A page that is stored while the pull requests are read is no finding."""

    class Meddling(MemoryAttributionReader):
        def attributions(self, authors=None):  # type: ignore[no-untyped-def]  # as the port has it
            yield from super().attributions(authors)
            world.add(1, 26)
            world.collect("acme/r1")

    world.container.register(AttributionReader, instance=Meddling(world.container.resolve(MemoryStore)))
    verification = verified(world)
    assert verification.is_sound
    assert verification.unsettled == 2


def test_roster_that_was_never_recorded_is_found(world: World) -> None:
    """Other shares, another zone and another version number than the last record says."""
    in_force = world.store.in_force
    world.store.in_force = evolve(
        in_force,
        version=3,
        roster=roster_of(Membership("Core", "alice")),
        policy=AttributionPolicy(time_zone="Asia/Tokyo"),
    )
    verification = verified(world)
    told = [finding.message for finding in verification.findings if finding.kind is FindingKind.ROSTER_DIFFERS]
    assert "version 3 is in force, but the recorded versions are 1" in told
    assert "the time zone is Asia/Tokyo, but version 1 says UTC" in told
    assert "alice in Core is not what version 1 says of it" in told
    assert verification.counts[FindingKind.STALE] == 25


def test_forgotten_author_who_is_named_again_is_found(world: World) -> None:
    """As from an older backup; the message names nobody."""
    mark = Mark(login_digest("key", "alice"), "forgotten-00000001", None)
    world.store.in_force = evolve(world.store.in_force, disguise=Disguise("key", (mark,)))
    verification = verified(world)
    assert verification.counts == {FindingKind.FORGOTTEN: 25}
    assert "alice" not in verification.findings[0].message


def test_roster_that_changes_meanwhile_is_told(world: World) -> None:
    """What was computed by the former one says nothing."""

    class Meddling(MemoryAttributionReader):
        def attributions(self, authors=None):  # type: ignore[no-untyped-def]  # as the port has it
            yield from super().attributions(authors)
            world.container.resolve(SyncRoster)(roster_of(Membership("Core", "alice")), WantedPolicy(), "tests")

    world.container.register(AttributionReader, instance=Meddling(world.container.resolve(MemoryStore)))
    with pytest.raises(RosterChangedError, match="run it again"):
        verified(world)
