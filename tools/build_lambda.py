"""Build the zips of the Lambda functions, for arm64, from their locks and the project's own wheel, and check them.

Usage: python -m tools.build_lambda [--output FOLDER] [--python PYTHON3.13]

The same tree gives the same bytes: entries are sorted, their times and permissions fixed, and what an installer notes
about itself is left out. Lambda's code folder cannot be written to, so without bytecode in the zip every cold start
compiles every module it imports; the bytecode has to come from the runtime's own release of Python.
"""

import argparse
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Final

from attrs import frozen

from tools.check_wheel import build_wheel
from tools.lambda_faults import RUNTIME, faults_of_zip, size_of_zip
from tools.working_tree import CHECKOUT

AWS_SERVICES: Final = ("s3", "secretsmanager", "sqs", "sts")
"""Whose descriptions travel; those of the other four hundred would be half the zip. STS signs in for the rest."""

PLATFORM: Final = "aarch64-manylinux_2_28"
"""As uv words it. Named as manylinux2014, it would silently pick releases of years ago."""

_LAMBDA_ROOT: Final = "/var/task"
_OLDEST_ZIP_TIME: Final = 315532800  # 1980-01-01, before which a zip knows no time
_INSTALLERS_NOTES: Final = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json")


@frozen
class Bundle:
    """One zip: its name, and the modules of github_tracker.entrypoints that functions are started with."""

    name: str
    handlers: tuple[str, ...]

    @property
    def lock(self) -> Path:
        """Where its packages are pinned."""
        return CHECKOUT / "requirements" / f"lambda-{self.name}.lock"


BUNDLES: Final = (
    Bundle("collector", ("lambda_collector", "lambda_planner", "lambda_worker")),
    Bundle("api", ("lambda_api",)),
)


class BuildError(Exception):
    """A step failed; the message is what the step said."""


def main() -> int:
    """Build and check every zip; the exit code says whether a fault was found."""
    options = argparse.ArgumentParser(description="Build the zips of the Lambda functions.")
    options.add_argument("--output", type=Path, default=CHECKOUT / "dist" / "lambda")
    options.add_argument("--python", default=f"python{RUNTIME}", help="makes the bytecode; without one, none travels")
    chosen = options.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    compiler = compiler_at(chosen.python)
    if compiler is None:
        print(
            f"lambda: {chosen.python} is no Python {RUNTIME}; without its bytecode cold starts take three times as long"
        )
    with tempfile.TemporaryDirectory(prefix="github-tracker-lambda-") as folder:
        wheel = build_wheel(Path(folder))
        return max([_built(bundle, wheel, Path(folder), chosen.output, compiler) for bundle in BUNDLES])


def _built(bundle: Bundle, wheel: Path, folder: Path, output: Path, compiler: str | None) -> int:
    target, zipped = folder / bundle.name, output / f"{bundle.name}.zip"
    try:
        install(bundle, wheel, target, ("--python-platform", PLATFORM, "--python-version", RUNTIME))
        strip(target)
        if compiler is not None:
            add_bytecode(target, compiler)
    except BuildError as exc:
        sys.exit(f"lambda: {bundle.name}.zip was not built: {exc}")
    write_zip(target, zipped)
    faults = faults_of_zip(zipped, bundle.handlers, (str(CHECKOUT), str(folder)))
    size = size_of_zip(zipped)
    print(f"lambda: {zipped}: {size.zipped / 1e6:.1f} MB, unzipped {size.unzipped / 1e6:.1f} MB")
    for fault in faults:
        print(f"lambda: {bundle.name}.zip: {fault}")
    return 1 if faults else 0


def install(bundle: Bundle, wheel: Path, target: Path, platform: tuple[str, ...] = ()) -> None:
    """Put the locked packages and the project's wheel into a new folder; no platform means this machine's."""
    common = ("pip", "install", "--quiet", "--target", str(target), "--python", sys.executable, *platform)
    wheels_only = ("--no-deps", "--only-binary", ":all:")
    _run(sys.executable, "-m", "uv", *common, *wheels_only, "--require-hashes", "--requirement", str(bundle.lock))
    _run(sys.executable, "-m", "uv", *common, *wheels_only, str(wheel))


def strip(target: Path) -> None:
    """Remove what no handler uses; licences and the packages' names and versions stay."""
    unused = [target / "bin", target / ".lock", *target.rglob("__pycache__"), *target.rglob("*.pyi")]
    unused += [note for about in target.glob("*.dist-info") for note in map(about.joinpath, _INSTALLERS_NOTES)]
    unused += [*target.glob("*/tests"), *target.glob("*/test")]
    descriptions = target / "botocore" / "data"
    unused += [entry for entry in descriptions.iterdir() if entry.is_dir() and entry.name not in AWS_SERVICES]
    for path in unused:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def compiler_at(python: str) -> str | None:
    """Return the interpreter if it is one of the runtime's release."""
    ask = (python, "-c", "import sys; print('%d.%d' % sys.version_info[:2], sys.implementation.name)")
    try:
        answer = subprocess.run(ask, capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    return python if answer.split() == [RUNTIME, "cpython"] else None


def add_bytecode(target: Path, compiler: str) -> None:
    """Compile every module, to be believed without a look at its source, and named as it will lie in Lambda."""
    places = ("-s", str(target), "-p", _LAMBDA_ROOT, str(target))
    # The order of a set's literals in bytecode follows the hashes of strings, which are random unless seeded.
    seeded = {**os.environ, "PYTHONHASHSEED": "0"}
    _run(
        compiler,
        "-s",
        "-m",
        "compileall",
        "-q",
        "-j",
        "1",
        "--invalidation-mode",
        "unchecked-hash",
        *places,
        env=seeded,
    )


def write_zip(source: Path, zipped: Path) -> None:
    """Write a folder as a zip whose bytes follow from names and contents alone, and from SOURCE_DATE_EPOCH if set."""
    epoch = max(int(os.environ.get("SOURCE_DATE_EPOCH", _OLDEST_ZIP_TIME)), _OLDEST_ZIP_TIME)
    files = sorted((path.relative_to(source).as_posix(), path) for path in source.rglob("*") if path.is_file())
    with zipfile.ZipFile(zipped, "w") as archive:
        for name, path in files:
            entry = zipfile.ZipInfo(name, time.gmtime(epoch)[:6])
            entry.create_system = 3  # Unix, on whatever machine
            entry.external_attr = (stat.S_IFREG | (0o755 if ".so" in path.suffixes else 0o644)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def _run(*command: str, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(f"{' '.join(command[:5])} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
