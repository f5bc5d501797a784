"""What every RosterRepository does to the stored shares when another roster comes into force."""

from decimal import Decimal

import pytest
from attrs import evolve

from github_tracker.domain.attribution import Attributor, Rest, Share
from github_tracker.domain.membership import Membership, Team
from github_tracker.domain.person import RestReason
from github_tracker.domain.policy import AttributionPolicy, AttributionRule
from github_tracker.domain.pull_request import Author
from github_tracker.domain.roster import OverAllocation, Roster
from github_tracker.ports.errors import UnknownTeamError
from github_tracker.ports.report_repository import ReportScope
from github_tracker.ports.roster_repository import RosterUpdateResult
from tests.contracts.store import EVERYTHING, Store, attribution_of, facts_of, put_facts, put_roster, shares_of
from tests.unit.examples import at, merged, opened, policy_of, roster_of

LEFT = at("2024-02-01")
EARLY = merged(Author("alice"), at("2024-01-31T23:59:59.999999"), LEFT, number=1)
LATE = merged(Author("ALICE"), LEFT, at("2024-02-10"), number=2)
BY_BOB = merged(Author("bob"), at("2024-01-10"), at("2024-01-11"), number=3)
BY_BOT = merged(Author("ci-deploy"), at("2024-01-10"), at("2024-01-11"), number=4)
BY_GHOST = merged(None, at("2024-01-10"), at("2024-01-11"), number=5)
FACTS = (EARLY, LATE, BY_BOB, BY_BOT, BY_GHOST)

ALICE = Membership("Platform", "alice")
BOB = Membership("Apps", "bob")
ROSTER = roster_of(ALICE, BOB)


def teams_of(store: Store) -> dict[int, list[str]]:
    """Return by number who earns the stored pull requests, as readers see it."""
    earned: dict[int, list[str]] = {fact.number: [] for fact in facts_of(store)}
    for line in shares_of(store):
        earned[line.number].append(line.team)
    return earned


def assert_consistent(store: Store) -> None:
    """What is stored, and what readers see of it, is what the roster in force says now."""
    in_force = store.rosters.in_force()
    attributor = Attributor(in_force.roster, in_force.policy)
    for fact in facts_of(store):
        assert attribution_of(store, fact) == attributor.attribute(fact)
        shares = {(line.team, line.weight) for line in shares_of(store) if line.number == fact.number}
        assert shares == {(share.team, share.weight) for share in attributor.attribute(fact).shares}


