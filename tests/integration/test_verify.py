"""`github-tracker verify` on PostgreSQL: a collected database is sound, and what plain SQL breaks is found."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.integration.collected_world import World, world

WITHOUT_CONSTRAINTS = "SET session_replication_role = replica"
"""Foreign keys and triggers rest, as in a restore that went wrong."""

BREAKS = {
    "unattributed_fact": "DELETE FROM pr_unattributed; DELETE FROM pr_metrics",
    "not_conserved": "UPDATE pr_metrics SET weight = 0.123456 WHERE pr_number % 5 = 0",
    "stale": "UPDATE pr_metrics SET team_id = (SELECT max(id) FROM teams) WHERE team_id = (SELECT min(id) FROM teams)"
    " AND (repository, pr_number) NOT IN (SELECT repository, pr_number FROM pr_metrics GROUP BY 1, 2"
    " HAVING count(*) > 1)",
    "orphan": "DELETE FROM pull_requests WHERE number % 5 = 0",
    "copy_differs": "UPDATE pr_metrics SET repository = 'acme/else', title = 'else', is_bot = NOT is_bot"
    " WHERE pr_number % 5 = 0",
    "state_missing": "DELETE FROM collection_state",
    "rollup_differs": "UPDATE rolled_up_team_weeks SET prs_merged = prs_merged + 1",
    "view_differs": "UPDATE pull_requests SET merged_at = created_at WHERE merged_at IS NOT NULL",
}


@pytest.fixture(scope="module")
def collected() -> Iterator[World]:
    """A small organisation that is collected."""
    with world() as made:
        made.line.succeed("collect")
        yield made


@pytest.fixture
def address(collected: World) -> Iterator[str]:
    """A copy of its database, to be broken."""
    real = collected.line.succeed("db", "url").out.strip()
    copy = real.replace("/github_tracker?", "/broken?")
    with psycopg.connect(real.replace("/github_tracker?", "/postgres?"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE broken TEMPLATE github_tracker")
        yield copy
        connection.execute("DROP DATABASE broken WITH (FORCE)")


def test_collected_database_is_sound(collected: World) -> None:
    """In words and as JSON, with exit code 0."""
    result = collected.line.succeed("verify")
    assert "Sound: everything adds up and follows from the facts and the roster.\n" in result.out
    told = collected.line.succeed("verify", "--json").json
    assert (told["is_sound"], told["findings"], told["counts"]) == (True, [], {})
    assert told["facts"] == len(collected.served())
    assert (len(told["weeks"]), len(told["months"])) == (25, 3)


@pytest.mark.parametrize("kind", BREAKS)
def test_what_is_broken_is_found(collected: World, address: str, kind: str) -> None:
    """With exit code 3, and the name of what is off."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(WITHOUT_CONSTRAINTS)
        connection.execute(BREAKS[kind])
    result = collected.line.given(DB_URL=address).run("verify")
    assert result.code == 3, result
    assert any(line.startswith(f"{kind}: ") for line in result.out.splitlines()), result.out
    assert "Not sound: " in result.out
    assert collected.line.given(DB_URL=address).run("verify", "--json").json["counts"][kind] > 0


def test_figures_can_be_made_ready_anew(collected: World, address: str) -> None:
    """After collecting nothing is left to do; --all makes up for what was spoilt behind everybody's back."""
    line = collected.line.given(DB_URL=address)
    assert line.succeed("db", "refresh").out == "Nothing to do.\n"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("UPDATE rolled_up_team_months SET prs_timed = prs_timed + 1")
    assert line.run("verify", "--json").json["counts"]["rollup_differs"] > 0
    assert line.succeed("db", "refresh", "--all").out.endswith(" figures made ready.\n")
    assert line.succeed("verify", "--json").json["is_sound"]
