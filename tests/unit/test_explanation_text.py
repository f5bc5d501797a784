"""An explanation as people and programs read it: whole texts, every sentence, and nothing that harms a terminal."""

import json
from datetime import datetime
from decimal import Decimal
from io import StringIO

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from github_tracker.application.explain import ExplainedPullRequest
from github_tracker.domain.attribution import Attribution, Credit, Rest, Share
from github_tracker.domain.explanation import explain
from github_tracker.domain.membership import Membership
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest, Repository
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.entrypoints.cli.explanation_json import explanation_json
from github_tracker.entrypoints.cli.explanation_rendering import print_explanation
from github_tracker.entrypoints.cli.wording import harmless
from tests.strategies import over_allocated_rosters, policies, pull_requests, rosters
from tests.unit.examples import at, merged, opened, roster_of, with_merged_at

WIDGETS = Repository(1, "octo/widgets")
ALICE = Author("alice", 101)
CREATED, MERGED, EFFORT = AttributionRule.CREATED, AttributionRule.MERGED, AttributionRule.EFFORT
MOVING = roster_of(
    Membership("Old", "alice", Decimal("0.8"), left_at=at("2024-01-02"), aliases=("al",)),
    Membership("New", "alice", joined_at=at("2024-01-03")),
)
STAYED = merged(Author("al"), at("2024-01-01T06:00"), at("2024-01-04T18:00"), 12)

CREATED_TEXT = """\
octo/widgets#12 (merged)
Explain the shares
opened  2024-01-01 06:00:00 UTC by al
merged  2024-01-04 18:00:00 UTC, after 3 days 12 hours

Who earns it
Old      0.8
no team  0.2  part time: al's weights add up to 0.8, not to 1
sum        1  shares and rest together: nothing is lost, nothing counted twice

Why
rule     created: the author's teams at the time of opening earn it
decided  2024-01-01 06:00:00 UTC
author   al, found on the roster as an alias of alice

team  login  weight  joined      left        held then  earns
New   alice       1  2024-01-03  -           no, later      0
Old   alice     0.8  since ever  2024-01-02  yes          0.8

Where it counts
velocity   week of Monday 2024-01-01: 0.8 for Old, 0.2 for no team (see `report
           unattributed`)
lead time  January 2024: 84.0 hours from opening to merging, for Old

What it rests on
roster     version 3, in force now
facts      read from GitHub 2024-01-01 06:00:00 UTC
time zone  UTC, of weeks and months
stored     exactly these shares
"""

EFFORT_TEXT = """\
octo/widgets#12 (merged)
Explain the shares
opened  2024-01-01 06:00:00 UTC by al
merged  2024-01-04 18:00:00 UTC, after 3 days 12 hours

Who earns it
            share  before rounding
New           0.5              0.5
Old      0.171429     0.171428571…
no team  0.285714     0.285714285…  left before: al had left Old on 2024-01-02
                                    and was in no team until 2024-01-03
no team  0.042857     0.042857142…  part time: al's weights add up to 0.8, not
                                    to 1
sum             1                1  shares and rest together: nothing is lost,
                                    nothing counted twice

Why
rule     effort: the author's teams between opening and merging earn it, each by
         its part of that time
decided  2024-01-01 06:00:00 UTC to 2024-01-04 18:00:00 UTC
author   al, found on the roster as an alias of alice

team  login  weight  joined      left        held           earns
New   alice       1  2024-01-03  -           50 %             0.5
Old   alice     0.8  since ever  2024-01-02  21.4 %  0.171428571…

That time, piece by piece (each weight counts by its part):
from                 to                     part  teams    no team
2024-01-01 06:00:00  2024-01-02 00:00:00  21.4 %  Old 0.8      0.2  part time
2024-01-02 00:00:00  2024-01-03 00:00:00  28.6 %  -              1  left before
2024-01-03 00:00:00  2024-01-04 18:00:00    50 %  New 1          0

Where it counts
velocity   week of Monday 2024-01-01: 0.5 for New, 0.171429 for Old, 0.328571
           for no team (see `report unattributed`)
lead time  January 2024: 84.0 hours from opening to merging, for New and Old

What it rests on
roster     version 3, in force now
facts      read from GitHub 2024-01-01 06:00:00 UTC
time zone  UTC, of weeks and months
stored     exactly these shares
"""


