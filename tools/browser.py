"""The browser of this machine: Debian's Chromium, or whichever one CHROMIUM names."""

import os
import shutil
from typing import Final

# Root, as in a container, has no sandbox; /dev/shm is small there. Colours are the same on every screen.
FLAGS: Final = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb")

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """Return where the browser is; None where none is installed."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
