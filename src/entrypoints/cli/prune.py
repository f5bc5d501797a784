"""`github-tracker prune`: remove pull requests that ended long ago, and keep them away."""

import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING

import click
from attrs import asdict

from github_tracker.application.prune import PruneStore, PruningPlan
from github_tracker.domain.instants import start_of_day
from github_tracker.domain.retention import Age, AgeUnit
from github_tracker.entrypoints.cli.consoles import console
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import count_of, harmless, moment
from github_tracker.entrypoints.refreshing import refresh_figures
from github_tracker.ports.retention import RepositoryLoss

if TYPE_CHECKING:
    from rich.console import Console

_REPOSITORY_COLUMNS = (
    Column("repository"),
    Column("pull requests", is_figure=True),
    Column("shares", is_figure=True),
    Column("rests", is_figure=True, least_needed=1),
)
_MONTH_COLUMNS = (
    Column("team"),
    Column("month"),
    Column("PRs lost", is_figure=True),
    Column("PRs kept", is_figure=True),
)

_EXAMPLES = """\b
Examples:
  github-tracker prune --older-than 3y --dry-run
  github-tracker prune --older-than 2024-01-01 --yes
  github-tracker prune --reset"""


def _limit(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Age | date | None:
    if text is None:
        return None
    if found := re.fullmatch(r"([1-9][0-9]{0,5})([dwmy])", text):
        return Age(int(found[1]), AgeUnit(found[2]))
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise click.BadParameter(f"found {text!r}, wanted an age such as 90d, 26w, 18m or 3y, or a day such as 2024-01-01.")


@click.command("prune", epilog=_EXAMPLES, short_help="Remove pull requests that ended long ago, and keep them away.")
@click.option("--older-than", "limit", metavar="AGE", callback=_limit, help="Such as 90d, 26w, 18m, 3y, or a day.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask.")
@click.option("--reset", "is_reset", is_flag=True, help="Take the retention floor back, or away without --older-than.")
@click.option("--json", "is_json", is_flag=True, help="Print everything as JSON; nothing is asked, so it needs --yes.")
@click.pass_obj
def command(
    is_demo: bool, limit: Age | date | None, is_dry_run: bool, is_confirmed: bool, is_reset: bool, is_json: bool
) -> None:
    """Remove pull requests that merged, or were closed without merging, before an age or a day (00:00 UTC).

    Open ones are never removed. Shares and rests go with their pull requests, and figures of months before are lost,
    also those --as-known-at an earlier instant. The day is remembered as the retention floor: what is older is not
    stored when it is collected again, and the floor only goes forward unless --reset is given. After that,
    `github-tracker collect --full` brings back what GitHub still has.
    """
    if limit is None and not is_reset:
        raise click.UsageError("Say what to remove by --older-than, or --reset to keep everything from now on.")
    if is_json and not (is_dry_run or is_confirmed):
        raise click.UsageError("--json asks nothing: give --dry-run or --yes with it.")
    with container_for(is_demo, settings_for(is_demo)) as container:
        prune: PruneStore = container.resolve(PruneStore)
        answer = _Answer(prune, is_dry_run, is_confirmed, is_json)
        if limit is None:
            answer.keep_everything()
            return
        floor = prune.floor_at(limit) if isinstance(limit, Age) else start_of_day(limit)
        if answer.prune_to(prune.plan_anew(floor) if is_reset else prune.plan(floor), floor):
            refresh_figures(container)


class _Answer:
    """Does what was asked for, as far as it is wanted, and says so."""

    def __init__(self, prune: PruneStore, is_dry_run: bool, is_confirmed: bool, is_json: bool) -> None:
        self._prune = prune
        self._is_dry_run = is_dry_run
        self._is_confirmed = is_confirmed
        self._is_json = is_json

    def keep_everything(self) -> None:
        """Take the floor away."""
        before = self._prune.floor()
        is_done = before is not None and self._is_wanted("Keep everything from now on?")
        if is_done:
            self._prune.keep_everything()
        if self._is_json:
            click.echo(json.dumps({"floor_before": before and before.isoformat(), "floor": None, "is_done": is_done}))
        elif before is None:
            click.echo("There is no retention floor: everything is kept.")
        elif is_done:
            click.echo("Everything is kept from now on; `github-tracker collect --full` brings back what was removed.")
        else:
            click.echo(f"The retention floor is {moment(before)}. Nothing was changed.")

    def prune_to(self, plan: PruningPlan, asked: datetime) -> bool:
        """Show the plan, ask, and prune; return whether that was done."""
        if not self._is_json:
            print_plan(plan, asked, console())
        is_done = self._is_wanted("This cannot be undone here. Remove them?")
        removed = self._prune(plan) if is_done else ()
        if self._is_json:
            click.echo(json.dumps(_fields(plan, removed, is_done), default=str, indent=2))
        elif is_done:
            click.echo(f"Removed {_sum(removed)}. The retention floor is {moment(plan.floor)}.")
        else:
            click.echo("Nothing was changed.")
        return is_done

    def _is_wanted(self, question: str) -> bool:
        return not self._is_dry_run and (self._is_confirmed or click.confirm(question))


def print_plan(plan: PruningPlan, asked: datetime, out: "Console") -> None:
    """Print what each repository and which team's months lose, and one line for the whole."""
    losses = plan.losses
    if losses.repositories:
        rows = [
            (harmless(loss.repository.full_name), str(loss.facts), str(loss.shares), str(loss.rests))
            for loss in losses.repositories
        ]
        print_columns(out, _REPOSITORY_COLUMNS, rows)
    if losses.months:
        out.print()
        lost = [
            (harmless(one.team), f"{one.month:%Y-%m}", str(one.prs_lost), str(one.prs_kept)) for one in losses.months
        ]
        print_columns(out, _MONTH_COLUMNS, lost)
        out.print()
    lines = [f"Ended before {moment(plan.floor)}: {_sum(losses.repositories)}."]
    if plan.is_held_back and asked < plan.floor:
        lines.append(f"The retention floor is there already and does not go back to {moment(asked)} without --reset.")
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _sum(losses: tuple[RepositoryLoss, ...]) -> str:
    facts = count_of(sum(loss.facts for loss in losses), "pull request")
    shares = count_of(sum(loss.shares for loss in losses), "share")
    return f"{facts} with {shares} and {count_of(sum(loss.rests for loss in losses), 'rest')}"


def _fields(plan: PruningPlan, removed: tuple[RepositoryLoss, ...], is_done: bool) -> dict[str, object]:
    return {
        "floor_before": plan.floor_before and plan.floor_before.isoformat(),
        "floor": plan.floor.isoformat(),
        "is_done": is_done,
        "repositories": [asdict(loss) for loss in plan.losses.repositories],
        "months": [asdict(loss) for loss in plan.losses.months],
        "removed": [asdict(loss) for loss in removed],
    }