def explained_of(
    pull_request: PullRequest, roster: Roster, rule: AttributionRule = CREATED, *bot_patterns: str
) -> ExplainedPullRequest:
    """Return the explanation as the use case gives it, where what is stored is right."""
    explanation = explain(pull_request, roster, AttributionPolicy(rule, bot_patterns=bot_patterns))
    return ExplainedPullRequest(WIDGETS, 3, explanation, explanation.attribution)


def text_of(explained: ExplainedPullRequest, width: int = 80) -> str:
    """Return what is printed, without the spaces that fill up lines."""
    out = StringIO()
    print_explanation(explained, Console(file=out, width=width, color_system=None))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def words_of(explained: ExplainedPullRequest) -> list[str]:
    """Return the lines of a terminal that is wide enough for every sentence, with single spaces."""
    return [" ".join(line.split()) for line in text_of(explained, 300).splitlines()]


@pytest.mark.parametrize(("rule", "text"), [(CREATED, CREATED_TEXT), (EFFORT, EFFORT_TEXT)])
def test_whole_text_fits_a_terminal_of_80_columns(rule: AttributionRule, text: str) -> None:
    """The answer first, then why, then where it counts and what it rests on."""
    titled = evolve(STAYED, title="Explain the shares")
    assert text_of(explained_of(titled, MOVING, rule)) == text


@pytest.mark.parametrize(
    ("pull_request", "rule", "lines"),
    [
        (STAYED, CREATED, ["rule created: the author's teams at the time of opening earn it"]),
        (STAYED, MERGED, ["rule merged: the author's teams at the time of merging earn it", "New 1"]),
        (
            opened(ALICE, at("2024-01-05")),
            MERGED,
            ["rule merged: it has not merged, so the author's teams at the time of opening earn it"],
        ),
        (
            opened(ALICE, at("2024-01-05")),
            EFFORT,
            ["rule effort: it has not merged, so the author's teams at the time of opening earn it"],
        ),
        (
            merged(ALICE, at("2024-01-05"), at("2024-01-05")),
            EFFORT,
            [
                "rule effort: no time lies between opening and merging, so the author's teams at the time of opening "
                "earn it"
            ],
        ),
    ],
)
def test_rule_is_told_as_what_it_means_here(pull_request: PullRequest, rule: AttributionRule, lines: list[str]) -> None:
    """With the reason where another time than the rule's own had to decide (R7)."""
    assert set(lines) <= set(words_of(explained_of(pull_request, MOVING, rule)))


ZERO = roster_of(Membership("Core", "alice", Decimal(0)), Membership("Apps", "alice", Decimal(0)))
GAP = roster_of(
    Membership("Apps", "alice", joined_at=at("2024-02-01"), left_at=at("2024-03-01T12:30")),
    Membership("Core", "alice", joined_at=at("2024-02-01"), left_at=at("2024-03-01T12:30"), weight=Decimal(0)),
    Membership("Apps", "alice", joined_at=at("2024-04-01")),
)
HELD_BY_101 = roster_of(Membership("Apps", "alice", github_id=101))


@pytest.mark.parametrize(
    ("author", "instant", "roster", "sentence"),
    [
        (ALICE, "2024-01-01", GAP, "joined later: alice joined a first team, Apps and Core, only on 2024-02-01"),
        (
            ALICE,
            "2024-03-10",
            GAP,
            "left before: alice had left Apps and Core on 2024-03-01 12:30:00 and was in no team until 2024-04-01",
        ),
        (ALICE, "2024-01-02", ZERO, "zero weight: alice was in Apps and Core with weight 0, which earns nothing"),
        (Author("bob"), "2024-01-01", GAP, "not on the roster: bob is in no team's list"),
        (
            Author("alice", 999),
            "2024-01-01",
            HELD_BY_101,
            "not on the roster: the roster's alice is another account; this one has github_id 999",
        ),
        (Author("x[bot]"), "2024-01-01", GAP, "not on the roster: x[bot] is a bot and in no team's list"),
        (Author("ghost"), "2024-01-01", GAP, "author gone: GitHub no longer says who opened it"),
        (None, "2024-01-01", GAP, "author gone: GitHub no longer says who opened it"),
    ],
)
def test_every_reason_has_its_sentence(author: Author | None, instant: str, roster: Roster, sentence: str) -> None:
    """Who, which teams and when: what a manager needs to see whether the roster is right."""
    explained = explained_of(opened(author, at(instant)), roster)
    assert f"no team 1 {sentence}" in words_of(explained)
    document = json.loads(explanation_json(explained))
    assert [entry["explanation"] for entry in document["unattributed"]] == [sentence.partition(": ")[2]]


