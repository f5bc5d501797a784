"""`github-tracker explain` from outside: every pull request of a small organisation, and what is refused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO

import psycopg
import pytest
from rich.console import Console

from github_tracker.adapters.memory import MemoryTelemetry
from github_tracker.application.explain import ExplainedPullRequest, ExplainPullRequest
from github_tracker.domain.person import RestReason
from github_tracker.entrypoints.cli.explanation_json import explanation_json
from github_tracker.entrypoints.cli.explanation_rendering import print_explanation
from github_tracker.entrypoints.containers import command_line_container
from github_tracker.entrypoints.settings import read_settings
from tests.integration.collected_world import World, shares_of, world
from tests.integration.command_line import on_terminal


@pytest.fixture(scope="module")
def collected() -> Iterator[World]:
    """A small organisation that is collected; to be read, and left as it is."""
    with world() as made:
        made.line.succeed("collect")
        yield made


@pytest.fixture
def changeable(collected: World) -> Iterator[World]:
    """The same for tests that put another rule in force; the first one is put back afterwards."""
    yield collected
    collected.line.given(ATTRIBUTION_RULE="created").succeed("roster", "sync")


@contextmanager
def use_case(collected: World) -> Iterator[ExplainPullRequest]:
    """Give the use case on the same database, since a process for each pull request would take minutes."""
    settings = read_settings({"DB_URL": collected.line.succeed("db", "url").out.strip()})
    with command_line_container(settings, MemoryTelemetry()) as container:
        yield container.resolve(ExplainPullRequest)


def explained(collected: World) -> list[ExplainedPullRequest]:
    """Return the explanation of every pull request that GitHub serves."""
    with use_case(collected) as explain:
        return [explain(name, pull["number"]) for name, pull in collected.served()]


def lines_of(one: ExplainedPullRequest) -> Iterator[tuple[str, ...]]:
    """Yield the lines that `report shares` has of an explained pull request."""
    fact = one.explanation.attribution.pull_request
    for entry in one.explanation.teams:
        if fact.author is not None and entry.rounded:
            weight = f"{entry.rounded.normalize():f}"
            rule = one.explanation.policy.rule.value
            yield entry.team, one.repository.full_name, str(fact.number), fact.author.login, weight, rule


@pytest.mark.parametrize("rule", ["created", "merged", "effort"])
def test_explained_shares_are_those_of_the_report(changeable: World, rule: str) -> None:
    """For every pull request and every rule, to the last digit; all add up to 1 and agree with what is stored."""
    changeable.line.given(ATTRIBUTION_RULE=rule).succeed("roster", "sync")
    everything = explained(changeable)
    lines = [line for one in everything for line in lines_of(one)]
    assert len(everything) == 250
    assert len(lines) > 100
    assert sorted(lines) == sorted(shares_of(changeable.line))
    assert {(one.explanation.total, one.is_as_stored) for one in everything} == {(Decimal(1), True)}


def test_counted_ones_add_up_to_the_velocity(collected: World) -> None:
    """What explanations say of weeks, added up by team and week, is the report."""
    sums: dict[tuple[str, str], Decimal] = {}
    for one in explained(collected):
        for entry in one.explanation.teams if one.explanation.counting.is_counted else ():
            key = entry.team, str(one.explanation.counting.week)
            sums[key] = sums.get(key, Decimal(0)) + entry.rounded
    rows = collected.line.succeed("report", "velocity", "--format", "csv").rows
    assert sums == {(row["team"], row["week"]): Decimal(row["weighted_prs_merged"]) for row in rows}


def test_command_says_what_the_use_case_says(collected: World) -> None:
    """In JSON for one that two teams share, a part-time author's and a bot's; letter case is of no account."""
    everything = explained(collected)
    chosen = (
        next(one for one in everything if len(one.explanation.teams) > 1),
        next(one for one in everything if one.explanation.teams and one.explanation.rests),
        next(one for one in everything if one.explanation.attribution.is_bot),
    )
    for one in chosen:
        name, number = one.repository.full_name, one.explanation.attribution.pull_request.number
        result = collected.line.succeed("explain", name.upper(), str(number), "--json")
        assert (result.out, result.err) == (f"{explanation_json(one)}\n", "")


def test_every_text_fits_80_columns(collected: World) -> None:
    """No line of any pull request's is wider, and every reason there is comes out."""
    everything = explained(collected)
    out = StringIO()
    for one in everything:
        print_explanation(one, Console(file=out, width=80, color_system=None))
    assert max(map(len, out.getvalue().splitlines())) <= 80
    reasons = {entry.reason for one in everything for entry in one.explanation.rests}
    assert reasons >= {RestReason.UNKNOWN_LOGIN, RestReason.PART_TIME, RestReason.GHOST}


