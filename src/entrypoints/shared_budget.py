"""GitHub's requests paid from a budget in PostgreSQL that all share who use the same credential."""

from github_tracker.adapters.postgres.database import Database
from github_tracker.adapters.postgres.request_budget import PostgresRequestBudget
from github_tracker.application.budgeted_source import BudgetedSource
from github_tracker.domain.request_budget import RateLimits, credential_of_installation, credential_of_token
from github_tracker.entrypoints.settings import Settings
from github_tracker.ports.clock import Clock
from github_tracker.ports.github_source import GitHubSource
from github_tracker.ports.request_budget import RequestBudget
from github_tracker.ports.secret_store import SecretName, SecretStore
from github_tracker.ports.telemetry import Telemetry


def request_limits(settings: Settings) -> RateLimits:
    """Return what the credential may send; unless it is set, a fiftieth of the hour is left to others."""
    reserve = settings.github_requests_reserve
    return RateLimits(
        per_hour=settings.github_requests_per_hour,
        per_minute=settings.github_requests_per_minute,
        reserve=settings.github_requests_per_hour // 50 if reserve is None else reserve,
    )


def github_credential(secrets: SecretStore, installation_id: int | None = None) -> str:
    """Return the name under which requests are counted: of an App's installation, or else of the token.

    Raises SecretUnavailableError.
    """
    if installation_id is not None:
        return credential_of_installation(installation_id)
    return credential_of_token(secrets.read(SecretName.GITHUB_TOKEN).reveal())


def shared_request_budget(database: Database, credential: str, settings: Settings) -> RequestBudget:
    """Return the credential's budget, counted by the database's clock."""
    return PostgresRequestBudget(database, credential, request_limits(settings))


def budgeted_source(source: GitHubSource, budget: RequestBudget, clock: Clock, telemetry: Telemetry) -> BudgetedSource:
    """Return the source behind the budget; `release` it when nothing more is asked for a while."""
    return BudgetedSource(source, budget, clock, telemetry)
