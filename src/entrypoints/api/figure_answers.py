"""How figures are answered: whoever has the present answer already is told so quickly, all others get it in turn."""

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import frozen

from github_tracker.application.settled_figures import NoSuchTeamError
from github_tracker.entrypoints.api.answers import Answer, Asked, Forms
from github_tracker.entrypoints.api.problems import not_found
from github_tracker.entrypoints.api.turns import Counters

T = TypeVar("T")


@frozen
class Wanted(Generic[T]):
    """What a request asks for, with how to read and to write it."""

    asked: Asked
    read: Callable[[], T]
    """Raises NoSuchTeamError."""
    forms: Forms[T]


async def answer_in_turn(counters: Counters, ask: Callable[[], Wanted[T]]) -> Answer:
    """Answer what `ask` finds out to be wanted."""
    wanted = await counters.quick.take(ask)
    known = wanted.asked.answer_known(wanted.forms)
    return known if known is not None else await counters.figures.take(lambda: _read(wanted))


def _read(wanted: Wanted[T]) -> Answer:
    try:
        return wanted.asked.answer_with(wanted.read(), wanted.forms)
    except NoSuchTeamError as exc:
        raise not_found("No team has this id.") from exc
