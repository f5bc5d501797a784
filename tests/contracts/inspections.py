"""What every StoreInspector finds in a store that was only written through the ports: nothing."""

from contextlib import closing
from decimal import Decimal

from attrs import evolve

from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author
from tests.contracts.store import GADGETS, WIDGETS, Store, put_facts, put_roster
from tests.unit.examples import at, merged, opened, roster_of

ROSTER = roster_of(Membership("Platform", "alice", Decimal("0.6")), Membership("Apps", "bob"))
FACTS = (
    merged(Author("alice"), at("2024-01-01"), at("2024-01-02"), number=1),
    merged(Author("Bob"), at("2024-01-01"), at("2024-02-02"), number=2),
    merged(Author("ci[bot]"), at("2024-01-01"), at("2024-02-02"), number=3),
    opened(None, at("2024-01-01"), number=4),
)


def fill(store: Store) -> None:
    """Put facts of two repositories under a roster that changes, with a rename."""
    put_roster(store, roster_of(Membership("Platform", "alice")))
    put_facts(store, *FACTS)
    put_facts(store, evolve(FACTS[0], repository_id=GADGETS.id), repository=GADGETS)
    put_roster(store, ROSTER, AttributionPolicy(AttributionRule.EFFORT))
    store.collection.register(evolve(WIDGETS, full_name="acme/Sprockets"), WIDGETS.full_name)


class InspectionContract:
    """A look at itself; needs a fixture `store`."""

    def test_store_written_through_the_ports_contradicts_itself_nowhere(self, store: Store) -> None:
        """Empty, and after pages, a change of roster and rule, and a rename."""
        for _ in range(2):
            with closing(store.inspector.findings()) as findings:
                assert list(findings) == []
            fill(store)
