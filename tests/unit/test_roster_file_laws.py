"""The roster file: laws that hold for every roster and every text."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.pull_request import storable_text
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.entrypoints.roster_file import RosterForm, format_roster, parse_roster
from github_tracker.ports.roster_repository import RosterUpdateResult
from tests import strategies
from tests.contracts.memory import memory_store
from tests.contracts.store import contents_of, put_roster
from tests.unit.roster_texts import (
    faults_of,
    faults_or_none,
)

any_rosters = strategies.rosters() | strategies.over_allocated_rosters()


def _is_name(text: str) -> bool:
    return text.isprintable() and text == text.strip()


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(_is_name)
LOGINS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,6}", fullmatch=True).filter(lambda login: login != "ghost")
EDGES = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds are naive by contract


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Draw a roster of people in several teams, each in windows that follow one another."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.casefold))
    texts = st.text(max_size=10).map(storable_text)
    teams = [Team(name, draw(texts), draw(st.sampled_from([None, f"key of {name}"]))) for name in names]
    memberships: list[Membership] = []
    logins = draw(st.lists(LOGINS, max_size=4, unique=True))
    for place, login in enumerate(logins):
        aliases = (f"{login}.old",) if draw(st.booleans()) else ()
        github_id = draw(st.sampled_from([None, place + 1, 2**62 + place]))
        for team in teams[: draw(st.integers(0, len(teams)))]:
            weight = Decimal(draw(st.integers(0, 1_000_000 // len(teams)))) / 1_000_000
            edges = sorted(draw(st.sets(EDGES, max_size=3)))
            bounds = [draw(st.sampled_from([None, datetime(1980, 1, 1, tzinfo=UTC)])), *edges, None]
            memberships.extend(
                Membership(team.name, login, weight, joined_at, left_at, aliases, github_id)
                for joined_at, left_at in pairwise(bounds)
            )
    return Roster(tuple(teams), tuple(memberships), draw(st.sampled_from(OverAllocation)))


@given(rosters(), st.sampled_from(RosterForm))
def test_formatted_roster_is_read_back_as_itself(roster: Roster, form: RosterForm) -> None:
    """Law: parse(format(roster)) == roster, to the last place and microsecond, in both forms."""
    assert parse_roster(format_roster(roster, form), form) == roster


@pytest.mark.parametrize("form", RosterForm)
def test_every_kind_of_text_and_instant_is_read_back(form: RosterForm) -> None:
    """Control characters, quotes, what lies beyond 16 bits, the least weight, and a single microsecond."""
    text = "".join(map(chr, range(1, 0x100))) + "\u2028\ud7ff\U0001f3d7"
    instant = datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    member = Membership("\"'\\#", "a", Decimal("0.000001"), None, instant, ("b", "c"), 2**63 - 1)
    roster = Roster((Team(member.team, text, "k\"'"), Team("empty")), (member,), OverAllocation.ALLOW)
    assert parse_roster(format_roster(roster, form), form) == roster


@given(rosters(), st.sampled_from(RosterForm))
def test_formatting_is_stable(roster: Roster, form: RosterForm) -> None:
    """Law: a file that was read and written again is the same file, letter by letter."""
    text = format_roster(roster, form)
    assert format_roster(parse_roster(text, form), form) == text


@given(rosters() | any_rosters, st.sampled_from(RosterForm))
def test_export_that_is_synchronised_changes_nothing(roster: Roster, form: RosterForm) -> None:
    """Law: what is written of the roster in force and put in force again is no new version."""
    store = memory_store()
    put_roster(store, roster)
    before = contents_of(store)
    exported = format_roster(store.rosters.in_force().roster, form)
    assert put_roster(store, parse_roster(exported, form)) == RosterUpdateResult(1, is_new_version=False)
    assert contents_of(store) == before


FIELD_NAMES = st.sampled_from(["teams", "name", "members", "username", "joined_at", "allocation", "over_allocation"])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | EDGES.map(datetime.isoformat),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELD_NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_any_json_is_read_or_refused(value: object) -> None:
    """Law: nothing but BadInputError comes out, whatever goes in, and never one without a fault."""
    member = {"teams": [{"name": "a", "members": [value]}]}
    for document in (value, {"teams": value}, [{"name": "a", "members": value}], member):
        faults = faults_or_none(json.dumps(document))
        assert faults != ()
        assert all(fault.path and fault.found for fault in faults or ())


@given(st.text(max_size=30) | st.text("[]{}=\"',:.0123456789-TZaen\n", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Law: a text that is no roster is a BadInputError with a fault, in both forms."""
    for form in RosterForm:
        assert faults_or_none(text, form) != ()


@given(st.integers(1, 6), st.data())
def test_as_many_faults_as_bad_values(members: int, data: st.DataObject) -> None:
    """Law: each bad value is one fault with its own path, in the file's order."""
    fields = {"username": 1, "github_id": "x", "allocation_weight": 2, "joined_at": "never"}
    bad = [sorted(data.draw(st.sets(st.sampled_from(sorted(fields))))) for _ in range(members)]
    entries = [{"username": f"u{place}", **{name: fields[name] for name in names}} for place, names in enumerate(bad)]
    expected = {f"teams[0].members[{place}].{name}" for place, names in enumerate(bad) for name in names}
    text = json.dumps({"teams": [{"name": "a", "members": entries}]})
    if expected:
        faults = faults_of(text)
        assert {fault.path for fault in faults} == expected
        assert len(faults) == len(expected)
    else:
        assert len(parse_roster(text, RosterForm.JSON).memberships) == members
