"""What differs between two rosters, and whose pull requests that touches."""

from attrs import frozen

from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.policy import AttributionPolicy
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import Roster


@frozen
class AffectedAuthors:
    """Whose stored pull requests must be attributed again."""

    login_keys: frozenset[str]
    github_ids: frozenset[int]

    def include(self, author: Author | None) -> bool:
        """Whether the author is one of them, by login or by numeric id; nobody is, where GitHub names none."""
        return author is not None and (author.login_key in self.login_keys or author.id in self.github_ids)


@frozen
class RosterDifference:
    """The entries that came, went or changed from one roster to another."""

    removed: tuple[Membership, ...]
    """Entries of the old roster that the new one does not hold in exactly this form."""
    added: tuple[Membership, ...]
    """Entries of the new roster that the old one did not hold in exactly this form."""
    changed_teams: tuple[Team, ...]
    """Teams of the new roster that are new or described otherwise."""
    removed_teams: tuple[Team, ...]
    """Teams of the old roster that the new one does not list in exactly this form."""
    is_policy_changed: bool
    """Whether over-allocation is now handled otherwise."""

    @property
    def is_empty(self) -> bool:
        """Whether both rosters say the same."""
        changed = self.removed or self.added or self.changed_teams or self.removed_teams
        return not changed and not self.is_policy_changed

    def affected_authors(self, old: Roster, new: Roster) -> AffectedAuthors:
        """Return every author whose shares may differ.

        Those are all logins and numeric ids of the people whom a changed entry belongs to, before or after: an alias
        that moves from one person to another touches both. A team with another key is another team under that name.
        """
        keys = {team.name: team.key for team in old.teams}
        other_teams = {team.name for team in new.teams if keys.get(team.name, team.key) != team.key}
        held = (entry for entry in (*old.memberships, *new.memberships) if entry.team in other_teams)
        logins = {login for entry in (*self.removed, *self.added, *held) for login in entry.login_keys}
        people = [person for roster in (old, new) for person in roster.people if person.login_keys & logins]
        ids = {entry.github_id for person in people for entry in person.memberships}
        return AffectedAuthors(
            login_keys=frozenset[str]().union(logins, *(person.login_keys for person in people)),
            github_ids=frozenset(github_id for github_id in ids if github_id is not None),
        )


def difference(old: Roster, new: Roster) -> RosterDifference:
    """Return what the new roster changes; the order of lists is of no account."""
    before, after = set(old.memberships), set(new.memberships)
    return RosterDifference(
        removed=tuple(entry for entry in old.memberships if entry not in after),
        added=tuple(entry for entry in new.memberships if entry not in before),
        changed_teams=tuple(team for team in new.teams if team not in old.teams),
        removed_teams=tuple(team for team in old.teams if team not in new.teams),
        is_policy_changed=old.over_allocation is not new.over_allocation,
    )


def changes_everyone(old: AttributionPolicy, new: AttributionPolicy) -> bool:
    """Whether all stored pull requests must be attributed again: another rule, or other bots.

    Another time zone moves no share; the views read it when they are asked.
    """
    return old.rule is not new.rule or old.bot_patterns != new.bot_patterns
