"""Hypothesis strategies that unit and integration tests share.

All of them draw from small pools: instants cluster around a few anchors, so that window edges, created_at and merged_at
coincide often, and rosters and authors take their logins and numeric ids from the same few, so that they meet. Where a
pool does as well as a composition of strategies, it is a pool: a draw less is time for more examples.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import cycle, islice

from attrs import evolve, frozen
from hypothesis import strategies as st

from github_tracker.domain.attribution import Attribution, Attributor
from github_tracker.domain.membership import WEIGHT_PLACES, Membership, Team
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author, PullRequest, state_of
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.domain.roster_edit import Join, Leave, Rename, Reweigh, RosterEdit

LOGINS = ("alice", "bob-2", "carol", "dan", "Eve-x", "frank", "grace")
"""Usernames and aliases of rosters, and authors of pull requests."""

GITHUB_IDS = (101, 102, 103, 2**63 - 1)
"""Numeric ids of rosters and authors."""

TEAM_NAMES = ("Platform", "apps", "Core 2", "Öl")
"""Their order by code point is neither this one nor an alphabet's."""

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")

_ANCHORS = (
    datetime(2024, 1, 1, tzinfo=UTC),  # a Monday that begins a month and a year
    datetime(2024, 2, 29, 12, 30, tzinfo=UTC),
    datetime(2024, 3, 31, 1, tzinfo=UTC),  # summer time begins in Berlin
    datetime(2024, 3, 31, 22, tzinfo=UTC),  # Monday, 1 April, 00:00 in Berlin
    datetime(2024, 7, 1, tzinfo=UTC),  # a Monday that begins a month
    datetime(2024, 11, 4, 5, tzinfo=UTC),  # Monday 00:00 in New York, the day after summer time ended
)
_NEAR = tuple(timedelta(seconds=whole, microseconds=part) for whole in (0, 1, -3600) for part in (0, 1, -1))
_ODD = tuple(timedelta(days=7 * number, seconds=54_321 * number, microseconds=142_857) for number in range(1, 40))
_INSTANTS = st.sampled_from(
    (
        *_ANCHORS * 6,
        *(anchor + distance for anchor in _ANCHORS for distance in _NEAR),
        *(_ANCHORS[0] + distance for distance in _ODD),
    )
)
_OFFSETS = tuple(timezone(timedelta(minutes=minutes)) for minutes in (-690, -300, 0, 60, 345, 840))
_COMMON_WEIGHTS = tuple(map(Decimal, ("0", "0.000001", "0.25", "0.333333", "0.50", "0.6", "0.999999", "1", "1.000000")))
_WEIGHTS_OR_NONE = st.sampled_from((*[None] * 5, *_COMMON_WEIGHTS, *map(Decimal, ("0.1", "0.2", "0.142857", "0.3"))))
_CUTS = st.lists(_INSTANTS, min_size=2, max_size=4, unique=True).map(sorted)
_ID_COLUMNS = st.sampled_from(
    ((None, None, None), (101, None, 102), (102, 101, None), (None, 103, 101), (2**63 - 1, 102, 103))
)
_ACCOUNT_SIZES = st.sampled_from(((3, 3, 1), (2, 2, 3), (1, 2, 4), (4, 2), (2, 1, 3), (1, 1, 1), ()))
_TEAM_CHOICES = st.lists(st.sampled_from(TEAM_NAMES), unique=True, min_size=2, max_size=3)
_COLUMNS = tuple(st.lists(_WEIGHTS_OR_NONE, min_size=size, max_size=size) for size in range(6))
_FIRST_LOGINS = st.integers(0, len(LOGINS) - 1)
_BITS = st.integers(0, 15)
_NUMBERS = st.integers(1, 60)
_AUTHORS = st.sampled_from(
    (
        *[Author(spelling) for login in LOGINS for spelling in (login, login.upper(), login.title())] * 2,
        *(Author(login, GITHUB_IDS[place % len(GITHUB_IDS)], "User") for place, login in enumerate(LOGINS)),
        *(Author(login, 999, "Bot") for login in LOGINS[:2]),
        Author("alice_renamed", 101, "User"),
        Author("stranger", 77, "User"),
        Author("ci-deploy", 78, "User"),
        Author("dependabot[bot]", 49699333, "Bot"),
        Author("renovate[bot]"),
        Author("ghost", 10137, "User"),
        Author("Ghost"),
        None,
    )
)
_EDITED_TEAMS = st.sampled_from((*TEAM_NAMES, "CORE 2", "New"))
_EDITED_LOGINS = st.sampled_from((*LOGINS, *(login.upper() for login in LOGINS), "alice-renamed", "newcomer"))
_COURSES = st.sampled_from((*["merged"] * 5, "at once", "backwards", "closed", "open"))
_DELAYS = (timedelta(0), timedelta(seconds=1), timedelta(days=3))
_TITLES = (None, "", "Füge hinzu", "Fix \U0001f41b", "a\0b")
_LABELS = ((), ("bug",), ("bug", "ready to go"))


