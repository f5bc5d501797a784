"""simulate(): a scenario -> roster, repositories and pull requests of an organisation that never was."""

from random import Random

from attrs import frozen

from github_tracker.application.simulation.areas import repository_name
from github_tracker.application.simulation.history import Historian
from github_tracker.application.simulation.names import NameRegister
from github_tracker.application.simulation.scenario import Scenario
from github_tracker.application.simulation.workforce import Recruiter
from github_tracker.application.simulation.working_time import working_time
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
    pull_requests = Historian(rng, scenario, time, workforce, repositories).write()
    return SimulatedOrganisation(workforce.roster, repositories, pull_requests)


def _repositories(rng: Random, scenario: Scenario) -> tuple[Repository, ...]:
    repositories, repository_id = [], 300_000_000
    for place in range(scenario.repositories):
        repository_id += rng.randrange(1, 15_000_000)
        name = repository_name(place, scenario.teams)
        default = "master" if place % 7 == 3 else "main"
        repositories.append(Repository(repository_id, f"{OWNER}/{name}", default))
    return tuple(repositories)
