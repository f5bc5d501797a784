"""How an explanation looks on a terminal of 80 columns: the answer first, then why, then where it counts."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from rich.console import Console
from rich.table import Table
from rich.text import Text

from github_tracker.application.explain import ExplainedPullRequest
from github_tracker.domain.attribution import Stretch
from github_tracker.domain.explanation import Explanation
from github_tracker.entrypoints import explanation_wording as wording
from github_tracker.entrypoints.cli.table import Column, print_columns
from github_tracker.entrypoints.cli.wording import exact, harmless

_PLACES = 9
"""Of a sum before rounding that does not come out even."""


def print_explanation(explained: ExplainedPullRequest, console: Console) -> None:
    """Print it in sections, the first of which says all that most readers want."""
    explanation = explained.explanation
    _print_title(explained, console)
    _print_section(console, "Who earns it")
    _print_sums(explanation, console)
    _print_section(console, "Why")
    _print_pairs(console, _reasons(explanation))
    _print_memberships(explanation, console)
    _print_stretches(explanation, console)
    _print_section(console, "Where it counts")
    _print_pairs(console, _counting(explanation))
    _print_section(console, "What it rests on")
    _print_pairs(console, _basis(explained))


def _print_title(explained: ExplainedPullRequest, console: Console) -> None:
    fact = explained.explanation.attribution.pull_request
    name = f"{harmless(explained.repository.full_name)}#{fact.number}"
    console.print(Text(name, style="bold"), Text(f"({fact.state}{', draft' if fact.is_draft else ''})"))
    if fact.title:
        # On a line of its own: letters written from right to left cannot change the order of anything else.
        _print_line(console, harmless(fact.title))
    times = [("opened", f"{wording.clock_time(fact.created_at)} by {wording.author_of(fact)}")]
    if fact.merged_at is not None:
        later = (
            f", after {wording.elapsed(fact.cycle_time)}" if fact.cycle_time is not None else ", before it was opened"
        )
        times.append(("merged", wording.clock_time(fact.merged_at) + later))
    elif fact.closed_at is not None:
        times.append(("closed", f"{wording.clock_time(fact.closed_at)}, without merging"))
    _print_pairs(console, times)


def _print_sums(explanation: Explanation, console: Console) -> None:
    """Show what was before rounding only where rounding did something."""
    rows = [(entry.team, entry.exact, entry.rounded, "") for entry in explanation.teams]
    rows += [
        (
            "no team",
            entry.exact,
            entry.rounded,
            f"{wording.REASONS[entry.reason]}: {wording.why_left_over(explanation, entry.reason)}",
        )
        for entry in explanation.rests
    ]
    rows.append(("sum", explanation.exact_total, explanation.total, wording.sum_note(explanation)))
    is_rounded = any(before != after for _, before, after, _ in rows)
    table = _grid("left", "right", *(["right"] if is_rounded else []), "left")
    if is_rounded:
        table.add_row("", Text("share"), Text("before rounding"), "")
    for who, before, after, note in rows:
        cells = [who, exact(after), *([exact_or_cut(before)] if is_rounded else []), note]
        table.add_row(*map(Text, cells))
    console.print(table)


def _print_memberships(explanation: Explanation, console: Console) -> None:
    if not explanation.memberships:
        return
    is_instant = explanation.time.is_instant
    columns = [
        Column("team"),
        Column("login", least_needed=2),
        Column("weight", is_figure=True),
        Column("joined"),
        Column("left"),
        Column("held then" if is_instant else "held"),
        Column("earns", is_figure=True, least_needed=1),
    ]
    rows = [
        (
            entry.membership.team,
            entry.membership.login,
            exact(entry.membership.weight),
            wording.moment_or(entry.membership.joined_at, "since ever"),
            wording.moment_or(entry.membership.left_at, "-"),
            wording.standing_of(entry),
            exact_or_cut(entry.earned),
        )
        for entry in explanation.memberships
    ]
    console.print()
    if left_out := print_columns(console, columns, rows):
        _print_line(console, f"Left out, for the terminal is narrow: {', '.join(left_out)}.")


def _print_stretches(explanation: Explanation, console: Console) -> None:
    if len(explanation.stretches) < 2:
        return
    columns = (Column("from"), Column("to"), Column("part", True), Column("teams"), Column("no team", True), Column(""))
    _print_line(console, "\nThat time, piece by piece (each weight counts by its part):")
    print_columns(console, columns, [_stretch_row(stretch) for stretch in explanation.stretches])


def _stretch_row(stretch: Stretch) -> tuple[str, ...]:
    segment = stretch.segment
    return (
        wording.clock_time(stretch.starts_at).removesuffix(" UTC"),
        wording.clock_time(stretch.ends_at).removesuffix(" UTC"),
        wording.percent(stretch.part),
        ", ".join(f"{held.team} {exact(held.weight)}" for held in segment.memberships) or "-",
        exact(segment.rest),
        wording.REASONS[segment.rest_reason] if segment.rest else "",
    )


def _reasons(explanation: Explanation) -> list[tuple[str, str]]:
    return [
        ("rule", wording.rule_of(explanation)),
        ("decided", wording.decided_at(explanation)),
        ("author", wording.found_by(explanation)),
    ]


def _counting(explanation: Explanation) -> list[tuple[str, str]]:
    return [("velocity", wording.in_velocity(explanation)), ("lead time", wording.in_lead_time(explanation))]


def _basis(explained: ExplainedPullRequest) -> list[tuple[str, str]]:
    explanation = explained.explanation
    return [
        ("roster", f"version {explained.roster_version}, in force now"),
        ("facts", f"read from GitHub {wording.clock_time(explanation.attribution.pull_request.observed_at)}"),
        ("time zone", f"{explanation.policy.time_zone}, of weeks and months"),
        ("stored", wording.stored_note(explained)),
    ]


def exact_or_cut(amount: Fraction) -> str:
    """Write an exact amount; one without end, or too long, is cut and says so.

    >>> exact_or_cut(Fraction(1, 4)), exact_or_cut(Fraction(1, 3)), exact_or_cut(Fraction(1))
    ('0.25', '0.333333333…', '1')
    """
    units = amount * 10**_PLACES
    cut = exact(Decimal(units.numerator // units.denominator).scaleb(-_PLACES))
    if units.denominator == 1:
        return cut
    whole, _, places = cut.partition(".")
    return f"{whole}.{places.ljust(_PLACES, '0')}…"


def _print_section(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style="bold"))


def _print_pairs(console: Console, pairs: Iterable[tuple[str, str]]) -> None:
    table = _grid("left", "left")
    for label, text in pairs:
        table.add_row(Text(label), Text(text))
    console.print(table)


def _grid(*justified: str) -> Table:
    """Return a table without headings; only its last column is folded."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for place, side in enumerate(justified, start=1):
        table.add_column(
            justify="right" if side == "right" else "left", no_wrap=place < len(justified), overflow="fold"
        )
    return table


def _print_line(console: Console, line: str) -> None:
    console.print(Text(line))
