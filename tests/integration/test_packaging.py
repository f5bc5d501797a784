"""The package as it is installed, and the checks that guard it."""

import doctest
import importlib
import importlib.metadata
import re
import tomllib
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import github_tracker
from github_tracker.entrypoints.api.page_files import SCRIPTS, STYLE
from tools.check_locks import faults_of_text, unmet, wanted_by_lock
from tools.check_readme import Block, console_blocks, first_missing
from tools.working_tree import CHECKOUT

SOURCE = CHECKOUT / "src"
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
HASH = f"--hash=sha256:{'0' * 64}"


def module_name(file: Path) -> str:
    """Name the module that a file under src/ is imported as."""
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(("github_tracker", *(part for part in parts if part != "__init__")))


def test_packages_listed_are_those_of_the_tree() -> None:
    """A sub-package left out of pyproject.toml would be missing from the wheel without a word."""
    in_tree = {module_name(file) for file in SOURCE.rglob("__init__.py")}
    assert sorted(SETUPTOOLS["packages"]) == sorted({*in_tree, "github_tracker.schema"})


def test_every_folder_with_modules_is_a_package() -> None:
    """A folder without __init__.py imports in the checkout and is absent from the wheel."""
    folders = {file.parent for file in SOURCE.rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_package_data_covers_every_file_that_is_not_python() -> None:
    """A data file without a pattern in pyproject.toml would be missing from the wheel."""
    unlisted = []
    for package in SETUPTOOLS["packages"]:
        folder = files(package)
        patterns = ("*.py", *SETUPTOOLS["package-data"].get(package, ()))
        names = [Path(entry.name) for entry in folder.iterdir() if entry.is_file()]
        unlisted += [f"{package}: {name}" for name in names if not any(name.match(pattern) for pattern in patterns)]
    assert unlisted == []


def test_package_data_covers_every_file_in_a_folder_that_is_no_package() -> None:
    """Such as the page's: by a pattern of the package that it lies in; what the page loads is among them."""
    unlisted, listed = [], set()
    for file in SOURCE.rglob("*"):
        if not file.is_file() or file.suffix in (".py", ".pyc") or (file.parent / "__init__.py").exists():
            continue
        owner = next(folder for folder in file.parents if (folder / "__init__.py").exists())
        patterns = SETUPTOOLS["package-data"].get(module_name(owner / "__init__.py"), ())
        if any(file.relative_to(owner).match(pattern) for pattern in patterns):
            listed.add(file.name)
        else:
            unlisted.append(file.relative_to(SOURCE))
    assert unlisted == []
    assert {"index.html", "chart.LICENSE.md", STYLE, *SCRIPTS} <= listed


def test_migrations_are_found_through_the_package() -> None:
    """The SQL files are reached by the import name, wherever the package is installed."""
    found = sorted(entry.name for entry in files("github_tracker.schema").iterdir() if entry.name.endswith(".sql"))
    assert found == sorted(file.name for file in (CHECKOUT / "schema").glob("*.sql"))
    assert found


def test_type_checkers_are_shown_the_code_that_runs() -> None:
    """The link for type checkers leads to the folder that the import name leads to."""
    assert (CHECKOUT / ".layout" / "github_tracker").resolve() == SOURCE
    assert Path(github_tracker.__file__).resolve().parent == SOURCE
    assert (SOURCE / "py.typed").is_file()


def test_installed_command_is_the_main_function_of_the_command_line() -> None:
    """The script in the environment starts what pyproject.toml names, at the version it names."""
    distribution = importlib.metadata.distribution("github-tracker")
    (command,) = [point for point in distribution.entry_points if point.group == "console_scripts"]
    assert (command.name, command.value) == ("github-tracker", "github_tracker.entrypoints.cli:main")
    assert callable(command.load())
    assert distribution.version == PROJECT["project"]["version"]


@pytest.mark.parametrize(
    "name", sorted(module_name(file) for file in SOURCE.rglob("*.py") if ">>> " in file.read_text(encoding="utf-8"))
)
def test_docstring_examples_hold(name: str) -> None:
    """What a docstring shows is what the code does."""
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    "line",
    [
        "https://somewhere.example/packages/attrs-26.1.0-py3-none-any.whl",
        "--index-url somewhere.example/simple",
        "--extra-index-url somewhere.example",
        "-f /some/folder",
        f"attrs @ file:///some/folder {HASH}",
        f"attrs>=26.1.0 {HASH}",
        "attrs==26.1.0",
        "attrs==26.1.0 --hash=sha256:0123",
    ],
)
def test_lock_with_an_address_or_without_pin_or_hash_is_refused(line: str) -> None:
    """One such line is one fault at least."""
    good = f"# via\ncattrs==26.2.1 \\\n    {HASH} \\\n    {HASH}\n    # via github-tracker (pyproject.toml)\n"
    assert list(faults_of_text(good)) == []
    assert list(faults_of_text(good + line + "\n")) != []


