"""Where is written to: the console of people, and whether it is one."""

from rich.console import Console

WIDTH_OF_A_FILE = 1000
"""Characters a line where the output is no terminal, so that nothing is folded or cut off."""


def console() -> Console:
    """Return the console on standard output."""
    out = _PipedConsole()
    return out if out.is_terminal else _PipedConsole(width=WIDTH_OF_A_FILE)


class _PipedConsole(Console):
    """Lets the command's own edge see that the reader has gone, instead of ending the process with exit code 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def is_interactive(out: Console) -> bool:
    """Whether lines can be drawn over: not into a file or pipe, and not on a terminal that only types."""
    return out.is_terminal and not out.is_dumb_terminal
