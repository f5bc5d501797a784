"""The sentences of an explanation: what decided, what was left over and why, and where it counts."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from github_tracker.application.explain import ExplainedPullRequest
from github_tracker.domain.explanation import (
    ConsideredMembership,
    Exclusion,
    Explanation,
    FoundBy,
    Standing,
    TimeBasis,
)
from github_tracker.domain.person import RestReason, Segment
from github_tracker.domain.pull_request import PullRequest, PullRequestState
from github_tracker.entrypoints.wording import count_of, exact, harmless, moment

REASONS = {
    RestReason.UNKNOWN_LOGIN: "not on the roster",
    RestReason.JOINED_LATER: "joined later",
    RestReason.LEFT_BEFORE: "left before",
    RestReason.ZERO_WEIGHT: "zero weight",
    RestReason.PART_TIME: "part time",
    RestReason.GHOST: "author gone",
}

_RULES = {
    TimeBasis.CREATED: "the author's teams at the time of opening earn it",
    TimeBasis.MERGED: "the author's teams at the time of merging earn it",
    TimeBasis.EFFORT: "the author's teams between opening and merging earn it, each by its part of that time",
    TimeBasis.NOT_MERGED: "it has not merged, so the author's teams at the time of opening earn it",
    TimeBasis.NO_TIME_BETWEEN: "no time lies between opening and merging, so the author's teams at the time of "
    "opening earn it",
}


def author_of(pull_request: PullRequest) -> str:
    """Return the author's login."""
    author = pull_request.author
    return "an unknown author" if author is None else harmless(author.login)


def rule_of(explanation: Explanation) -> str:
    """Say which rule is in force and what it means here."""
    return f"{explanation.policy.rule}: {_RULES[explanation.time.basis]}"


def decided_at(explanation: Explanation) -> str:
    """Say which instant or time decided."""
    time = explanation.time
    if time.is_instant:
        return clock_time(time.starts_at)
    return f"{clock_time(time.starts_at)} to {clock_time(time.ends_at)}"


def found_by(explanation: Explanation) -> str:
    """Say by what the author was found on the roster, or that nobody was."""
    finding, author = explanation.finding, explanation.attribution.pull_request.author
    if author is None or author.is_ghost:
        return "no longer named by GitHub"
    who = harmless(author.login)
    if finding.found_by is None or finding.entry is None:
        return f"{who}, not found on the roster"
    username = finding.entry.login
    match finding.found_by:
        case FoundBy.GITHUB_ID:
            is_renamed = author.login_key not in finding.entry.login_keys
            return f"{who}, found on the roster by github_id {author.id}" + (f", as {username}" if is_renamed else "")
        case FoundBy.ALIAS:
            return f"{who}, found on the roster as an alias of {username}"
        case FoundBy.LOGIN:
            return f"{who}, found on the roster by login"


def why_left_over(explanation: Explanation, reason: RestReason) -> str:
    """Say in a sentence why a part belongs to no team."""
    who = author_of(explanation.attribution.pull_request)
    if reason is RestReason.GHOST:
        return "GitHub no longer says who opened it"
    if reason is RestReason.UNKNOWN_LOGIN:
        return _why_unknown(explanation, who)
    segments = [stretch.segment for stretch in explanation.stretches if stretch.segment.rest_reason is reason]
    return _why_in([segment for segment in segments if segment.rest], explanation.memberships, who, reason)


def _why_unknown(explanation: Explanation, who: str) -> str:
    author, namesake = explanation.attribution.pull_request.author, explanation.finding.namesake
    if author is not None and namesake is not None:
        return f"the roster's {who} is another account; this one has github_id {author.id}"
    return f"{who} is {'a bot and ' if explanation.attribution.is_bot else ''}in no team's list"


def _why_in(segments: list[Segment], entries: tuple[ConsideredMembership, ...], who: str, reason: RestReason) -> str:
    """Tell the first of the times with this reason; the piece-by-piece table shows all."""
    first = segments[0]
    match reason:
        case RestReason.JOINED_LATER:
            teams = _teams(entry.membership.team for entry in entries if entry.membership.joined_at == first.ends_at)
            return f"{who} joined a first team, {teams}, only on {moment_or(first.ends_at, '-')}"
        case RestReason.LEFT_BEFORE:
            teams = _teams(entry.membership.team for entry in entries if entry.membership.left_at == first.starts_at)
            back = "" if first.ends_at is None else f" until {moment(first.ends_at)}"
            return f"{who} had left {teams} on {moment_or(first.starts_at, '-')} and was in no team{back}"
        case RestReason.ZERO_WEIGHT:
            teams = _teams(held.team for held in first.memberships)
            return f"{who} was in {teams} with weight 0, which earns nothing"
        case _:
            sums = {exact(segment.allocated) for segment in segments}
            total = sums.pop() if len(sums) == 1 else "less than 1"
            return f"{who}'s weights add up to {total}" + ("" if total == "less than 1" else ", not to 1")


