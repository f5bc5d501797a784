"""`github-tracker simulate`: a scenario file in memory, in virtual time."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from github_tracker.domain.run_report import Outcome, RunOutcome, RunReport
from github_tracker.entrypoints.bad_input import BadInputError
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.overview import print_overview
from github_tracker.entrypoints.cli.progress import repository_line
from github_tracker.entrypoints.cli.report_rendering import lead_time_sheet, sheet_document, velocity_sheet
from github_tracker.entrypoints.cli.run_ending import EXIT_CODES, run_json
from github_tracker.entrypoints.cli.wording import count_of
from github_tracker.entrypoints.document_text import read_text

if TYPE_CHECKING:
    from github_tracker.entrypoints.simulation import SimulationResult

_MOST_INCIDENTS = 20

_EXAMPLES = """\b
Examples:
  github-tracker simulate scenario.toml
  github-tracker simulate scenario.toml --seed 2 --json > figures.json"""


@click.command("simulate", epilog=_EXAMPLES)
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Default: the file's own.")
@click.option("--json", "is_json", is_flag=True, help="Write everything as JSON, weights exactly.")
def command(scenario: Path, seed: int | None, is_json: bool) -> int:
    """Run a scenario file in memory, in virtual time, and show its figures.

    Needs neither network nor database, and touches none. The same file and seed give the same figures. The exit code
    is that of the last run, which comes at the end of the scenario's last day.
    """
    from github_tracker.entrypoints.simulation import parse_scenario, run_scenario  # noqa: PLC0415  # not for --help

    text, form = read_text(scenario)
    try:
        plan = parse_scenario(text, form)
    except BadInputError as exc:
        raise BadInputError(exc.faults_within(str(scenario)), exc.hints) from None
    result = run_scenario(plan, seed)
    if is_json:
        click.echo(_document(result))
    else:
        out = console()
        _introduce(result, out)
        _print_runs(result, out)
        print_overview(result.velocity, result.lead_time, out)
        _print_truth(result, out)
    return EXIT_CODES[result.runs[-1].outcome]


def _introduce(result: "SimulationResult", out: Console) -> None:
    truth = result.truth
    out.print(
        f"{count_of(len(truth.pull_requests), 'pull request')} in {count_of(len(truth.repositories), 'repository')}, "
        f"{count_of(len(truth.roster.teams), 'team')} and {count_of(len(truth.roster.people), 'person')} on the "
        f"roster, seed {result.seed}.",
        highlight=False,
    )


def _print_runs(result: "SimulationResult", out: Console) -> None:
    """Print one line for all runs, and one for each repository that did not get through in one of them."""
    runs = result.runs
    counts = {outcome: sum(run.outcome is outcome for run in runs) for outcome in RunOutcome}
    parts = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    requests = sum(run.requests for run in runs)
    out.print(f"{count_of(len(runs), 'run')}: {parts}; {count_of(requests, 'request')} to GitHub.", highlight=False)
    lines = [line for number, run in enumerate(runs, 1) for line in _incidents(number, run)]
    for line in lines[:_MOST_INCIDENTS]:
        out.print(line, markup=False, highlight=False)
    if len(lines) > _MOST_INCIDENTS:
        out.print(f"  and {len(lines) - _MOST_INCIDENTS} more; --json has all of them", highlight=False)


def _incidents(number: int, run: RunReport) -> list[str]:
    entries = run.with_outcome(Outcome.FAILED, Outcome.DEFERRED)
    return [f"  run {number}, {run.started_at:%Y-%m-%d %H:%M}: {repository_line(entry)}" for entry in entries]


def _print_truth(result: "SimulationResult", out: Console) -> None:
    missing = len(result.missing)
    text = (
        f"The store lacks {count_of(missing, 'pull request')} or holds them otherwise than they are."
        if missing
        else "The store holds every pull request as it is."
    )
    out.print(text, highlight=False)


def _document(result: "SimulationResult") -> str:
    conservation = result.conservation
    document = {
        "seed": result.seed,
        "digest": result.digest,
        "pull_requests": len(result.truth.pull_requests),
        "missing": len(result.missing),
        "conservation": {
            "earned": str(conservation.earned),
            "lost": str(conservation.lost),
            "merged": conservation.merged,
            "holds": conservation.holds,
        },
        "velocity": sheet_document(velocity_sheet(result.velocity)),
        "lead_time": sheet_document(lead_time_sheet(result.lead_time)),
        "shares": [
            {"team": line.team, "repository": line.repository, "number": line.number, "weight": str(line.weight)}
            for line in result.shares
        ],
        "runs": [json.loads(run_json(run)) for run in result.runs],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