def instants() -> st.SearchStrategy[datetime]:
    """Instants in UTC, to the microsecond, many of them equal or one microsecond apart."""
    return _INSTANTS


def in_other_offsets(instant: datetime) -> st.SearchStrategy[datetime]:
    """The same instant, written down in other offsets from UTC."""
    return st.sampled_from(_OFFSETS).map(instant.astimezone)


def weights() -> st.SearchStrategy[Decimal]:
    """Exact decimals from 0 to 1 with at most 6 places."""
    units = st.integers(0, 10**WEIGHT_PLACES)
    return st.sampled_from(_COMMON_WEIGHTS) | units.map(lambda number: Decimal(number).scaleb(-WEIGHT_PLACES))


def spellings(login: str) -> st.SearchStrategy[str]:
    """The login in other letter cases."""
    return st.sampled_from((login, login.lower(), login.upper(), login.title()))


def rosters() -> st.SearchStrategy[Roster]:
    """Valid rosters in which nobody's weights exceed 1; some of them would allow it."""
    return _rosters(tuple(OverAllocation), Decimal(1))


def over_allocated_rosters() -> st.SearchStrategy[Roster]:
    """Valid rosters that allow over-allocation, and in which it is frequent."""
    return _rosters((OverAllocation.ALLOW,), Decimal(len(TEAM_NAMES)))


def authors() -> st.SearchStrategy[Author | None]:
    """Mostly logins that rosters use, in any letter case, sometimes with an id; unknown ones, bots and ghosts too."""
    return _AUTHORS


