"""How much of each torture there is to be, and two lanes that work it off, each with a server of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress
from functools import partial
from queue import Empty, SimpleQueue
from random import Random

from attrs import frozen

from tests.integration.command_line import command_line
from tests.torture import rounds
from tests.torture.github_faults import CASES, misbehave
from tests.torture.server import private_server
from tests.torture.tally import Tally
from tests.torture.world import Place

Job = Callable[[Place], None]

LANES = 2


@frozen
class Plan:
    """So many rounds of each torture; everything that is drawn follows from the seed, save when things happen."""

    seed: int
    kills: int = 200
    terminations: int = 50
    restarts: int = 20
    pairs: int = 10
    faults: int = len(CASES)
    """Kinds of fault times the pages that each can befall, from the first on."""

    def jobs(self) -> Iterator[tuple[str, Job]]:
        """Return what is to be done, in worlds of their own, each with a name."""
        for name, torment, count in (
            ("kills", rounds.kill, self.kills),
            ("terminations", rounds.terminate_backends, self.terminations),
            ("restarts", rounds.restart, self.restarts),
            ("pairs", rounds.pair, self.pairs),
        ):
            for first in range(0, count, rounds.ROUNDS_A_WORLD):
                size = min(rounds.ROUNDS_A_WORLD, count - first)
                yield f"{name} from {first + 1}", partial(torment, rounds=size)
        for kind, page in CASES[: self.faults]:
            yield f"{kind.name} on page {page}", partial(misbehave, kind=kind, page=page)


def carry_out(plan: Plan, tell: Callable[[str], None] = lambda _text: None) -> Tally:
    """Do it all and return what came of it; each world that begins is told."""
    tally = Tally()
    jobs: SimpleQueue[tuple[str, Job]] = SimpleQueue()
    for entry in plan.jobs():
        jobs.put(entry)
    with ThreadPoolExecutor(LANES, thread_name_prefix="lane") as threads:
        lanes = [threads.submit(_work, plan.seed, jobs, tally, tell) for _ in range(LANES)]
        try:
            for lane in as_completed(lanes):
                lane.result()
        except BaseException:
            # Such as Ctrl-C: the lanes end with the world that they are in, and stop their servers.
            _forget(jobs)
            raise
    return tally


def _forget(jobs: "SimpleQueue[tuple[str, Job]]") -> None:
    with suppress(Empty):
        while True:
            jobs.get_nowait()


def _work(seed: int, jobs: "SimpleQueue[tuple[str, Job]]", tally: Tally, tell: Callable[[str], None]) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(private_server())
        line = stack.enter_context(command_line())
        while True:
            try:
                name, job = jobs.get_nowait()
            except Empty:
                return
            tell(name)
            job(Place(server, line, Random(f"{seed} {name}"), tally, f"seed {seed}, {name}"))


def new_seed() -> int:
    """Return a seed that nobody has chosen."""
    return Random().randrange(10**9)
