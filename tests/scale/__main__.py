"""`python -m tests.scale`: thousands of repositories and a hundred workers, and the table of what came of them."""

import sys
from time import monotonic

import click
from attrs import evolve
from rich.console import Console

from tests.scale.figures import RoundFigures, clock_text, print_table
from tests.scale.simulated_github import GitHubLimits
from tests.scale.world import ScalePlan, ScaleWorld

_WIDTH = 180


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="Repeats everything.")
@click.option("--repositories", type=click.IntRange(1), default=ScalePlan().repositories, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=ScalePlan().workers, show_default=True)
def main(seed: int, repositories: int, workers: int) -> None:
    """Simulate rounds over many repositories; exit code 1 if a limit was broken or a repository is not whole."""
    out = Console(width=_WIDTH)
    began = monotonic()
    plan = ScalePlan(repositories, workers, seed)
    rounds: list[RoundFigures] = []

    def do(world: ScaleWorld, name: str) -> None:
        rounds.append(world.round(name))
        figures = rounds[-1]
        out.print(f"{monotonic() - began:6.0f} s  {name}: {clock_text(figures.duration)}", highlight=False)

    out.print(f"seed {seed}, {repositories:,} repositories, {workers} workers", highlight=False)
    world = ScaleWorld(plan)
    do(world, "first walk")
    do(world, "first increment")
    do(world, "unchanged")
    do(ScaleWorld(evolve(plan, limits=GitHubLimits(per_hour=15_000))), "15,000 an hour")
    do(ScaleWorld(evolve(plan, workers=8)), "8 workers")
    do(ScaleWorld(evolve(plan, kill_share=0.01)), "workers killed")
    # A fifth of the repositories is enough to see it: refused requests multiply, and it would take days.
    do(ScaleWorld(evolve(plan, repositories=-(-repositories // 5), is_budgeted=False)), "no budget")
    print_table(rounds, out)
    *kept, unbudgeted = rounds
    is_well = not any(figures.violated or figures.incomplete for figures in kept) and unbudgeted.violated
    out.print(f"{monotonic() - began:.0f} s, seed {seed}", highlight=False)
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
