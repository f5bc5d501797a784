"""What is sent to /what-if: read strictly, every fault named."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Final

from attrs import frozen

from github_tracker.application.what_if import Proposal
from github_tracker.domain.policy import AttributionRule
from github_tracker.domain.roster import Roster
from github_tracker.entrypoints.api.problems import FieldFault, bad_request, unprocessable
from github_tracker.entrypoints.api.query import read_day
from github_tracker.entrypoints.bad_input import BadInputError, Fault
from github_tracker.entrypoints.roster_file import RosterForm, parse_roster
from github_tracker.entrypoints.setting_values import TOKEN

_FIELDS: Final = frozenset({"roster", "form", "rule", "from", "to"})


def read_proposal(body: bytes) -> Proposal:
    """Return what is proposed. Raises a problem."""
    read = _Body(_object(body), [])
    fields = read.fields
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


def _object(body: bytes) -> Mapping[str, object]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise bad_request(FieldFault("body", "(all)", "wanted is a JSON object"))
    return fields


def _roster(text: str, form: RosterForm) -> Roster:
    try:
        return parse_roster(text, form)
    except BadInputError as exc:
        raise unprocessable(*map(_fault_of, exc.faults)) from exc


def _fault_of(fault: Fault) -> FieldFault:
    """Tell what was found too, as it was sent in a roster, which holds no secret; unless one got into it by mistake."""
    name, detail = fault.path, f"found {fault.found}, wanted {fault.wanted}" if fault.wanted else fault.found
    if TOKEN.search(name):
        name = "(not shown)"
    if TOKEN.search(detail):
        detail = "found what looks like a token (not shown)"
    return FieldFault("body", f"roster: {name}", detail)


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
