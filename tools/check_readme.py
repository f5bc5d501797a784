"""Run the commands that the documents show, in a fresh copy of the working tree, as a newcomer would.

Usage: python -m tools.check_readme [FILE...]; without any, README.md and docs/attribution.md

Commands are the lines that start with `$ ` in fenced blocks of the language `console`; a command that ends in a
backslash goes on in the next line. All other lines of such a block show output: each of them must come, in that order,
in what the block writes; `...` and empty lines stand for whatever is left out, such as times and paths. A block that
cannot run here is marked on the line before it, with the reason:

    <!-- not run: needs a token -->

Blocks run in order and share the copy, also those of several files; the commands of one block share one shell, and
what they leave in the background ends with it. The first one that fails ends the check. Blocks of another language
(`sh`, `text`) are never run, so a command that is shown there is not checked either.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from tools.working_tree import CHECKOUT, copy_working_tree

DOCUMENTS = ("README.md", "docs/attribution.md")
SECONDS_A_BLOCK = 600
_INSIDE = "GITHUB_TRACKER_README_CHECK"
_FENCE = re.compile(r"^```(?P<language>\w*)\s*$")
_NOT_RUN = re.compile(r"^<!-- not run: (?P<reason>.+?) -->$")
# Settings and secrets of the person who runs the check must neither help nor be used, nor flags of an outer make.
_NOT_PASSED_ON = re.compile(
    r"^(GITHUB_|GH_|DB_|PG|AWS_|TEST_DB_URL|TEAM_CONFIG|REPOSITORIES|ATTRIBUTION_RULE|REPORT_TIME_ZONE|BOT_PATTERNS"
    r"|MIN_GROUP_SIZE|STORE_TITLES|COLLECT_|LOG_LEVEL|DATA_FOLDER|VIRTUAL_ENV|PYTHONPATH|MAKE|MFLAGS)"
)


@frozen
class Block:
    """The commands of one console block; `reason` says why it is not run, and is empty if it is."""

    line: int
    commands: tuple[str, ...]
    reason: str
    output: tuple[str, ...] = ()
    """The lines that must come in what it writes, in this order."""


def main(arguments: list[str]) -> int:
    """Run every block that is not marked; the exit code is 1 if one failed or a document has none to run."""
    if _INSIDE in os.environ:
        sys.exit("a document runs the check of the documents; mark that block as not run")
    blocks = {name: _blocks_of(CHECKOUT / name) for name in arguments or DOCUMENTS}
    with tempfile.TemporaryDirectory(prefix="github-tracker-readme-") as folder:
        # As root the embedded server runs as another user, who has to get into the copy; else its data went elsewhere.
        Path(folder).chmod(0o755)
        passed = run_blocks(blocks, Path(folder))
    for name, own in blocks.items():
        for block in own:
            if block.reason:
                print(f"{name}:{block.line}: not run: {block.reason}")
    return 0 if passed else 1


def _blocks_of(document: Path) -> list[Block]:
    blocks = [block for block in console_blocks(document.read_text(encoding="utf-8")) if block.commands]
    if all(block.reason for block in blocks):
        sys.exit(f"{document.name} shows no command that can be run; is a block marked `console`?")
    return blocks


def console_blocks(text: str) -> Iterator[Block]:
    """Yield the console blocks in order; an unmarked and a marked one are told apart by the line before the fence."""
    lines = enumerate(text.splitlines(), start=1)
    before = ""
    for number, line in lines:
        fence = _FENCE.match(line)
        if fence is None:
            before = line.strip() or before
            continue
        inside = []
        for _, content in lines:
            if content.rstrip() == "```":
                break
            inside.append(content)
        if fence["language"] == "console":
            mark = _NOT_RUN.match(before)
            commands, output = _parted(inside)
            yield Block(number, commands, mark["reason"] if mark else "", output)
        before = ""


def _parted(lines: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    commands: list[str] = []
    output: list[str] = []
    is_open = False
    for line in lines:
        if is_open:
            commands[-1] += "\n" + line.removeprefix("> ")
        elif line.startswith("$ "):
            commands.append(line.removeprefix("$ "))
        elif line.strip() not in ("", "..."):
            output.append(line.rstrip())
            continue
        is_open = bool(commands) and line.endswith("\\")
    return tuple(commands), tuple(output)


def first_missing(wanted: Iterable[str], written: str) -> str | None:
    """Return the first line that does not come after those before it; spaces at the end are of no account."""
    lines = iter([line.rstrip() for line in written.splitlines()])
    return next((line for line in wanted if line not in lines), None)


def run_blocks(blocks: dict[str, list[Block]], folder: Path) -> bool:
    """Run the blocks in a copy below `folder` until one fails; the embedded server's data lie in that copy too."""
    copy = folder / "github-tracker"
    copy.mkdir()
    copy_working_tree(copy)
    environment = {key: value for key, value in os.environ.items() if not _NOT_PASSED_ON.match(key)}
    environment[_INSIDE] = "1"
    # Pip's way to say --no-compile: what the commands import of all that is installed there is compiled when they do.
    environment["PIP_NO_COMPILE"] = "0"
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        to_run = [(name, block) for name, own in blocks.items() for block in own if not block.reason]
        return all(_passes(block, copy, environment, name) for name, block in to_run)
    finally:
        # Stops the embedded server that a command may have left running, and removes data that lie elsewhere for root.
        failure = _run(["make", "--silent", "clean"], copy, environment, log := folder / "clean.log")
        if failure:
            print(f"make clean in the copy: {failure}\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _passes(block: Block, copy: Path, environment: dict[str, str], name: str) -> bool:
    # -x names each command as it starts, so that the output says which one failed.
    script = "set -euxo pipefail\n" + "\n".join(block.commands)
    log = copy.parent / f"{Path(name).stem}-{block.line}.log"
    started = time.monotonic()
    failure = _run(["bash", "-c", script], copy, environment, log)
    missing = None if failure else first_missing(block.output, log.read_text(encoding="utf-8", errors="replace"))
    failure = failure or (f"this line does not come, or not in its place: {missing}" if missing is not None else "")
    where = f"{name}:{block.line}: {len(block.commands)} command(s), {time.monotonic() - started:.0f} s"
    print(f"{where}: {failure or 'passed'}", flush=True)
    if failure:
        print(log.read_text(encoding="utf-8", errors="replace")[-5000:], flush=True)
    return not failure


def _run(command: list[str], copy: Path, environment: dict[str, str], log: Path) -> str:
    """Return what went wrong, or nothing. Output goes to a file: a server left running would keep a pipe open."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(SECONDS_A_BLOCK)
        except subprocess.TimeoutExpired:
            return f"not finished after {SECONDS_A_BLOCK} seconds"
        finally:
            # What the block left in the background, and after a timeout the block itself.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return f"exit code {code}" if code else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