@st.composite
def pull_requests(draw: st.DrawFn) -> PullRequest:
    """Pull requests of two repositories: merged, closed, open, and now and then merged before they were created."""
    earlier, later = sorted((draw(_INSTANTS), draw(_INSTANTS)))
    course, number, bits = draw(_COURSES), draw(_NUMBERS), draw(_BITS)
    merged_at = {"merged": later, "at once": earlier, "backwards": earlier}.get(course)
    updated_at = later + _DELAYS[bits % 3]
    repository_id = 1 + bits % 2
    return PullRequest(
        repository_id=repository_id,
        number=number,
        author=draw(_AUTHORS),
        state=state_of(merged_at, course == "open"),
        created_at=later if course == "backwards" else earlier,
        updated_at=updated_at,
        observed_at=updated_at + _DELAYS[bits % 2],
        merged_at=merged_at,
        closed_at=later if course == "closed" else merged_at,
        github_id=1000 * repository_id + number,
        title=_TITLES[bits % 5],
        author_association=(None, "MEMBER")[bits % 2],
        is_draft=course == "open" and bits > 7,
        base_branch="main",
        head_branch=(None, "fix/1")[bits // 8],
        merge_commit=None if merged_at is None else f"{number:040x}",
        labels=_LABELS[bits % 3],
    )


def pull_request_lists(max_size: int = 8) -> st.SearchStrategy[list[PullRequest]]:
    """Several pull requests, each once."""
    return st.lists(pull_requests(), max_size=max_size, unique_by=lambda pull_request: pull_request.key)


def rules() -> st.SearchStrategy[AttributionRule]:
    """The three rules."""
    return st.sampled_from(AttributionRule)


def policies() -> st.SearchStrategy[AttributionPolicy]:
    """Every rule, several zones, with and without patterns; one pattern meets people of the roster."""
    patterns = st.sampled_from(((), ("ci-*",), ("A*", "stranger")))
    return st.builds(AttributionPolicy, rules(), st.sampled_from(ZONES), patterns)


@st.composite
def roster_edits(draw: st.DrawFn) -> RosterEdit:
    """Edits of people and teams that `rosters` may hold, of others, and at instants at which something may be."""
    team, login = draw(_EDITED_TEAMS), draw(_EDITED_LOGINS)
    weight, instant = draw(st.sampled_from(_COMMON_WEIGHTS)), draw(_INSTANTS)
    match draw(_BITS) % 4:
        case 0:
            joined_at, left_at = draw(st.sampled_from(((None, instant), (instant, None), (None, None))))
            return Join(team, login, weight, joined_at, left_at, makes_team=draw(st.booleans()))
        case 1:
            return Leave(team, login, instant)
        case 2:
            return Reweigh(team, login, weight, instant)
        case _:
            return Rename(login, draw(_EDITED_LOGINS))


@st.composite
def attributions(draw: st.DrawFn) -> list[Attribution]:
    """Several pull requests, attributed by one roster that over-allocates nobody, and one policy."""
    attributor = Attributor(draw(rosters()), draw(policies()))
    return list(map(attributor.attribute, draw(pull_request_lists())))


@frozen
class _Account:
    """One person to be put on a roster."""

    names: tuple[str, ...]
    github_id: int | None


@frozen
class _Window:
    """One membership to be: in a team, over a person's stretches first to last, both included."""

    team: str
    weight: Decimal
    first: int
    last: int


@st.composite
def _rosters(draw: st.DrawFn, policies: Sequence[OverAllocation], limit: Decimal) -> Roster:
    names = draw(_TEAM_CHOICES)
    bits = draw(_BITS)
    teams = (Team(name, key=f"team-{name}" if bits > 7 else None) for name in names)
    memberships = [entry for account in _accounts(draw) for entry in _entries(draw, account, names, limit)]
    return Roster(tuple(teams), tuple(memberships), policies[bits % len(policies)])


def _accounts(draw: st.DrawFn) -> list[_Account]:
    """Up to three people who share no login and no numeric id; which logins are one person's differs by roster."""
    names = islice(cycle(LOGINS), draw(_FIRST_LOGINS), None)
    ids = draw(_ID_COLUMNS)
    sizes = draw(_ACCOUNT_SIZES)
    return [_Account(tuple(islice(names, size)), github_id) for size, github_id in zip(sizes, ids, strict=False)]


def _entries(draw: st.DrawFn, account: _Account, teams: Sequence[str], limit: Decimal) -> list[Membership]:
    """One person's memberships; the first entry holds all aliases and so joins the others, whatever their username."""
    cuts = draw(_CUTS)
    bounds = (None, *cuts, None)
    entries: list[Membership] = []
    for window in _windows(draw, teams, len(cuts) + 1, limit):
        bits = draw(_BITS)
        login = account.names[bits % len(account.names)]
        spell = (str, str.lower, str.upper, str.title)[bits % 4]
        is_full = not entries or bits > 7
        entry = Membership(
            team=window.team,
            login=spell(login),
            weight=window.weight,
            joined_at=bounds[window.first],
            left_at=bounds[window.last + 1],
            aliases=tuple(spell(name) for name in account.names if name != login) if is_full else (),
            github_id=account.github_id if is_full else None,
        )
        entries.append(entry)
    return entries


def _windows(draw: st.DrawFn, teams: Sequence[str], stretches: int, limit: Decimal) -> list[_Window]:
    """Windows that never exceed the limit together; equal weights that abut are sometimes one window."""
    bits = draw(_BITS)
    left = [limit] * stretches
    windows: list[_Window] = []
    for team in teams[bits % len(teams) :]:
        column = draw(_COLUMNS[stretches])
        for place, wanted in enumerate(column):
            if wanted is None:
                continue
            weight = min(wanted, left[place])
            left[place] -= weight
            before = windows[-1] if windows else None
            if bits > 7 and before == _Window(team, weight, before.first if before else place, place - 1):
                windows[-1] = evolve(before, last=place)
            else:
                windows.append(_Window(team, weight, place, place))
    return windows or [_Window(teams[0], Decimal("0.5"), 1, stretches - 1)]