class RosterChangeContract:
    """Stored facts follow the roster; needs a fixture `store`."""

    @pytest.fixture(autouse=True)
    def _facts(self, store: Store) -> None:
        put_roster(store, ROSTER)
        put_facts(store, *FACTS)

    def test_another_weight_changes_the_shares_of_that_person(self, store: Store) -> None:
        """Two shares are other, two rests new; nobody else's facts are looked at."""
        result = put_roster(store, roster_of(evolve(ALICE, weight=Decimal("0.25")), BOB))
        assert result == RosterUpdateResult(2, True, 1, 1, facts_examined=2, shares_changed=4)
        assert attribution_of(store, LATE).shares == (Share("Platform", Decimal("0.25")),)
        assert_consistent(store)

    def test_leaving_takes_what_was_created_afterwards(self, store: Store) -> None:
        """A share before left_at stays, one from then on becomes a rest (R1)."""
        result = put_roster(store, roster_of(evolve(ALICE, left_at=LEFT), BOB))
        assert (result.facts_examined, result.shares_changed) == (2, 2)
        assert teams_of(store) == {1: ["Platform"], 2: [], 3: ["Apps"], 4: [], 5: []}
        assert attribution_of(store, LATE).rest == (Rest(RestReason.LEFT_BEFORE, Decimal(1)),)
        assert_consistent(store)

    def test_joining_earns_what_was_collected_before(self, store: Store) -> None:
        """Facts of unknown logins are kept, so a corrected roster credits history (R13)."""
        result = put_roster(store, roster_of(ALICE, BOB, Membership("Apps", "CI-deploy", Decimal("0.5"))))
        assert (result.facts_examined, result.shares_changed) == (1, 3)
        assert teams_of(store)[4] == ["Apps"]
        assert_consistent(store)

    def test_removed_membership_leaves_no_share(self, store: Store) -> None:
        """The given roster is the whole truth."""
        result = put_roster(store, roster_of(ALICE))
        assert (result.memberships_removed, result.facts_examined, result.shares_changed) == (1, 1, 2)
        assert teams_of(store)[3] == []
        assert attribution_of(store, BY_BOB).rest == (Rest(RestReason.UNKNOWN_LOGIN, Decimal(1)),)
        assert_consistent(store)

    def test_alias_moves_facts_from_one_person_to_another(self, store: Store) -> None:
        """All logins of the people touched are attributed again, before and after (R2)."""
        put_roster(store, roster_of(ALICE, evolve(BOB, aliases=("ci-deploy",))))
        assert teams_of(store)[4] == ["Apps"]
        put_roster(store, roster_of(evolve(ALICE, aliases=("ci-deploy",)), BOB))
        assert teams_of(store)[4] == ["Platform"]
        assert_consistent(store)

    def test_numeric_id_decides_before_the_login(self, store: Store) -> None:
        """Facts by a former login of the account follow its id, those of the login's new owner do not (R2)."""
        put_facts(store, merged(Author("former", 101), LEFT, LEFT, 6), merged(Author("bob", 102), LEFT, LEFT, 7))
        result = put_roster(store, roster_of(ALICE, evolve(BOB, github_id=101)))
        assert (result.facts_examined, teams_of(store)[6], teams_of(store)[7]) == (3, ["Apps"], [])
        assert_consistent(store)

    def test_another_rule_attributes_everything_again(self, store: Store) -> None:
        """All facts are examined, and every share carries the rule that is now active (R7)."""
        moved = roster_of(evolve(ALICE, left_at=LEFT), Membership("Apps", "alice", joined_at=LEFT), BOB)
        put_roster(store, moved)
        result = put_roster(store, moved, AttributionPolicy(AttributionRule.MERGED))
        assert (result.facts_examined, result.shares_changed) == (5, 4)
        assert teams_of(store) == {1: ["Apps"], 2: ["Apps"], 3: ["Apps"], 4: [], 5: []}
        assert {line.rule for line in shares_of(store)} == {AttributionRule.MERGED}
        assert_consistent(store)

    def test_bot_patterns_flag_what_is_stored(self, store: Store) -> None:
        """The default figures leave a new bot's rest out, and no share or weight changes (R11)."""
        assert sum(week.prs_merged for week in store.reports.unattributed(EVERYTHING)) == 2
        result = put_roster(store, ROSTER, policy_of("CI-*", "ali*"))
        assert (result.facts_examined, result.shares_changed) == (5, 0)
        assert [attribution_of(store, fact).is_bot for fact in FACTS] == [False, False, False, True, False]
        assert sum(week.prs_merged for week in store.reports.unattributed(EVERYTHING)) == 1
        put_roster(store, ROSTER)
        assert not attribution_of(store, BY_BOT).is_bot
        assert_consistent(store)

    def test_bot_on_the_roster_is_none_any_more(self, store: Store) -> None:
        """Whoever stands on the roster is attributed and counted like anyone (R11)."""
        put_roster(store, ROSTER, policy_of("ci-*"))
        put_roster(store, roster_of(ALICE, BOB, Membership("Apps", "ci-deploy")), policy_of("ci-*"))
        assert not attribution_of(store, BY_BOT).is_bot
        assert sum(week.prs_merged for week in store.reports.velocity(ReportScope("Apps"))) == 2
        assert_consistent(store)

    @pytest.mark.parametrize(
        "entry",
        [
            Membership("Apps", "CI-deploy"),
            Membership("Apps", "erin", aliases=("ci-Deploy",)),
            Membership("Apps", "erin", github_id=101),
            Membership("Apps", "ci-deploy", Decimal(0), left_at=at("2020-01-01")),
        ],
        ids=["login", "alias", "id", "left with weight 0"],
    )
    def test_nobody_on_the_roster_is_a_bot(self, store: Store, entry: Membership) -> None:
        """Not by pattern, type or [bot]; once the roster names them no more, they are bots again (R11)."""
        policy = policy_of("*")
        facts = [evolve(BY_BOT, author=Author("ci-deploy", 101, "Bot")), *(fact for fact in FACTS if fact != BY_BOT)]
        put_facts(store, facts[0])
        for roster, expected in ((ROSTER, True), (roster_of(ALICE, BOB, entry), False), (ROSTER, True)):
            put_roster(store, roster, policy)
            assert [attribution_of(store, fact).is_bot for fact in facts] == [expected, False, False, False, False]
            assert_consistent(store)

    def test_reused_login_of_a_person_may_be_a_bots(self, store: Store) -> None:
        """The roster's id says that it is not that person; the other facts of the login are not touched (R2, R11)."""
        other = merged(Author("bob", 7, "Bot"), LEFT, LEFT, number=6)
        put_facts(store, other)
        assert not attribution_of(store, other).is_bot
        put_roster(store, roster_of(ALICE, evolve(BOB, github_id=6)))
        assert [attribution_of(store, fact).is_bot for fact in (other, BY_BOB)] == [True, False]
        assert_consistent(store)

    def test_page_after_new_patterns_is_flagged_by_them(self, store: Store) -> None:
        """Whoever comes later is treated like those who are stored."""
        put_roster(store, ROSTER, policy_of("new-*"))
        later = [merged(Author(login), LEFT, LEFT, number) for number, login in ((6, "New-1"), (7, "anew-1"))]
        put_facts(store, *later)
        assert [attribution_of(store, fact).is_bot for fact in later] == [True, False]

    def test_another_zone_moves_no_share(self, store: Store) -> None:
        """Weeks are cut elsewhere, and nothing is attributed again (R10)."""
        before = shares_of(store)
        result = put_roster(store, ROSTER, AttributionPolicy(time_zone="America/New_York"))
        assert (result.facts_examined, result.shares_changed) == (0, 0)
        assert shares_of(store) == before

    def test_description_and_over_allocation_touch_no_fact(self, store: Store) -> None:
        """They are new versions without work."""
        described = evolve(ROSTER, teams=(Team("Apps", "new"), Team("Platform")), over_allocation=OverAllocation.ALLOW)
        assert put_roster(store, described).facts_examined == 0
        assert_consistent(store)

    def test_over_allocated_person_earns_more_than_one(self, store: Store) -> None:
        """Each team gets the weight that the roster says, and nothing is left (R6)."""
        both = roster_of(ALICE, BOB, Membership("Apps", "alice"), over_allocation=OverAllocation.ALLOW)
        put_roster(store, both)
        assert attribution_of(store, EARLY).shares == (Share("Apps", Decimal(1)), Share("Platform", Decimal(1)))
        assert attribution_of(store, EARLY).rest == ()
        assert_consistent(store)

    @pytest.mark.parametrize("key", [None, "p"])
    def test_renamed_team_takes_its_shares_along(self, store: Store, key: str | None) -> None:
        """By key or not, nobody sees the former name again."""
        put_roster(store, evolve(ROSTER, teams=(Team("Apps"), Team("Platform", key=key))))
        renamed = Roster((Team("Apps"), Team("Core", key=key)), (BOB, evolve(ALICE, team="Core")))
        result = put_roster(store, renamed)
        assert (result.memberships_added, result.memberships_removed, result.facts_examined) == (1, 1, 2)
        assert teams_of(store) == {1: ["Core"], 2: ["Core"], 3: ["Apps"], 4: [], 5: []}
        with pytest.raises(UnknownTeamError):
            store.reports.velocity(ReportScope("Platform"))
        assert_consistent(store)

    def test_letter_case_of_a_team_can_change(self, store: Store) -> None:
        """It is one team, under the name that it has now."""
        put_roster(store, roster_of(evolve(ALICE, team="PLATFORM"), BOB))
        assert teams_of(store)[1] == ["PLATFORM"]
        assert_consistent(store)

    @pytest.mark.parametrize("is_moving", [True, False], ids=["members follow the key", "members stay with the name"])
    def test_two_teams_can_swap_their_names(self, store: Store, is_moving: bool) -> None:
        """Keys change hands; what readers see follows the memberships of the new roster."""
        put_roster(store, evolve(ROSTER, teams=(Team("Apps", key="a"), Team("Platform", key="p"))))
        swapped = (Team("Apps", key="p"), Team("Platform", key="a"))
        members = (evolve(ALICE, team="Apps"), evolve(BOB, team="Platform")) if is_moving else (ALICE, BOB)
        put_roster(store, Roster(swapped, members))
        wanted = ["Apps"] if is_moving else ["Platform"]
        assert [teams_of(store)[1], teams_of(store)[2]] == [wanted, wanted]
        assert_consistent(store)

    @pytest.mark.parametrize("key", ["new", "a", None], ids=["new key", "key of another team", "no key"])
    def test_team_can_have_another_key(self, store: Store, key: str | None) -> None:
        """Its members' shares stand under its name, whatever its key was or whose the key was."""
        put_roster(store, evolve(ROSTER, teams=(Team("Apps", key="a"), Team("Platform", key="p"))))
        put_roster(store, Roster((Team("Platform", key=key),), (ALICE,)))
        assert teams_of(store) == {1: ["Platform"], 2: ["Platform"], 3: [], 4: [], 5: []}
        assert_consistent(store)

    def test_team_that_comes_back_has_its_figures_again(self, store: Store) -> None:
        """Unlisted it is unknown to readers; listed again it earns what it earned before."""
        before = store.reports.velocity(ReportScope("Platform"))
        put_roster(store, roster_of(BOB))
        with pytest.raises(UnknownTeamError) as caught:
            store.reports.velocity(ReportScope("Platform"))
        assert caught.value.known == ("Apps",)
        put_roster(store, ROSTER)
        assert store.reports.velocity(ReportScope("Platform")) == before != ()
        assert_consistent(store)

    def test_facts_are_attributed_again_beyond_a_batch(self, store: Store) -> None:
        """However many there are, all of them follow."""
        put_facts(store, *(opened(Author("alice"), LEFT, number=number) for number in range(10, 4510)))
        result = put_roster(store, roster_of(evolve(ALICE, team="Core"), BOB))
        assert (result.facts_examined, result.shares_changed) == (4502, 9004)
        assert {line.team for line in shares_of(store)} == {"Apps", "Core"}
