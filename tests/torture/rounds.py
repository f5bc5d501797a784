"""What is done to the program while it collects: killed, cut off from its database, crashed upon, and doubled."""

from tests.scripted_faults import lists, slow
from tests.torture.moments import wait_for_a_moment
from tests.torture.programs import Program
from tests.torture.tally import Torture
from tests.torture.world import ANY_WORDED, KILLED, WELL, WELL_OR_PARTIAL, Place, World, world

ROUNDS_A_WORLD = 6
"""The first of them cut the first walk over the history, the others increments."""

_TRIES = 4
"""A program may be quicker than what is to befall it; so many tries a round at most."""

_SLOWNESS_SECONDS = 0.5

_CHANGES = (5, 40, 150, 400)
"""Between two runs: increments of one page and of several."""

_VICTIM = """
SELECT pg_terminate_backend(pid)
FROM (
    SELECT pid FROM pg_stat_activity
    WHERE application_name = 'github-tracker' AND backend_type = 'client backend'
    ORDER BY state <> 'active', random()
    LIMIT 1
) AS victim
"""


def kill(place: Place, rounds: int) -> None:
    """Kill the program at so many moments; after one to three kills, a clean run and the whole audit."""
    with world(place, Torture.KILL) as made:
        landed = 0
        for _ in range(rounds * _TRIES):
            if landed == rounds:
                break
            landed += _kill_once(made)
            if made.random.random() < 0.4:
                made.settle()
            made.github.change(made.random.choice(_CHANGES))
        made.settle()


def terminate_backends(place: Place, rounds: int) -> None:
    """End one of the program's connections from the server's side; the program must go on and end well."""
    with world(place, Torture.TERMINATION) as made:
        landed = 0
        for _ in range(rounds * _TRIES):
            if landed == rounds:
                break
            program = made.collect(*_options(made))
            wait_for_a_moment(made, program)
            has_landed = _terminate_one(made)
            made.examine([program], WELL)
            if has_landed:
                landed += 1
                made.tally.add_round(Torture.TERMINATION)
            made.github.change(made.random.choice(_CHANGES))
        made.settle()


def restart(place: Place, rounds: int) -> None:
    """Crash the server while the program runs. It may give up, but only with words, and nothing may be lost."""
    with world(place, Torture.RESTART) as made:
        for _ in range(rounds):
            program = made.collect(*_options(made))
            wait_for_a_moment(made, program)
            made.server.restart_at_once()
            (end,) = made.examine([program], ANY_WORDED)
            made.tally.remark(f"immediate restarts that the program ended with exit code {end.code}")
            made.tally.add_round(Torture.RESTART)
            made.github.change(made.random.choice(_CHANGES))
        made.settle()


def pair(place: Place, rounds: int) -> None:
    """Let two or three programs collect the same at once, in some rounds with a change of the roster in between."""
    with world(place, Torture.PAIR) as made:
        for count in range(rounds):
            programs = [made.collect(*_options(made))]
            for _ in range(1 if made.random.random() < 0.7 else 2):
                programs[-1].wait(made.random.uniform(0, 0.5))
                programs.append(made.collect(*_options(made)))
            changes = []
            if count % 2 == 0:
                changes.append(_change_roster_meanwhile(made, programs[0]))
            made.examine([*programs, *changes], WELL_OR_PARTIAL)
            made.tally.add_round(Torture.PAIR)
            if made.random.random() < 0.5:
                made.settle()
            made.github.change(made.random.choice(_CHANGES))
        made.settle()


def _change_roster_meanwhile(made: World, program: Program) -> Program:
    """Start another program that changes the roster; pages come slowly, so that some are stored before and some after.

    The answers wait longer than that program takes to start.
    """
    made.github.misbehave(lists(), slow(_SLOWNESS_SECONDS), times=20)
    made.github.wait_for_request(made.github.requests + made.random.randint(1, 3), lambda: program.is_over)
    return made.sync_another_roster()


def _kill_once(made: World) -> bool:
    """Kill a program, sometimes one of two that run at once; return whether it was still alive."""
    other = made.collect() if made.random.random() < 0.1 else None
    program = made.collect(*_options(made))
    wait_for_a_moment(made, program)
    program.kill()
    if other is not None:
        made.examine([other], WELL_OR_PARTIAL)
    (end,) = made.examine([program], KILLED)
    if end.code != 0:
        made.tally.add_round(Torture.KILL)
    return end.code != 0


def _terminate_one(made: World) -> bool:
    with made.server.connect() as connection:
        return connection.execute(_VICTIM).fetchone() == (True,)


def _options(made: World) -> tuple[str, ...]:
    return ("--full",) if made.random.random() < 0.15 else ()
