"""What every Rollups promises: figures are the same whether they are ready or not."""

from datetime import timedelta
from decimal import Decimal
from itertools import islice

from attrs import evolve

from github_tracker.domain.attribution import Attributor
from github_tracker.domain.lead_time import monthly_lead_time, unattributed_lead_time
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest
from github_tracker.domain.roster import Roster
from github_tracker.domain.velocity import unattributed_velocity, weekly_velocity
from tests.contracts.store import EVERYTHING, Store, put_facts, put_roster
from tests.unit.examples import at, merged, roster_of

ROSTER = roster_of(Membership("Platform", "alice", Decimal("0.25")), Membership("Apps", "alice", Decimal("0.5")))
POLICY = AttributionPolicy(AttributionRule.CREATED, "Europe/Berlin")
ALICE, STRANGER = Author("alice"), Author("stranger")
JANUARY = at("2024-01-31T23:30")


def facts(first: int) -> list[PullRequest]:
    """Return six pull requests of six weeks, every other one a stranger's."""
    authors = (ALICE, STRANGER) * 3
    return [
        merged(author, JANUARY, JANUARY + timedelta(weeks=place, hours=place), first + place)
        for place, author in enumerate(authors)
    ]


class RollupContract:
    """Figures through refreshes; needs a fixture `store` that is empty."""

    def test_figures_are_those_of_the_reference_before_and_after(self, store: Store) -> None:
        """Nothing ready, everything ready, something stored since, and ready again."""
        put_roster(store, ROSTER, POLICY)
        for first in (1, 101, 201):
            put_facts(store, *facts(first))
            known = [fact for number in range(1, first + 1, 100) for fact in facts(number)]
            _assert_figures(store, known, ROSTER, POLICY)
            tuple(store.rollups.refresh())
            _assert_figures(store, known, ROSTER, POLICY)

    def test_stopped_refresh_loses_nothing(self, store: Store) -> None:
        """After any number of steps, and the rest is made up for."""
        put_roster(store, ROSTER, POLICY)
        for steps in range(4):
            put_facts(store, *facts(1 + 100 * steps))
            known = [fact for number in range(steps + 1) for fact in facts(1 + 100 * number)]
            tuple(islice(store.rollups.refresh(), steps))
            _assert_figures(store, known, ROSTER, POLICY)

    def test_other_roster_rule_and_zone_are_followed_at_once(self, store: Store) -> None:
        """Whatever is ready was made under those before."""
        put_roster(store, ROSTER, POLICY)
        put_facts(store, *facts(1))
        tuple(store.rollups.refresh())
        for roster, policy in (
            (ROSTER, AttributionPolicy(AttributionRule.CREATED, "Pacific/Auckland")),
            (roster_of(Membership("Apps", "stranger", joined_at=at("2024-02-20"))), AttributionPolicy()),
            (roster_of(Membership("New", "alice")), AttributionPolicy(AttributionRule.MERGED, "UTC", ("strang*",))),
        ):
            put_roster(store, roster, policy)
            _assert_figures(store, facts(1), roster, policy)
            tuple(store.rollups.refresh())
            _assert_figures(store, facts(1), roster, policy)

    def test_pull_request_that_moves_to_another_week_leaves_the_former(self, store: Store) -> None:
        """Both weeks are told as they are, and both months."""
        put_roster(store, ROSTER, POLICY)
        put_facts(store, *facts(1))
        tuple(store.rollups.refresh())
        moved = [evolve(fact, merged_at=at("2024-05-01"), updated_at=at("2024-05-01")) for fact in facts(1)[:2]]
        put_facts(store, *moved)
        _assert_figures(store, [*moved, *facts(1)[2:]], ROSTER, POLICY)
        tuple(store.rollups.refresh())
        _assert_figures(store, [*moved, *facts(1)[2:]], ROSTER, POLICY)

    def test_pruned_pull_requests_are_gone_from_figures(self, store: Store) -> None:
        """With their weeks, if nothing else is in them."""
        put_roster(store, ROSTER, POLICY)
        put_facts(store, *facts(1))
        tuple(store.rollups.refresh())
        store.retention.prune(at("2024-02-20"))
        kept = [fact for fact in facts(1) if fact.merged_at and fact.merged_at >= at("2024-02-20")]
        assert 0 < len(kept) < 6
        _assert_figures(store, kept, ROSTER, POLICY)
        tuple(store.rollups.refresh())
        _assert_figures(store, kept, ROSTER, POLICY)

    def test_nothing_is_left_to_do_after_a_refresh(self, store: Store) -> None:
        """Until something changes; a title does not count."""
        put_roster(store, ROSTER, POLICY)
        put_facts(store, *facts(1))
        tuple(store.rollups.refresh())
        assert tuple(store.rollups.refresh()) == ()
        put_facts(store, *(evolve(fact, title="other", updated_at=fact.updated_at + timedelta(1)) for fact in facts(1)))
        assert tuple(store.rollups.refresh()) == ()

    def test_distrusted_figures_are_the_same(self, store: Store) -> None:
        """Computed anew, and made ready again."""
        put_roster(store, ROSTER, POLICY)
        put_facts(store, *facts(1))
        tuple(store.rollups.refresh())
        store.rollups.distrust()
        _assert_figures(store, facts(1), ROSTER, POLICY)
        tuple(store.rollups.refresh())
        _assert_figures(store, facts(1), ROSTER, POLICY)
        assert tuple(store.rollups.refresh()) == ()


def _assert_figures(store: Store, known: list[PullRequest], roster: Roster, policy: AttributionPolicy) -> None:
    attributor = Attributor(roster, policy)
    attributions = [attributor.attribute(fact) for fact in known]
    assert store.reports.velocity(EVERYTHING) == weekly_velocity(attributions, policy.time_zone)
    assert store.reports.unattributed(EVERYTHING) == unattributed_velocity(attributions, policy.time_zone)
    months = {(month.team, month.month): month.prs_merged for month in store.reports.lead_time(EVERYTHING)}
    rests = {month.month: month.prs_merged for month in store.reports.unattributed_lead_time(EVERYTHING)}
    wanted = monthly_lead_time(attributions, policy.time_zone)
    assert months == {(month.team, month.month): month.prs_merged for month in wanted}
    wanted_rests = unattributed_lead_time(attributions, policy.time_zone)
    assert rests == {month.month: month.prs_merged for month in wanted_rests}
