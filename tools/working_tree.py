"""Fresh copies of the working tree, for checks that must not see what lies around in a checkout.

A stale build/ brings deleted modules back into a wheel, and a .venv hides a missing install step. So both checks work
on a copy that holds just what a commit of this moment would hold.
"""

import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def files_of_working_tree() -> list[Path]:
    """List the files that git tracks or would track, relative to the checkout, deleted ones left out."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={CHECKOUT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = sorted({Path(name) for name in listed.split("\0") if name})
    return [name for name in names if (CHECKOUT / name).is_symlink() or (CHECKOUT / name).exists()]


def copy_working_tree(destination: Path) -> None:
    """Copy those files into an existing empty folder; links stay links."""
    for name in files_of_working_tree():
        target = destination / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, target, follow_symlinks=False)
