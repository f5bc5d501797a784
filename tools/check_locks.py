"""Check that the lock files pin every dependency by version and hash, satisfy pyproject.toml, and name no address.

Usage: python -m tools.check_locks

A lock is for everybody: where packages are downloaded from is the business of each machine's own settings.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.working_tree import CHECKOUT

EXTRAS_OF_LOCK = {"dev.lock": ("embedded", "api", "aws", "dev"), "run.lock": ("embedded",), "api.lock": ("api",)}
"""Which extras each lock covers, beside the core dependencies; the same as in the Makefile's target `lock`."""

GROUP_OF_LOCK = {"lambda-collector.lock": "lambda-collector", "lambda-api.lock": "lambda-api"}
"""Which dependency group each zip's lock covers; the core dependencies that the group does not name are not wanted."""

_ADDRESS = re.compile(r"://|^\s*(-i|-f|-e)\b|--(extra-)?index-url|--find-links|--trusted-host|@ file")
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def main() -> int:
    """Print every fault of the lock files; the exit code says whether there was one."""
    wanted_of_lock = wanted_by_lock(tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")))
    faults, locked = [], []
    for name, wanted in wanted_of_lock.items():
        text = (CHECKOUT / "requirements" / name).read_text(encoding="utf-8")
        faults += [f"requirements/{name}: {fault}" for fault in (*faults_of_text(text), *unmet(text, wanted))]
        locked.append(pins_of_text(text))
    tested, *others = locked
    for to_run in others:
        for package in sorted(set(tested) & set(to_run)):
            if tested[package] != to_run[package]:
                faults.append(f"{package} is tested at {tested[package]} and locked to run at {to_run[package]}")
    print("\n".join(faults) or f"locks: {len(wanted_of_lock)} files, pinned, hashed, up to date, without addresses")
    return 1 if faults else 0


def wanted_by_lock(pyproject: dict[str, Any]) -> dict[str, list[str]]:
    """Return each lock's requirements; a group names packages only, and their bounds are those of the project."""
    core, extras = pyproject["project"]["dependencies"], pyproject["project"]["optional-dependencies"]
    wanted = {
        lock: [*core, *(line for extra in chosen for line in extras[extra])] for lock, chosen in EXTRAS_OF_LOCK.items()
    }
    bounded = [*core, *(line for lines in extras.values() for line in lines)]
    for lock, group in GROUP_OF_LOCK.items():
        names = pyproject["dependency-groups"][group]
        chosen = {canonicalize_name(Requirement(name).name) for name in names}
        wanted[lock] = [*names, *(line for line in bounded if canonicalize_name(Requirement(line).name) in chosen)]
    return wanted


def faults_of_text(text: str) -> Iterator[str]:
    """Yield each line that names an address, and each requirement that is not pinned and hashed."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _ADDRESS.search(line):
            yield f"line {number} names an address: {line.strip()}"
    # A requirement's hashes stand on continuation lines; joined, each requirement is one line.
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#") and not (_PIN.match(line) and _HASH.search(line)):
            yield f"not pinned with == and sha256: {line.strip()[:80]}"


def pins_of_text(text: str) -> dict[str, str]:
    """Return each locked package's version, by its normalised name."""
    return {canonicalize_name(pin["name"]): pin["version"] for pin in map(_PIN.match, text.splitlines()) if pin}


def unmet(text: str, wanted: list[str]) -> Iterator[str]:
    """Yield each requirement of pyproject.toml that the lock's versions do not satisfy."""
    pins = pins_of_text(text)
    for requirement in map(Requirement, wanted):
        version = pins.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            yield f"{requirement} is wanted, {version or 'nothing'} is locked; run `make lock`"


if __name__ == "__main__":
    sys.exit(main())
