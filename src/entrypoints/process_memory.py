"""How a process that collects keeps its memory."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_M_ARENA_MAX: Final = -8
"""mallopt(3)."""


def share_one_arena() -> None:
    """Let all threads allocate in one place; to be called before there are any.

    glibc gives each thread a place of its own, which keeps the 2 MB that a page takes while it is read. Only one thread
    reads a page at a time, so that eight places would each keep what one needs. Elsewhere this does nothing.
    """
    import ctypes  # noqa: PLC0415  # only who collects needs it

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


@contextmanager
def without_looking_for_garbage() -> Iterator[None]:
    """Load modules within it: what they define stays for good, and is never looked through for garbage.

    Else Python does that again and again while they are loaded, and with all later objects: a tenth of what loading
    takes.
    """
    was_enabled, loaded_before = gc.isenabled(), len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        # Where nothing was loaded there is nothing to keep, and what else there is may be garbage some day.
        if len(sys.modules) > loaded_before:
            gc.freeze()
        if was_enabled:
            gc.enable()
