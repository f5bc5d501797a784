"""A file that is there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click


def check_output(path: Path, *, is_forced: bool) -> None:
    """Refuse what must not be written over: an existing file unless forced, and whatever is no file."""
    if path.is_dir():
        raise click.BadParameter(f"{path} is a folder; name a file.", param_hint="'--output'")
    if path.exists() and not path.is_file():
        raise click.BadParameter(f"{path} is no regular file; - is standard output.", param_hint="'--output'")
    if path.exists() and not is_forced:
        raise click.BadParameter(f"{path} exists; --force writes over it.", param_hint="'--output'")
    if not path.parent.is_dir():
        raise click.BadParameter(f"the folder {path.parent} does not exist.", param_hint="'--output'")


@contextmanager
def whole_file(path: Path, *, is_forced: bool) -> Iterator[BinaryIO]:
    """Give a file to be written, which gets its name when all went well; else nothing is left of it.

    It lies beside its final place, since renaming is whole on one file system only, and a link is followed.
    """
    check_output(path, is_forced=is_forced)
    place = path.resolve()
    part = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        # Somebody else may have written it meanwhile.
        check_output(path, is_forced=is_forced)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
