"""What stands in a reply of 200: payloads that no schema foresees are read, and what cannot be stops no other."""

from collections.abc import Callable

import pytest

from github_tracker.adapters.loopback_github.payload import Json
from github_tracker.domain.run_report import Outcome, RunOutcome
from tests import scripted_faults as faults
from tests.contracts.store import facts_of
from tests.integration.fault_checks import watched_world
from tests.integration.fault_kinds import Phase
from tests.integration.fault_world import FAULTY, essence_of, faultless, pull_request, report_on


def _without(*names: str) -> Callable[[Json], None]:
    def change(entry: Json) -> None:
        for name in names:
            del entry[name]

    return change


ODD: dict[str, Callable[[Json], None]] = {
    "NUL in the title": lambda entry: entry.update(title="a\0b"),
    "lone surrogate in the title": lambda entry: entry.update(title="a\ud800b"),
    "title of 1,024 characters": lambda entry: entry.update(title="x" * 1024),
    "null user": lambda entry: entry.update(user=None),
    "null head.repo": lambda entry: entry.update(head={"ref": "gone", "repo": None}),
    "missing draft": _without("draft"),
    "unknown keys": lambda entry: entry.update(further={"a": [1, None]}),
    "NUL and surrogates everywhere": lambda entry: entry.update(
        author_association="\0\udfff", merge_commit_sha="\0\udfff", labels=[{"name": "\0\udfff"}]
    ),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("phase", Phase)
def test_odd_payload_is_no_fault(phase: Phase, odd: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is stored with all others, whichever page it stands on, and a run later nothing has changed."""
    with watched_world(caplog) as world:
        world.begin(phase)
        for number in (2, 10, 18):
            world.github.patch(pull_request(number), ODD[odd])
        assert world.run().outcome is RunOutcome.COMPLETE
        assert len(facts_of(world.store, FAULTY)) == (18 if phase is Phase.WALK else 20)
        assert {found.outcome for found in world.clean_run().repositories} == {Outcome.UNCHANGED}
        stored, usual = essence_of(world.store), faultless(phase)
        odd_ones = {found.number for found in set(stored.facts) ^ set(usual.facts)}
        assert odd_ones <= {2, 10, 18}
        assert stored.repositories == usual.repositories


POISON: dict[str, Callable[[Json], None]] = {
    "no number": _without("number"),
    "id beyond 64 bits": lambda entry: entry.update(id=2**63),
    "year zero in UTC": lambda entry: entry.update(created_at="0001-01-01T00:00:00+01:00"),
    "number as a text": lambda entry: entry.update(number="2"),
}


@pytest.mark.parametrize("poison", POISON)
def test_poisoned_page_is_malformed_and_stops_no_other(poison: str, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of it is stored, the pages before it are, and mended it is read."""
    with watched_world(caplog) as world:
        world.github.patch(pull_request(10), POISON[poison])
        run = world.run()
        assert run.outcome is RunOutcome.PARTIAL
        assert (report_on(run).outcome, report_on(run).code) == (Outcome.FAILED, "malformed")
        assert [found.number for found in facts_of(world.store, FAULTY)] == list(range(1, 9))
        world.github.patch(pull_request(10), lambda _entry: None)
        world.clean_run()
        assert essence_of(world.store) == faultless(Phase.WALK)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"null", b'{"message": "no"}', b'[{"a"'], ids=str)
def test_body_that_is_no_list_stops_no_other(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Nested without end, another thing, or cut off."""
    with watched_world(caplog) as world:
        world.github.on(faults.lists(FAULTY.full_name, 3), faults.answer(200, body), times=None)
        run = world.run()
        assert (run.outcome, report_on(run).outcome) == (RunOutcome.PARTIAL, Outcome.FAILED)
        world.clean_run()
        assert essence_of(world.store) == faultless(Phase.WALK)


@pytest.mark.parametrize("link", ['<http://[>; rel="next"', "<>;;,", 'x; rel="last"'])
def test_link_that_cannot_be_read_is_doubted(link: str, caplog: pytest.LogCaptureFixture) -> None:
    """It lacks what was asked for, so the page is asked for again."""
    with watched_world(caplog) as world:
        world.github.on(faults.lists(FAULTY.full_name, 3), faults.with_headers({"Link": link}))
        assert world.run().outcome is RunOutcome.COMPLETE
        assert essence_of(world.store) == faultless(Phase.WALK)