def test_part_time_of_changing_weights_names_no_sum() -> None:
    """Under `effort` the weights may add up to this and then to that."""
    roster = roster_of(
        Membership("A", "alice", Decimal("0.5"), left_at=at("2024-01-02")),
        Membership("A", "alice", Decimal("0.25"), joined_at=at("2024-01-02")),
    )
    lines = words_of(explained_of(merged(ALICE, at("2024-01-01"), at("2024-01-03")), roster, EFFORT))
    assert "no team 0.625 part time: alice's weights add up to less than 1" in lines


@pytest.mark.parametrize(
    ("author", "sentence"),
    [
        (Author("alice", 101), "alice, found on the roster by github_id 101"),
        (Author("renamed", 101), "renamed, found on the roster by github_id 101, as alice"),
        (Author("Alice"), "Alice, found on the roster by login"),
        (Author("bob"), "bob, not found on the roster"),
        (Author("ghost"), "no longer named by GitHub"),
        (None, "no longer named by GitHub"),
    ],
)
def test_author_is_told_with_what_led_to_the_roster(author: Author | None, sentence: str) -> None:
    """By numeric id, by login, or not at all (R2)."""
    assert f"author {sentence}" in words_of(explained_of(opened(author, at("2024-01-01")), HELD_BY_101))


BOT = Author("ci-1")
DAY, LATER = at("2024-01-05"), at("2024-02-10")


@pytest.mark.parametrize(
    ("pull_request", "velocity", "lead_time"),
    [
        (
            merged(ALICE, DAY, LATER),
            "week of Monday 2024-02-05: 1 for New",
            "February 2024: 864.0 hours from opening to merging, for New",
        ),
        (
            merged(ALICE, LATER, DAY),
            "week of Monday 2024-01-01: 1 for New",
            "January 2024, but without hours: by GitHub's times it was merged before it was opened",
        ),
        (
            merged(Author("bob"), DAY, LATER),
            "week of Monday 2024-02-05: 1 for no team (see `report unattributed`)",
            "not counted: no team earned anything of it",
        ),
        (
            merged(BOT, DAY, LATER),
            "not counted: ci-1 is a bot, and bots are left out",
            "not counted, for the same reason",
        ),
        (opened(ALICE, DAY), "not counted: it is still open", "not counted, for the same reason"),
        (
            with_merged_at(opened(BOT, DAY), None),
            "not counted: it was closed without merging; it is a bot's besides",
            "not counted, for the same reason",
        ),
    ],
)
def test_where_it_counts_is_told_with_the_reason(pull_request: PullRequest, velocity: str, lead_time: str) -> None:
    """Week and month, or why not (R9, R10, R11)."""
    lines = words_of(explained_of(pull_request, MOVING, CREATED, "ci-*"))
    assert {f"velocity {velocity}", f"lead time {lead_time}"} <= set(lines)


def test_over_allocation_is_told_beside_the_sum() -> None:
    """Shares of 1.5 are no mistake where the roster allows them."""
    both = (Membership("A", "alice"), Membership("B", "alice", Decimal("0.5")))
    roster = roster_of(*both, over_allocation=OverAllocation.ALLOW)
    lines = words_of(explained_of(opened(ALICE, DAY), roster))
    assert "sum 1.5 shares and rest together: more than 1, which this roster allows (over_allocation)" in lines


