"""`python -m tests.torture`: the whole of it, with a table of what went wrong at the end."""

import sys
from time import monotonic

import click
from rich.console import Console

from tests.torture.plan import Plan, carry_out, new_seed

_WIDTH = 180


@click.command()
@click.option("--seed", type=int, default=None, help="Repeats what was drawn; when things happen differs each time.")
@click.option("--kills", type=click.IntRange(0), default=Plan(0).kills, show_default=True)
@click.option("--terminations", type=click.IntRange(0), default=Plan(0).terminations, show_default=True)
@click.option("--restarts", type=click.IntRange(0), default=Plan(0).restarts, show_default=True)
@click.option("--pairs", type=click.IntRange(0), default=Plan(0).pairs, show_default=True)
@click.option("--faults", type=click.IntRange(0), default=Plan(0).faults, show_default=True, help="Kinds x positions.")
def main(seed: int | None, kills: int, terminations: int, restarts: int, pairs: int, faults: int) -> None:
    """Torture the program and audit what is left; exit code 1 if anything went wrong."""
    out = Console(width=_WIDTH)
    plan = Plan(new_seed() if seed is None else seed, kills, terminations, restarts, pairs, faults)
    out.print(f"seed {plan.seed}", highlight=False)
    began = monotonic()
    tally = carry_out(plan, lambda text: out.print(f"{monotonic() - began:6.0f} s  {text}", highlight=False))
    tally.print(out)
    out.print(f"{monotonic() - began:.0f} s, seed {plan.seed}", highlight=False)
    sys.exit(0 if tally.is_clean else 1)


if __name__ == "__main__":
    main()
