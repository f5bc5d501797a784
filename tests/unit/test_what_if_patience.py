"""What if takes no longer than it may, and nothing is tried for somebody who has left."""

from collections.abc import Generator
from datetime import date, timedelta

import pytest

from github_tracker.adapters.memory import MemoryAttributionReader, MemoryClock, MemoryStore
from github_tracker.application.what_if import Proposal, TooLargeToTryError, WhatIf
from github_tracker.domain.attribution import Attribution
from github_tracker.domain.membership import Membership
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster_change import AffectedAuthors
from github_tracker.ports.caller import CALLER, Caller
from github_tracker.ports.errors import CallerLeftError
from tests.contracts.memory import memory_store
from tests.contracts.store import Store, contents_of, put_facts, put_roster
from tests.unit.examples import at, merged, roster_of

FACTS = 1200
ALL = Proposal(rule=AttributionRule.MERGED)
NONE_OF_THEM = Proposal(rule=AttributionRule.MERGED, since=date(2030, 1, 1))


class SlowReader(MemoryAttributionReader):
    """Takes a tenth of a second for each pull request."""

    def __init__(self, data: MemoryStore, clock: MemoryClock) -> None:
        super().__init__(data)
        self.clock = clock
        self.read = 0
        self.is_closed = False
        self.caller: Caller | None = None

    def attributions(self, authors: AffectedAuthors | None = None) -> Generator[Attribution]:
        """Give them out; whoever waits leaves after 600."""
        try:
            for attribution in super().attributions(authors):
                self.clock.sleep(0.1)
                self.read += 1
                if self.caller is not None and self.read == 600:
                    self.caller.leave()
                yield attribution
        finally:
            self.is_closed = True


@pytest.fixture
def data() -> MemoryStore:
    """A store of pull requests that take two minutes to be read."""
    data = MemoryStore()
    store = memory_store(data)
    put_roster(store, roster_of(Membership("apps", "bob")))
    instant = at("2024-01-01")
    put_facts(store, *(merged(Author("bob"), instant, instant, number) for number in range(1, FACTS + 1)))
    return data


def tried(data: MemoryStore, patience: timedelta | None) -> tuple[WhatIf, SlowReader, Store]:
    """Return the use case, on a clock of its own."""
    clock, store = MemoryClock(at("2024-06-01")), memory_store(data)
    reader = SlowReader(data, clock)
    return WhatIf(store.rosters, reader, clock, patience), reader, store


@pytest.mark.parametrize("proposal", [ALL, NONE_OF_THEM])
def test_it_is_given_up_once_it_took_too_long(data: MemoryStore, proposal: Proposal) -> None:
    """At the next look at the clock, also where nothing of what is read counts; what was begun is closed."""
    what_if, reader, store = tried(data, timedelta(seconds=20))
    before = contents_of(store)
    with pytest.raises(TooLargeToTryError, match="longer than 20 s"):
        what_if(proposal)
    assert (reader.read, reader.is_closed) == (501, True)
    assert contents_of(store) == before


@pytest.mark.parametrize("patience", [None, timedelta(seconds=200)])
def test_it_goes_on_to_the_end_with_patience_enough(data: MemoryStore, patience: timedelta | None) -> None:
    """Or without any limit, as on the command line."""
    what_if, reader, _ = tried(data, patience)
    assert what_if(ALL).comparison.prs_compared == FACTS
    assert (reader.read, reader.is_closed) == (FACTS, True)


def test_nothing_is_tried_for_somebody_who_has_left(data: MemoryStore) -> None:
    """Half a thousand pull requests later at most."""
    what_if, reader, _ = tried(data, None)
    reader.caller = Caller()
    token = CALLER.set(reader.caller)
    try:
        with pytest.raises(CallerLeftError):
            what_if(ALL)
    finally:
        CALLER.reset(token)
    assert (reader.read, reader.is_closed) == (1001, True)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Pacific/Honolulu"])
@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_at_the_ends_of_the_calendar_are_days(data: MemoryStore, zone: str, day: date) -> None:
    """Nothing merged before the first one, and everything before the last one."""
    what_if, _, store = tried(data, None)
    put_roster(store, roster_of(Membership("apps", "bob")), AttributionPolicy(time_zone=zone))
    compared = what_if(Proposal(rule=AttributionRule.MERGED, until=day)).comparison.prs_compared
    assert compared == (0 if day == date.min else FACTS)
