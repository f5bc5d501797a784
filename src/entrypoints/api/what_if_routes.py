"""What if: a proposed roster or rule, tried over what is stored; nothing is written."""

import json
from collections.abc import Mapping
from datetime import date
from threading import Lock
from typing import Final

from attrs import frozen
from litestar import post
from litestar.handlers import HTTPRouteHandler

from github_tracker.application.sync_roster import NoRosterError
from github_tracker.application.what_if import Proposal, TooLargeToTryError, WhatIf
from github_tracker.domain.api_key import Scope
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.api.answers import Answer, private_json
from github_tracker.entrypoints.api.gate import ApiRequest, Gate
from github_tracker.entrypoints.api.problems import (
    FieldFault,
    bad_request,
    conflict,
    figures_withheld,
    overloaded,
    too_large_to_try,
    unprocessable,
    unrestricted_only,
)
from github_tracker.entrypoints.api.query import read_day, refuse_query
from github_tracker.entrypoints.api.turns import Counters
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.roster_file import RosterForm, parse_roster
from github_tracker.entrypoints.what_if_document import what_if_document

_FIELDS: Final = frozenset({"roster", "form", "rule", "from", "to"})


@frozen
class _Body:
    """What was sent, read field by field; every fault is noted."""

    fields: Mapping[str, object]
    faults: list[FieldFault]

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        if value is None or isinstance(value, str):
            return value
        self.faults.append(FieldFault("body", name, "wanted is a text, or null"))
        return None

    def day(self, name: str) -> date | None:
        text = self.text(name)
        day = None if text is None else read_day(text)
        if text is not None and day is None:
            self.faults.append(FieldFault("body", name, "wanted is a day such as 2026-01-31, or null"))
        return day

    def one_of(self, name: str, known: tuple[str, ...]) -> str | None:
        text = self.text(name)
        if text is None or text in known:
            return text
        self.faults.append(FieldFault("body", name, f"wanted is one of {', '.join(known)}, or null"))
        return None


def what_if_routes(gate: Gate, counters: Counters, what_if: WhatIf, least: int | None) -> list[HTTPRouteHandler]:
    """Return the handler of /what-if; one proposal is tried at a time, since it reads everything."""
    trying = Lock()

    def admit(request: ApiRequest) -> None:
        access = gate.admit(request, Scope.METRICS_READ, Scope.TEAMS_READ)
        if access.teams is not None:
            raise unrestricted_only()
        if least is not None:
            raise figures_withheld()
        refuse_query(request.scope["query_string"])

    def answer(body: bytes) -> Answer:
        proposal = _proposal(body)
        if not trying.acquire(blocking=False):
            raise overloaded()
        try:
            return private_json(what_if_document(proposal, what_if(proposal)))
        except NoRosterError as exc:
            raise conflict(str(exc)) from exc
        except TooLargeToTryError as exc:
            raise too_large_to_try(str(exc)) from exc
        finally:
            trying.release()

    @post("/what-if", status_code=200)
    async def tried(request: ApiRequest) -> Answer:
        await counters.quick.take(lambda: admit(request))
        body = await request.body()
        return await counters.figures.take(lambda: answer(body))

    return [tried]


def _proposal(body: bytes) -> Proposal:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request(FieldFault("body", "(all)", "wanted is a JSON object")) from None
    if not isinstance(fields, dict):
        raise bad_request(FieldFault("body", "(all)", "wanted is a JSON object"))
    read = _Body(fields, [])
    if not fields.keys() <= _FIELDS:
        read.faults.append(FieldFault("body", "(all)", f"known fields are {', '.join(sorted(_FIELDS))}"))
    text, form = read.text("roster"), read.one_of("form", tuple(RosterForm))
    rule = read.one_of("rule", tuple(AttributionRule))
    since, until = read.day("from"), read.day("to")
    if text is None and rule is None:
        read.faults.append(FieldFault("body", "roster", "nothing to try: give a roster, a rule, or both"))
    if since is not None and until is not None and until <= since:
        read.faults.append(FieldFault("body", "to", "wanted is a day after `from`; the day itself does not count"))
    if read.faults:
        raise bad_request(*read.faults)
    roster = None if text is None else _roster(text, RosterForm(form or RosterForm.JSON))
    return Proposal(roster, None if rule is None else AttributionRule(rule), since, until)


def _roster(text: str, form: RosterForm) -> Roster:
    try:
        return parse_roster(text, form)
    except BadInputError as exc:
        raise unprocessable(*map(_fault_of, exc.faults)) from exc


def _fault_of(fault: Fault) -> FieldFault:
    detail = f"found {fault.found}, wanted {fault.wanted}" if fault.wanted else fault.found
    return FieldFault("body", f"roster: {fault.path}", detail)