def test_other_stored_shares_are_told_loudly() -> None:
    """With what is stored, so that both can be compared; programs get both as well."""
    explained = explained_of(opened(ALICE, DAY), MOVING)
    fact = explained.stored.pull_request
    part = Credit((Share("Old", Decimal("0.6")),), (Rest(RestReason.PART_TIME, Decimal("0.4")),))
    other = evolve(explained, stored=Attribution(fact, MERGED, part, is_bot=True))
    assert "stored SOMETHING ELSE, by rule merged, as a bot's: Old 0.6, no team 0.4 (part time)" in words_of(other)
    assert "stored SOMETHING ELSE, by rule created: nothing at all" in words_of(
        evolve(explained, stored=Attribution(fact, CREATED, Credit((), ()), is_bot=False))
    )
    document = json.loads(explanation_json(other))
    assert not document["is_as_stored"]
    assert document["stored"] == {
        "rule": "merged",
        "is_bot": True,
        "shares": [{"team": "Old", "weight": "0.6"}],
        "unattributed": [{"reason": "part_time", "weight": "0.4"}],
    }


def test_narrow_terminal_leaves_out_what_is_needed_least() -> None:
    """Whole columns go, and that is said; nothing is folded into shreds."""
    long = "a-very-long-login-of-thirty-nine-signs-x"[:39]
    roster = roster_of(Membership("Team of the customer journey", long, joined_at=at("2024-01-01T12:30:15")))
    text = text_of(explained_of(opened(Author(long), DAY), roster))
    assert "team                          weight  joined               left  held then" in text.splitlines()
    assert "Left out, for the terminal is narrow: login, earns." in text


HOSTILE = "Fix \x1b[31mred\x9b2J \u202eeverything\u2066\n\r\t[bold]x[/bold] :smile:\u2028 שלום"


def test_foreign_text_comes_out_harmless() -> None:
    """Control characters and turns of direction are spelt out; markup and letters of any script stay as they are."""
    explained = explained_of(evolve(STAYED, title=HOSTILE, author=Author("al\x1b]0;x\x07")), MOVING)
    text = text_of(explained, 200)
    shown = r"Fix \x1b[31mred\x9b2J \u202eeverything\u2066\n\r\t[bold]x[/bold] :smile:\u2028 שלום"
    assert text.splitlines()[1] == shown
    assert r"not on the roster: al\x1b]0;x\x07 is in no team's list" in text
    assert all(letter.isprintable() for letter in text.replace("\n", ""))
    document = explanation_json(explained)
    assert json.loads(document)["title"] == HOSTILE
    assert json.loads(document)["author"]["login"] == "al\x1b]0;x\x07"
    assert all(letter.isprintable() for letter in document.replace("\n", ""))


@given(st.text())
def test_harmless_text_is_one_printable_line(text: str) -> None:
    """Whatever it was; what can be printed stays as it is."""
    shown = harmless(text)
    assert all(letter.isprintable() or letter in "\u200c\u200d" for letter in shown)
    assert harmless(shown) == shown
    if text.isprintable():
        assert shown == text


@given(rosters() | over_allocated_rosters(), policies(), pull_requests())
def test_json_is_exact(roster: Roster, policy: AttributionPolicy, pull_request: PullRequest) -> None:
    """Weights are the shares' own, parts of the time exact fractions, instants ISO 8601 in UTC."""
    explanation = explain(pull_request, roster, policy)
    document = json.loads(explanation_json(ExplainedPullRequest(WIDGETS, 3, explanation, explanation.attribution)))
    weights = {entry["team"]: Decimal(entry["weight"]) for entry in document["shares"] if entry["weight"] != "0"}
    assert weights == {share.team: share.weight for share in explanation.attribution.shares}
    assert datetime.fromisoformat(document["created_at"]) == pull_request.created_at
    assert document["created_at"].endswith("+00:00")
    assert [entry["held"] for entry in document["memberships"]] == [
        str(entry.held) for entry in explanation.memberships
    ]
    assert Decimal(document["sum"]) == explanation.total
    assert document["counts_in_velocity"] == (pull_request.merged_at is not None and not explanation.attribution.is_bot)


@given(rosters() | over_allocated_rosters(), policies(), pull_requests())
def test_every_explanation_can_be_printed(roster: Roster, policy: AttributionPolicy, pull_request: PullRequest) -> None:
    """No line of text is wider than the terminal, and every team that earns stands in it."""
    explanation = explain(pull_request, roster, policy)
    text = text_of(ExplainedPullRequest(WIDGETS, 3, explanation, explanation.attribution), 120)
    assert max(map(len, text.splitlines())) <= 120
    for share in explanation.attribution.shares:
        assert share.team in text
