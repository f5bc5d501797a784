"""How a process that collects keeps its memory."""

import ctypes
from typing import Final

_M_ARENA_MAX: Final = -8
"""mallopt(3)."""


def share_one_arena() -> None:
    """Let all threads allocate in one place; to be called before there are any.

    glibc gives each thread a place of its own, which keeps the 2 MB that a page takes while it is read. Only one thread
    reads a page at a time, so that eight places would each keep what one needs. Elsewhere this does nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
