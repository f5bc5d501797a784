"""What a piece of work costs, in figures that are the same on every machine however busy it is."""

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

TraceFunction = Callable[[FrameType, str, Any], Any]  # as sys.settrace takes it


def calls_of(work: Callable[[], object]) -> int:
    """Return how many functions the work calls, those of Python and those of C."""
    return _events_while(work) - _events_while(lambda: None)


def steps_of(work: Callable[[], object]) -> int:
    """Return how many instructions of the interpreter the work takes: a loop without any call shows itself too.

    It is done once before: what is made only once does not count, and from 3.12 on Python begins to count a function's
    instructions only after it was entered for the first time.
    """
    return _instructions_again(work) - _instructions_again(lambda: None)


def peak_bytes_of(work: Callable[[], object]) -> int:
    """Return how many bytes the work holds at once, at most, above what was held before; its result counts too."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = work()
        _, peak = tracemalloc.get_traced_memory()
        del result
    finally:
        tracemalloc.stop()
    return peak - before


def _events_while(work: Callable[[], object]) -> int:
    events = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal events
        events += event in ("call", "c_call")

    with _no_garbage_collection():
        others = sys.getprofile()
        sys.setprofile(count)
        try:
            work()
        finally:
            sys.setprofile(others)
    return events


def _instructions_again(work: Callable[[], object]) -> int:
    _instructions_while(work)
    return _instructions_while(work)


def _instructions_while(work: Callable[[], object]) -> int:
    instructions = 0

    def enter(frame: FrameType, _event: str, _argument: object) -> TraceFunction:
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        return step

    def step(_frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal instructions
        instructions += event == "opcode"
        return step

    with _no_garbage_collection():
        others = sys.gettrace()
        sys.settrace(enter)
        try:
            work()
        finally:
            sys.settrace(others)
    return instructions


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """It comes when it likes, and calls whoever asked to be told of it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
