"""Simulation for other programs: a scenario file goes in, and typed figures come out beside the truth.

result = run_scenario(Path("scenario.toml"), seed=7)
result.velocity.weeks, result.conservation.holds, result.truth.pull_requests
"""

from github_tracker.entrypoints.document_text import DocumentForm
from github_tracker.entrypoints.simulation.result import Conservation, SimulationResult
from github_tracker.entrypoints.simulation.running import run_scenario
from github_tracker.entrypoints.simulation.scenario_file import (
    CollectorPlan,
    ScenarioFile,
    parse_scenario,
    read_scenario_file,
)

__all__ = [
    "CollectorPlan",
    "Conservation",
    "DocumentForm",
    "ScenarioFile",
    "SimulationResult",
    "parse_scenario",
    "read_scenario_file",
    "run_scenario",
]
