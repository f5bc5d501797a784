"""What if: a proposed roster or rule, tried over what is stored; nothing is written."""

from threading import Lock

from attrs import field, frozen
from litestar import post
from litestar.handlers import HTTPRouteHandler

from github_tracker.application.sync_roster import NoRosterError
from github_tracker.application.what_if import TooLargeToTryError, WhatIf
from github_tracker.domain.api_key import Scope
from github_tracker.entrypoints.api.answers import Answer, private_json
from github_tracker.entrypoints.api.gate import ApiRequest, Gate
from github_tracker.entrypoints.api.problems import (
    figures_withheld,
    no_roster,
    overloaded,
    too_large_to_try,
    unrestricted_only,
)
from github_tracker.entrypoints.api.query import refuse_query
from github_tracker.entrypoints.api.turns import Counters
from github_tracker.entrypoints.api.what_if_body import read_proposal
from github_tracker.entrypoints.what_if_document import what_if_document


def what_if_routes(gate: Gate, counters: Counters, what_if: WhatIf, least: int | None) -> list[HTTPRouteHandler]:
    """Return the handler of /what-if."""
    trial = _Trial(what_if)

    def admit(request: ApiRequest) -> None:
        access = gate.admit(request, Scope.METRICS_READ, Scope.TEAMS_READ)
        if access.teams is not None:
            raise unrestricted_only()
        if least is not None:
            raise figures_withheld()
        refuse_query(request.scope["query_string"])

    @post("/what-if", status_code=200)
    async def tried(request: ApiRequest) -> Answer:
        await counters.quick.take(lambda: admit(request))
        body = await request.body()
        return await counters.figures.take(lambda: trial.answer(body))

    return [tried]


@frozen
class _Trial:
    """Tries one proposal at a time, since each reads everything."""

    what_if: WhatIf
    _lock: Lock = field(factory=Lock)

    def answer(self, body: bytes) -> Answer:
        """Answer a body. Raises a problem."""
        proposal = read_proposal(body)
        if not self._lock.acquire(blocking=False):
            raise overloaded()
        try:
            return private_json(what_if_document(proposal, self.what_if(proposal)))
        except NoRosterError as exc:
            raise no_roster() from exc
        except TooLargeToTryError as exc:
            raise too_large_to_try(str(exc)) from exc
        finally:
            self._lock.release()
