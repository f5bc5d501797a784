"""What every store does with odd text: keep it as it is, or U+FFFD where no database could."""

from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.domain.membership import Membership
from github_tracker.domain.pull_request import Author, Repository
from tests.contracts.metrics import FULL
from tests.contracts.store import Store, facts_of, put_facts, put_roster, shares_of, state_of
from tests.unit.examples import roster_of

REPLACEMENT = "\ufffd"

KEPT = {
    "empty": "",
    "blank": "  \t ",
    "1,024 characters": "x" * 1024,
    "1,024 emoji": "\U0001f469\u200d\U0001f680" * 341 + "\U0001f680",
    "lines": "one\r\ntwo\u2028three",
    "quotes": "'; DROP TABLE pull_requests; --",
    "braces": '{"a", NULL, \\"b\\"}',
    "backslashes": "\\N \\0 \\u0000 C:\\new",
    "percent": "100 %s %(title)s %%",
    "replacement": REPLACEMENT,
    "combining": "e\u0301 \u202eright to left",
    "controls": "\x01\x1f\x7f",
    "highest": "\U0010ffff\ufeff",
    "word of SQL": "NULL",
}
REPLACED = {
    "NUL": ("a\0b", "a\ufffdb"),
    "only NUL": ("\0", "\ufffd"),
    "high surrogate": ("a\ud83d", "a\ufffd"),
    "low surrogate": ("\udc1bb", "\ufffdb"),
    "surrogates in the wrong order": ("\udc1b\ud83d", "\ufffd\ufffd"),
    "NUL beside an emoji": ("\U0001f41b\0é", "\U0001f41b\ufffdé"),
}
TEXTS = {name: (text, text) for name, text in KEPT.items()} | REPLACED


class TextContract:
    """Titles, labels and branches as people write them; needs a fixture `store`."""

    @pytest.mark.parametrize(("given", "kept"), TEXTS.values(), ids=TEXTS)
    def test_text_is_kept_or_made_storable(self, store: Store, given: str, kept: str) -> None:
        """In titles, labels and branch names alike; what was kept is equal to what comes again."""
        put_roster(store, roster_of(Membership("Platform", "alice", Decimal("0.5"))))
        fact = evolve(FULL, title=given, labels=(given, "a, b", given), base_branch=given, head_branch=given)
        assert put_facts(store, fact).facts_changed == 1
        (stored,) = facts_of(store)
        assert (stored.title, stored.base_branch, stored.head_branch) == (kept, kept, kept)
        assert stored.labels == (kept, "a, b", kept)
        assert stored == fact
        assert put_facts(store, fact).facts_changed == 0

    def test_author_without_a_storable_login_is_kept(self, store: Store) -> None:
        """It stands in the facts and earns nothing."""
        fact = evolve(FULL, author=Author("a\0lice\ud800"))
        put_facts(store, fact)
        assert [stored.author for stored in facts_of(store)] == [Author("a\ufffdlice\ufffd")]

    def test_odd_names_of_teams_and_repositories_are_told_apart(self, store: Store) -> None:
        """What looks alike is not the same, and quotes do no harm."""
        names = ("Café", "Cafe\u0301", 'O\'Hara, "Q" {1}', "a%b", "a_b")
        memberships = [Membership(name, "alice", Decimal("0.1")) for name in names]
        put_roster(store, roster_of(*memberships))
        repository = Repository(1, "Acme/it's.a_%-name", "main's \U0001f333")
        put_facts(store, FULL, repository=repository)
        assert [(line.team, line.repository) for line in shares_of(store)] == [
            (name, "Acme/it's.a_%-name") for name in sorted(names)
        ]
        assert state_of(store, repository).repository == repository
        assert store.collection.find("Acme/it's.aX_-name") is None
