"""simulate() and simulate_plan(): numbers or a plan -> roster, repositories and pull requests that never were."""

from random import Random

from attrs import frozen

from github_tracker.application.simulation.areas import repository_name
from github_tracker.application.simulation.drawn_openings import OpeningDrawer
from github_tracker.application.simulation.history import Historian
from github_tracker.application.simulation.names import NameRegister
from github_tracker.application.simulation.plan import OrganisationPlan
from github_tracker.application.simulation.planned_openings import PlanReader
from github_tracker.application.simulation.scenario import Scenario
from github_tracker.application.simulation.workforce import Recruiter
from github_tracker.application.simulation.working_time import WorkingTime, working_time
from github_tracker.domain.pull_request import PullRequest, Repository
from github_tracker.domain.roster import Roster

OWNER = "larkspur-labs"
"""The account that owns all simulated repositories."""


@frozen
class SimulatedOrganisation:
    """What GitHub and the roster file of such an organisation would hold at the end of the last day."""

    roster: Roster
    repositories: tuple[Repository, ...]
    """Ordered by id."""
    pull_requests: tuple[PullRequest, ...]
    """Ordered by repository id and number; all observed at the end of the last day."""


def simulate(scenario: Scenario) -> SimulatedOrganisation:
    """Return the organisation that the scenario describes; the same one whenever and wherever it is asked.

    Teams differ in speed, some get faster and some slower; people join, move, split their time, leave and get
    renamed; bots, outsiders and deleted accounts open pull requests too.

    >>> len(simulate(Scenario(pull_requests=12)).pull_requests)
    12
    """
    rng = Random(scenario.seed)
    workforce = Recruiter(rng, scenario, NameRegister(rng)).recruit()
    repositories = _repositories(rng, scenario)
    time = working_time(scenario.first_day, scenario.last_day)
    openings = OpeningDrawer(rng, scenario, time, workforce, repositories).draw()
    pull_requests = Historian(rng, time, repositories).write(openings)
    return SimulatedOrganisation(workforce.roster, repositories, pull_requests)


def simulate_plan(plan: OrganisationPlan, seed: int) -> SimulatedOrganisation:
    """Return what becomes of the plan; the same for the same plan and seed, whenever and wherever it is asked.

    Python promises the seeded stream itself. Cycle times go through its logarithm and exponential, whose last bit may
    differ by platform; they are rounded to whole seconds, so that a difference would show once in some 10^10 of them.
    """
    time = WorkingTime(plan.first_day, plan.last_day, plan.holidays)
    openings = PlanReader(plan, seed).openings()
    pull_requests = Historian(Random(seed), time, plan.repositories).write(openings)
    repositories = tuple(sorted(plan.repositories, key=lambda repository: repository.id))
    return SimulatedOrganisation(plan.roster, repositories, pull_requests)


def _repositories(rng: Random, scenario: Scenario) -> tuple[Repository, ...]:
    repositories, repository_id = [], 300_000_000
    for place in range(scenario.repositories):
        repository_id += rng.randrange(1, 15_000_000)
        name = repository_name(place, scenario.teams)
        default = "master" if place % 7 == 3 else "main"
        repositories.append(Repository(repository_id, f"{OWNER}/{name}", default))
    return tuple(repositories)
