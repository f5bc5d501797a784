"""The Lambda zips, and the same packages for this machine, built once for all worker processes."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from attrs import frozen

from tools.build_lambda import BUNDLES, PLATFORM, BuildError, Bundle, install, strip, write_zip
from tools.check_wheel import build_wheel
from tools.lambda_faults import RUNTIME

_OFFLINE: Final = re.compile(r"Failed to fetch|error sending request|network was disabled|dns error")


@frozen
class BuiltZips:
    """A folder with a zip and a folder of each bundle in it."""

    folder: Path

    def zipped(self, bundle: Bundle) -> Path:
        """The zip for Lambda."""
        return self.folder / f"{bundle.name}.zip"

    def unpacked(self, bundle: Bundle) -> Path:
        """The same pins for this machine and this Python."""
        return self.folder / f"{bundle.name}-here"


def build_once(temporary: Path) -> BuiltZips:
    """Build in the folder that the worker processes of one run share; the first that comes builds for all."""
    shared = temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary
    folder, ready = shared / "lambda-zips", shared / "lambda-zips" / "ready"
    with (shared / "lambda-zips.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what a worker left whose build failed
            (folder / "wheel").mkdir(parents=True)
            wheel = build_wheel(folder / "wheel")
            for bundle in BUNDLES:
                build_for_lambda(bundle, wheel, folder / bundle.name, folder / f"{bundle.name}.zip")
                install_or_skip(bundle, wheel, folder / f"{bundle.name}-here", ())
            ready.touch()
    return BuiltZips(folder)


def build_for_lambda(bundle: Bundle, wheel: Path, target: Path, zipped: Path) -> None:
    """Build one zip; without bytecode, as not every machine has Lambda's release of Python."""
    install_or_skip(bundle, wheel, target, ("--python-platform", PLATFORM, "--python-version", RUNTIME))
    write_zip(target, zipped)


def install_or_skip(bundle: Bundle, wheel: Path, target: Path, platform: tuple[str, ...]) -> None:
    """Install and strip; without a network, skip where nobody promised one."""
    try:
        install(bundle, wheel, target, platform)
    except BuildError as exc:
        if _OFFLINE.search(str(exc)) and not os.environ.get("CI"):
            pytest.skip("the wheels of the Lambda zips cannot be downloaded here")
        raise
    strip(target)


def run_clean(folder: Path, program: str, **environment: str) -> str:
    """Run a program with that folder and the standard library only, as nobody's user; return what it printed."""
    only = f"import sys; sys.path.insert(0, {str(folder)!r})\n"
    # Mangum asks whether there is an event loop, which from 3.12 on is warned of where there is none.
    warnings = ("-W", "error", "-W", "ignore:There is no current event loop:DeprecationWarning")
    command = [sys.executable, "-I", "-S", "-B", *warnings, "-c", only + program]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
