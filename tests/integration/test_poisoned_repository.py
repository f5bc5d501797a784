"""One repository of ten that cannot be read, through the real command line: the other nine do not notice."""

from github_tracker.adapters.system import SystemClock
from github_tracker.domain.pull_request import Repository
from tests.contracts.github_source import fact
from tests.integration.canaries import TOKEN
from tests.integration.command_line import command_line
from tests.scripted_github import ScriptedGitHub

REPOSITORIES = tuple(Repository(number, f"acme/r{number}", "main") for number in range(1, 11))
POISONED = REPOSITORIES[4]


def test_poisoned_repository_is_told_and_nine_are_complete() -> None:
    """Exit code 3, and one line on each channel says which and why, without a traceback and without the token."""
    with ScriptedGitHub(SystemClock()) as github:
        for repository in REPOSITORIES:
            github.put_repository(repository)
            github.put(*(fact(number, repository.id) for number in (1, 2, 3)))
        github.patch(fact(2, POISONED.id), lambda entry: entry.update(created_at="yesterday"))
        names = ",".join(repository.full_name for repository in REPOSITORIES)
        with command_line(GITHUB_PAT=TOKEN, GITHUB_API_URL=github.url, REPOSITORIES=names, LOG_LEVEL="DEBUG") as plain:
            (plain.folder / "teams.json").write_text('{"teams": [{"name": "A", "members": [{"username": "alice"}]}]}')
            line = plain.given(TEAM_CONFIG_FILE="teams.json")
            line.succeed("db", "url")
            poisoned = line.run("collect")
            assert poisoned.code == 3, poisoned
            for told in (poisoned.out, poisoned.err):
                (why,) = (text for text in told.splitlines() if text.startswith(f"{POISONED.full_name}: "))
                assert why.startswith("acme/r5: failed (malformed): acme/r5: the answer is not a list of pull requests")
                assert "created_at" in why
                assert "Traceback" not in told
                assert TOKEN not in told
            assert "Run partial: 9 complete, 1 failed; 27 of 27 pull requests new or changed" in poisoned.out
            shares = line.succeed("report", "shares", "--format", "csv").rows
            assert {row["repository"] for row in shares} == set(names.split(",")) - {POISONED.full_name}
            github.patch(fact(2, POISONED.id), lambda _entry: None)
            assert "Run complete: 1 complete, 9 unchanged" in line.succeed("collect").out
            assert len(line.succeed("report", "shares", "--format", "csv").rows) == 30
