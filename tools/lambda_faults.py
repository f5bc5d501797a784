"""What must not be in a zip for Lambda: each check looks at the finished zip, whatever built it."""

import os
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import frozen
from packaging.tags import Tag, compatible_tags, cpython_tags, parse_tag

RUNTIME: Final = "3.13"
MOST_ZIPPED: Final = 25_000_000
"""Bytes. Lambda takes 50 MB in one request; above it a zip must come from S3."""
MOST_UNZIPPED: Final = 100_000_000
"""Bytes. Lambda takes 250 MB, layers included."""
NEWEST_GLIBC: Final = 34
"""The minor number of the newest glibc that may be needed: 2.34, which Amazon Linux 2023 has."""

HANDLER: Final = re.compile(r"^def handler\(", re.MULTILINE)
"""What makes a module of the entrypoints one that a function can be started with."""

_AARCH64: Final = 183  # e_machine, as in elf.h
_ELF: Final = b"\x7fELF"
_GLIBC: Final = re.compile(rb"GLIBC_2\.(\d+)(?:\.\d+)?\0")
_SECRETS: Final = {
    "a GitHub token": re.compile(rb"\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{60}"),
    "an AWS access key": re.compile(rb"\bA[KS]IA(?![0-9A-Z]*EXAMPLE)[0-9A-Z]{16}\b"),
    "a private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\s|\\n)+[A-Za-z0-9+/=]{40}"),
}
_SECRET_VARIABLES: Final = ("GITHUB_PAT", "GITHUB_APP_PRIVATE_KEY", "DB_URL", "DB_READ_URL", "API_KEYS")
_PLATFORMS: Final = ("manylinux2014_aarch64", *(f"manylinux_2_{n}_aarch64" for n in range(17, NEWEST_GLIBC + 1)))
_VERSION: Final = (3, 13)


@frozen
class ZipSize:
    """Bytes of a zip, and of all its files together."""

    zipped: int
    unzipped: int


def size_of_zip(zipped: Path) -> ZipSize:
    """Measure a zip."""
    with zipfile.ZipFile(zipped) as archive:
        return ZipSize(zipped.stat().st_size, sum(entry.file_size for entry in archive.infolist()))


def faults_of_zip(
    zipped: Path,
    handlers: tuple[str, ...],
    paths: tuple[str, ...],
    limit: ZipSize = ZipSize(MOST_ZIPPED, MOST_UNZIPPED),
) -> list[str]:
    """Find every fault; `paths` are folders of the building machine, of which nothing may be heard."""
    size = size_of_zip(zipped)
    faults = [f"{size.zipped} bytes, {limit.zipped} are allowed"] if size.zipped > limit.zipped else []
    if size.unzipped > limit.unzipped:
        faults.append(f"{size.unzipped} bytes unzipped, {limit.unzipped} are allowed")
    with zipfile.ZipFile(zipped) as archive:
        names = archive.namelist()
        for handler in handlers:
            module = f"github_tracker/entrypoints/{handler}.py"
            if module not in names or not HANDLER.search(archive.read(module).decode()):
                faults.append(f"no handler github_tracker.entrypoints.{handler}")
        for name in names:
            content = archive.read(name)
            if name.endswith(".dist-info/WHEEL"):
                faults += [f"{name}: {fault}" for fault in faults_of_tags(content.decode())]
            if content.startswith(_ELF):
                faults += [f"{name}: {fault}" for fault in faults_of_elf(content)]
            faults += [f"{name}: {fault}" for fault in _leaks(content, paths)]
    return faults


def faults_of_tags(wheel: str) -> Iterator[str]:
    """Yield what is wrong with a wheel's own tags: one of them at least must fit the runtime."""
    lines = [line.partition(":")[2].strip() for line in wheel.splitlines() if line.startswith("Tag:")]
    tags = {tag for line in lines for tag in parse_tag(line)}
    if not tags & _fitting():
        wanted = f"CPython {RUNTIME} on aarch64 with glibc 2.{NEWEST_GLIBC}"
        yield f"made for {', '.join(lines) or 'nothing'}, not for {wanted}"


def faults_of_elf(content: bytes) -> Iterator[str]:
    """Yield what is wrong with a library: another processor, or a newer glibc than there is."""
    width, order = content[4], content[5]
    (machine,) = struct.unpack_from("<H" if order == 1 else ">H", content, 18)
    if (width, order, machine) != (2, 1, _AARCH64):
        yield f"a library for machine {machine}, not for AArch64 ({_AARCH64})"
    newest = max((int(minor) for minor in _GLIBC.findall(content)), default=0)
    if newest > NEWEST_GLIBC:
        yield f"a library that needs glibc 2.{newest}, 2.{NEWEST_GLIBC} is there"


def _fitting() -> frozenset[Tag]:
    native = cpython_tags(_VERSION, ["cp313"], _PLATFORMS)
    return frozenset((*native, *compatible_tags(_VERSION, "cp313", _PLATFORMS)))


def _leaks(content: bytes, paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        if path.encode() in content:
            yield f"names {path}, a folder of the building machine"
    for kind, pattern in _SECRETS.items():
        if pattern.search(content):
            yield f"holds {kind}"
    for variable in _SECRET_VARIABLES:
        value = os.environ.get(variable, "")
        if len(value) >= 8 and value.encode() in content:
            yield f"holds the value of {variable}"
