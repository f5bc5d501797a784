"""What was measured, as Markdown tables on the terminal and as JSON in build/bench."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tools.working_tree import CHECKOUT

FOLDER: Final = CHECKOUT / "build" / "bench"

Document = Mapping[str, object]


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; the first column reads from the left, figures from the right."""
    text = [_line(heads), "|---" + "|---:" * (len(heads) - 1) + "|", *map(_line, lines)]
    return "\n".join(text)


def keep(name: str, document: Document) -> Path:
    """Write a result, with when and on what it was measured, and return where it lies."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    whole = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), **document}
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return path


def machine() -> Document:
    """Return what the figures depend on."""
    return {
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": [round(load, 1) for load in os.getloadavg()],
    }


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
