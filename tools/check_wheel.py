"""Build the source archive and from it the wheel, in a clean copy, and compare the wheel with the tree.

Usage: python -m tools.check_wheel

Every file under src/ and schema/ must travel, and nothing else; a sub-package or a data file that pyproject.toml does
not list would be missing from the wheel without a word. Then every module is imported from the unpacked wheel.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tools.working_tree import copy_working_tree, files_of_working_tree

ROOTS = {"src": "github_tracker", "schema": "github_tracker/schema"}
"""Where each source folder lands in the wheel; the same as package-dir in pyproject.toml."""

# The checkout is installed as editable too, so the place of each module is looked at: the wheel's must win.
_IMPORT_EVERYTHING = """
import importlib, importlib.resources, pathlib, pkgutil, sys
import github_tracker
unpacked = pathlib.Path(sys.argv[1]).resolve()
names = ["github_tracker", *(m.name for m in pkgutil.walk_packages(github_tracker.__path__, "github_tracker."))]
for name in names:
    file = importlib.import_module(name).__file__
    if not pathlib.Path(file).resolve().is_relative_to(unpacked):
        sys.exit(f"{name} was imported from {file}, not from the wheel")
if not any(entry.name.endswith(".sql") for entry in importlib.resources.files("github_tracker.schema").iterdir()):
    sys.exit("github_tracker.schema holds no SQL file")
print(f"wheel: {len(names)} modules imported")
"""


def main() -> int:
    """Print what differs; the exit code says whether something did."""
    with tempfile.TemporaryDirectory(prefix="github-tracker-wheel-") as folder:
        wheel = build_wheel(Path(folder))
        faults = differences(wheel, files_of_working_tree())
        print("\n".join(faults) or f"wheel: {wheel.name} holds just what src/ and schema/ hold")
        return 1 if faults else import_from(wheel, Path(folder) / "unpacked")


def build_wheel(folder: Path) -> Path:
    """Build in a copy of the working tree with the locked setuptools, so that nothing is downloaded."""
    source, built = folder / "source", folder / "dist"
    source.mkdir()
    copy_working_tree(source)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(built), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"the wheel could not be built:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return next(built.glob("*.whl"))


def differences(wheel: Path, files: list[Path]) -> list[str]:
    """Compare the wheel's files with those of the tree, and look for its licence and its command."""
    wanted = {f"{ROOTS[file.parts[0]]}/{file.relative_to(file.parts[0])}" for file in files if file.parts[0] in ROOTS}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    about = {name for name in names if ".dist-info/" in name}
    faults = [f"not in the wheel, see packages and package-data: {name}" for name in sorted(wanted - names)]
    faults += [f"in the wheel, but not in the tree: {name}" for name in sorted(names - about - wanted)]
    for ending in ("/licenses/LICENSE", "/entry_points.txt", "/METADATA"):
        if not any(name.endswith(ending) for name in about):
            faults.append(f"the wheel has no {ending}")
    return faults


def import_from(wheel: Path, unpacked: Path) -> int:
    """Import every module from the unpacked wheel, in a process of its own."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    command = [sys.executable, "-c", _IMPORT_EVERYTHING, str(unpacked)]
    return subprocess.run(
        command, cwd=unpacked, env={**os.environ, "PYTHONPATH": str(unpacked)}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