def test_every_way_to_write_it_leads_to_the_same(collected: World) -> None:
    """Two arguments, one, and the web address; in any letter case."""
    name, pull = collected.served()[0]
    number = pull["number"]
    first = collected.line.succeed("explain", name, str(number)).out
    assert first.startswith(f"{name}#{number} ({'merged' if pull['merged_at'] else pull['state']})\n{pull['title']}\n")
    for words in ([f"{name.upper()}#{number}"], [f"https://github.com/{name}/pull/{number}"]):
        assert collected.line.succeed("explain", *words).out == first


def test_former_name_works(collected: World) -> None:
    """The name that a repository was collected under before a rename."""
    name, pull = collected.served()[0]
    with psycopg.connect(collected.line.succeed("db", "url").out.strip(), autocommit=True) as connection:
        connection.execute("UPDATE repositories SET known_as = known_as || '{old/name}' WHERE full_name = %s", [name])
    out = collected.line.succeed("explain", f"Old/Name#{pull['number']}").out
    assert out.startswith(f"{name}#{pull['number']} ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nobody/nothing", "1"], "repository: none is known as 'nobody/nothing'; collected are larkspur-labs/"),
        (["larkspur-labs/mobile-app", "1"], "pull request: #1 of larkspur-labs/mobile-app is not stored; the nearest"),
        (["larkspur-labs/mobile-app"], "'larkspur-labs/mobile-app' names no pull request; write OWNER/REPO NUMBER"),
        (["larkspur-labs/mobile-app", "0"], "'0' is not the number of a pull request"),
        (["larkspur-labs/mobile-app", "9" * 19], f"'{'9' * 19}' is not the number of a pull request"),
        (["larkspur-labs/mobile-app", "²"], "'²' is not the number of a pull request"),
        (["larkspur-labs/mobile-app#" + "9" * 5000], "' is not the number of a pull request"),
        (["mobile-app", "1"], "'mobile-app' is not of the form OWNER/REPO"),
        (["a/b\x1b[2J", "1"], r"'a/b\x1b[2J' is not of the form OWNER/REPO"),
        ([], "Missing argument 'OWNER/REPO'"),
    ],
)
def test_what_is_not_known_is_refused_with_a_hint(collected: World, words: list[str], message: str) -> None:
    """Exit code 2, nothing on standard output, and what to type instead."""
    result = collected.line.run("explain", *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert "\x1b" not in result.err
    assert "Traceback" not in result.err


def test_foreign_title_does_nothing_to_the_terminal(collected: World) -> None:
    """What GitHub lets people write into a title is shown and never obeyed."""
    name, pull = collected.served()[0]
    url = collected.line.succeed("db", "url").out.strip()
    with psycopg.connect(url, autocommit=True) as connection:
        statement = (
            "UPDATE pull_requests SET title = %s FROM repositories"
            " WHERE repositories.id = repository_id AND full_name = %s AND number = %s"
        )
        try:
            connection.execute(statement, ["a\x1b]0;owned\x07b\u202ec[bold]", name, pull["number"]])
            line = collected.line.given(TERM="dumb")
            written = on_terminal(line, 80, "explain", name, str(pull["number"]))
            document = collected.line.succeed("explain", name, str(pull["number"]), "--json").out
        finally:
            connection.execute(statement, [pull["title"], name, pull["number"]])
    assert r"a\x1b]0;owned\x07b\u202ec[bold]" in written.splitlines()
    assert "\x1b" not in written
    assert r'"title": "a\u001b]0;owned\u0007b\u202ec[bold]"' in document
    assert json.loads(document)["title"] == "a\x1b]0;owned\x07b\u202ec[bold]"


def test_stored_shares_that_are_wrong_raise_the_alarm(collected: World) -> None:
    """Somebody changed a weight behind our back: exit code 1, a message, and both shares side by side."""
    shares = shares_of(collected.line)
    team, name, number, *_ = min(line for line in shares if line[4] == "1")
    url = collected.line.succeed("db", "url").out.strip()
    statement = "UPDATE pr_metrics SET weight = %s WHERE repository = %s AND pr_number = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            connection.execute(statement, [Decimal("0.25"), name, number])
            text, document = (collected.line.run("explain", name, number, *more) for more in ([], ["--json"]))
        finally:
            connection.execute(statement, [Decimal(1), name, number])
    assert (text.code, document.code) == (1, 1)
    assert text.err == "failed: the stored shares are not those that roster and rule give; please report this\n"
    assert "SOMETHING ELSE, by rule" in text.out
    assert f": {team} 0.25\n" in "".join(f"{line.rstrip()}\n" for line in text.out.splitlines())
    assert not document.json["is_as_stored"]
    assert document.json["shares"][0]["weight"] == "1"
    assert collected.line.succeed("explain", name, number, "--json").json["is_as_stored"]
