"""What every AuthorDirectory counts: pull requests by login as spelled, numeric id and account type."""

from contextlib import closing

from attrs import evolve

from github_tracker.domain.hygiene import AuthorActivity
from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author
from tests.contracts.store import GADGETS, Store, authors_of, put_facts, put_roster
from tests.unit.examples import MICROSECOND, at, merged, opened, roster_of, with_merged_at

FIRST, LAST = at("2024-01-01T00:00:00.000001"), at("2024-03-01T23:59:59.999999")

FACTS = (
    opened(Author("alice", 5, "User"), LAST, number=1),
    merged(Author("alice", 5, "User"), FIRST, LAST, number=2),
    with_merged_at(opened(Author("alice", 5, "User"), FIRST + MICROSECOND, number=3), None),
    opened(Author("alice", 5), FIRST, number=4),
    opened(Author("alice", 5, ""), FIRST, number=5),
    opened(Author("alice", 4, "User"), FIRST, number=6),
    opened(Author("alice"), FIRST, number=7),
    opened(Author("Alice", 5, "User"), FIRST, number=8),
    opened(Author("alice-2", 9, "Bot"), FIRST, number=9),
    opened(Author("öl"), FIRST, number=10),
    opened(Author("zoe"), FIRST, number=11),
    opened(Author("ghost", 10137, "User"), FIRST, number=12),
    opened(None, FIRST, number=13),
)
ACTIVITIES = (
    AuthorActivity(Author("Alice", 5, "User"), 1, FIRST, FIRST),
    AuthorActivity(Author("alice"), 1, FIRST, FIRST),
    AuthorActivity(Author("alice", 4, "User"), 1, FIRST, FIRST),
    AuthorActivity(Author("alice", 5), 1, FIRST, FIRST),
    AuthorActivity(Author("alice", 5, ""), 1, FIRST, FIRST),
    AuthorActivity(Author("alice", 5, "User"), 3, FIRST, LAST),
    AuthorActivity(Author("alice-2", 9, "Bot"), 1, FIRST, FIRST),
    AuthorActivity(Author("ghost", 10137, "User"), 1, FIRST, FIRST),
    AuthorActivity(Author("zoe"), 1, FIRST, FIRST),
    AuthorActivity(Author("öl"), 1, FIRST, FIRST),
)


class AuthorDirectoryContract:
    """Who opened how many, and when; needs a fixture `store`."""

    def test_empty_store_knows_nobody(self, store: Store) -> None:
        """People of the roster are no authors by themselves."""
        put_roster(store, roster_of(Membership("Platform", "alice")))
        assert authors_of(store) == ()

    def test_each_spelling_id_and_type_is_counted_by_itself(self, store: Store) -> None:
        """In order, what is unknown first; the authors GitHub no longer names are left out."""
        put_facts(store, *FACTS)
        assert authors_of(store) == ACTIVITIES

    def test_repositories_count_together(self, store: Store) -> None:
        """And so do those who earn and those who do not."""
        put_roster(store, roster_of(Membership("Platform", "alice")))
        put_facts(store, FACTS[0])
        put_facts(store, evolve(FACTS[1], repository_id=2), repository=GADGETS)
        assert authors_of(store) == (AuthorActivity(Author("alice", 5, "User"), 2, FIRST, LAST),)

    def test_changed_author_is_counted_as_the_new_one(self, store: Store) -> None:
        """As after a rename that GitHub tells of."""
        put_facts(store, FACTS[0])
        put_facts(store, evolve(FACTS[0], author=Author("alice-new", 5, "User")))
        assert authors_of(store) == (AuthorActivity(Author("alice-new", 5, "User"), 1, LAST, LAST),)

    def test_activities_need_not_be_read_to_the_end(self, store: Store) -> None:
        """A closed generator is done with; the store goes on as if it had been read out."""
        put_facts(store, *FACTS)
        for _ in range(5):
            with closing(store.authors.activities()) as activities:
                assert next(activities) == ACTIVITIES[0]
        assert put_facts(store, evolve(FACTS[0], title="other")).facts_changed == 1