def in_velocity(explanation: Explanation) -> str:
    """Say whether and where it counts in velocity."""
    if (week := explanation.counting.week) is None:
        return f"not counted: {_why_not_counted(explanation)}"
    parts = [f"{exact(entry.rounded)} for {entry.team}" for entry in explanation.teams if entry.rounded]
    left = sum(entry.rounded for entry in explanation.rests)
    parts += [f"{exact(left)} for no team (see `report unattributed`)"] if left else []
    return f"week of Monday {week}: {', '.join(parts)}"


def in_lead_time(explanation: Explanation) -> str:
    """Say whether and where it counts in lead time."""
    month, seconds = explanation.counting.month, explanation.attribution.pull_request.cycle_time_seconds
    if month is None:
        return "not counted, for the same reason"
    teams = [entry.team for entry in explanation.teams if entry.rounded]
    if not teams:
        return "not counted: no team earned anything of it"
    if seconds is None:
        return f"{month:%B %Y}, but without hours: by GitHub's times it was merged before it was opened"
    return f"{month:%B %Y}: {seconds / 3600:.1f} hours from opening to merging, for {_listed(teams)}"


def standing_of(entry: ConsideredMembership) -> str:
    """Say whether a membership held."""
    match entry.standing:
        case Standing.HELD:
            return "yes"
        case Standing.HELD_PARTLY:
            return percent(entry.held)
        case Standing.NOT_YET:
            return "no, later"
        case Standing.ENDED:
            return "no, ended"


def sum_note(explanation: Explanation) -> str:
    """Say that nothing is lost or counted twice, or that more than the whole was allowed."""
    if explanation.total == 1:
        return "shares and rest together: nothing is lost, nothing counted twice"
    return "shares and rest together: more than 1, which this roster allows (over_allocation)"


def stored_note(explained: ExplainedPullRequest) -> str:
    """Say whether what is stored is what has been explained."""
    if explained.is_as_stored:
        return "exactly these shares"
    stored = explained.stored
    parts = [f"{share.team} {exact(share.weight)}" for share in stored.shares]
    parts += [f"no team {exact(rest.weight)} ({REASONS[rest.reason]})" for rest in stored.rest]
    bot = ", as a bot's" if stored.is_bot else ""
    return f"SOMETHING ELSE, by rule {stored.rule}{bot}: {', '.join(parts) or 'nothing at all'}"


def clock_time(instant: datetime) -> str:
    """Write an instant with its time of day, in UTC."""
    return f"{instant.replace(tzinfo=None)} UTC"


def moment_or(instant: datetime | None, otherwise: str) -> str:
    """Write an instant of the roster, or something else for none."""
    return otherwise if instant is None else moment(instant)


def elapsed(time: timedelta) -> str:
    """Write a length of time by its two greatest units.

    >>> elapsed(timedelta(days=2, hours=1, minutes=59)), elapsed(timedelta(seconds=59))
    ('2 days 1 hour', '59 seconds')
    """
    minutes, seconds = divmod(time.days * 86_400 + time.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = ((days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    first = next((place for place, (count, _) in enumerate(units) if count), len(units) - 1)
    return " ".join(count_of(count, unit) for count, unit in units[first : first + 2] if count or unit == "second")


def percent(part: Fraction) -> str:
    """Write a part of the whole; one that is not all is never shown as all, and one above nothing not as nothing.

    >>> percent(Fraction(1, 3)), percent(Fraction(1, 10**6)), percent(1 - Fraction(1, 10**6)), percent(Fraction(1))
    ('33.3 %', '<0.1 %', '>99.9 %', '100 %')
    """
    if part in (0, 1):
        return f"{part.numerator * 100} %"
    tenths = round(part * 1000)
    if tenths in (0, 1000):
        return "<0.1 %" if tenths == 0 else ">99.9 %"
    return f"{tenths / 10:g} %"


def _why_not_counted(explanation: Explanation) -> str:
    pull_request = explanation.attribution.pull_request
    if explanation.counting.exclusion is Exclusion.BOT:
        return f"{author_of(pull_request)} is a bot, and bots are left out"
    is_open = pull_request.state is PullRequestState.OPEN
    bot = "; it is a bot's besides" if explanation.attribution.is_bot else ""
    return ("it is still open" if is_open else "it was closed without merging") + bot


def _teams(names: Iterable[str]) -> str:
    return _listed(sorted(set(names)))


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
