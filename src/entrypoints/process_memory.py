"""How a process that collects keeps its memory: settings of the interpreter and of the C library, made at its start."""

import ctypes
import gc
from typing import Final

_OBJECTS_BETWEEN_COLLECTIONS: Final = 10_000

_M_ARENA_MAX: Final = -8
"""mallopt(3)."""


def collect_garbage_seldom() -> None:
    """Look for garbage in circles less often, since hardly any is made: Python's own pace takes 6 % of a first walk."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


def share_one_arena() -> None:
    """Let all threads allocate in one place; to be called before there are any.

    glibc gives each thread a place of its own, which keeps the 2 MB that a page takes while it is read. Only one thread
    reads a page at a time, so that eight places would each keep what one needs. Elsewhere this does nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