def test_lock_that_lags_behind_the_project_is_refused() -> None:
    """A new or raised requirement asks for a new lock."""
    lock = f"psycopg==3.3.9 \\\n    {HASH}\n"
    assert list(unmet(lock, ["Psycopg[binary,pool]>=3.2,<4"])) == []
    assert list(unmet(lock, ["psycopg>=4"])) == ["psycopg>=4 is wanted, 3.3.9 is locked; run `make lock`"]
    assert list(unmet(lock, ["attrs"])) == ["attrs is wanted, nothing is locked; run `make lock`"]


def test_locks_name_every_extra_that_one_package_wants_of_another() -> None:
    """An older pip looks for `coverage[toml]` apart from a pin of `coverage`, and then says that it lacks a pin."""
    lacking = []
    for lock in (CHECKOUT / "requirements").glob("*.lock"):
        lines = map(Requirement, re.findall(r"^[^#\s\\][^\\;]*", lock.read_text(encoding="utf-8"), re.MULTILINE))
        locked = {canonicalize_name(line.name): line.extras for line in lines}
        assert len(locked) > 10
        for name in locked:
            with suppress(importlib.metadata.PackageNotFoundError):  # that of another system
                for wanted in map(Requirement, importlib.metadata.requires(name) or ()):
                    is_wanted = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
                    given = locked.get(canonicalize_name(wanted.name), wanted.extras)
                    if is_wanted and not wanted.extras <= given:
                        lacking.append(f"{lock.name}: {name} wants {wanted}, and the lock names {sorted(given)}")
    assert lacking == []


def test_lock_of_a_zip_is_measured_by_the_names_of_its_group_and_the_bounds_of_the_project() -> None:
    """What the group does not name is not wanted, and what only the group names is wanted at any version."""
    extras = {"embedded": [], "api": ["litestar>=2.18,<3"], "aws": ["boto3>=1.43,<2"], "dev": []}
    pyproject = {
        "project": {"dependencies": ["attrs>=25.1", "Punq>=0.7"], "optional-dependencies": extras},
        "dependency-groups": {"lambda-collector": ["boto3", "punq"], "lambda-api": ["unknown"]},
    }
    wanted = wanted_by_lock(pyproject)
    assert wanted["lambda-collector.lock"] == ["boto3", "punq", "Punq>=0.7", "boto3>=1.43,<2"]
    assert wanted["lambda-api.lock"] == ["unknown"]
    assert wanted["api.lock"] == ["attrs>=25.1", "Punq>=0.7", "litestar>=2.18,<3"]


def test_readme_commands_are_the_dollar_lines_of_console_blocks() -> None:
    """Output, other languages and other lines are not commands; a backslash joins; a mark gives the reason."""
    text = "\n".join(
        [
            "```console",
            "$ make demo",
            "team  week",
            "$ github-tracker report \\",
            ">   --team core",
            "```",
            "```sh",
            "$ rm -rf /",
            "```",
            "<!-- not run: needs a token -->",
            "",
            "```console",
            "$ github-tracker collect",
            "```",
            "```console",
            "$ true",
            "```",
        ]
    )
    assert list(console_blocks(text)) == [
        Block(1, ("make demo", "github-tracker report \\\n  --team core"), "", ("team  week",)),
        Block(12, ("github-tracker collect",), "needs a token"),
        Block(15, ("true",), ""),
    ]


@pytest.mark.parametrize(
    ("wanted", "missing"),
    [(("a b", "d"), None), (("d", "a b"), "a b"), (("c",), None), (("e",), "e"), (("a b", "a b"), "a b"), ((), None)],
)
def test_shown_output_must_come_in_its_order(wanted: tuple[str, ...], missing: str | None) -> None:
    """Other lines between them are what the document leaves out."""
    assert first_missing(wanted, "a b  \nc\n+ true\nd\n") == missing
