"""Each check of the zips for AWS Lambda tells the fault it is there for, and nothing else."""

from pathlib import Path
from typing import Final

import pytest

from tools.build_lambda import write_zip
from tools.lambda_faults import ZipSize, faults_of_elf, faults_of_tags, faults_of_zip, size_of_zip

HANDLER: Final = b"def handler(event, context): ...\n"


def made_zip(folder: Path, files: dict[str, bytes]) -> Path:
    """Return a zip with a handler and these files."""
    source = folder / "source"
    for name, content in {"github_tracker/entrypoints/lambda_api.py": HANDLER, **files}.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    write_zip(source, folder / "made.zip")
    return folder / "made.zip"


def elf(machine: int, width: int = 2, needed: bytes = b"GLIBC_2.17\0") -> bytes:
    """Return the head of a library in little-endian order."""
    return (
        b"\x7fELF" + bytes([width, 1, 1]) + bytes(9) + b"\x03\x00" + machine.to_bytes(2, "little") + bytes(44) + needed
    )


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("lib/x.so", elf(62), "lib/x.so: a library for machine 62, not for AArch64 (183)"),
        ("lib/x.so", elf(40, width=1), "lib/x.so: a library for machine 40, not for AArch64 (183)"),
        ("x.so", elf(183, needed=b"GLIBC_2.4\0GLIBC_2.38\0"), "x.so: a library that needs glibc 2.38, 2.34 is there"),
        ("a.py", b"T = 'ghp_" + b"a1B2" * 9 + b"'", "a.py: holds a GitHub token"),
        ("a.py", b"key='AKIA" + b"Q7" * 8 + b"'", "a.py: holds an AWS access key"),
        ("a.pem", b"-----BEGIN RSA PRIVATE KEY-----\n" + b"MIIE" * 16, "a.pem: holds a private key"),
        (
            "a.txt",
            b"from /home/somebody/checkout/src",
            "a.txt: names /home/somebody/checkout, a folder of the building machine",
        ),
    ],
)
def test_planted_file_is_told(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    """One file, one fault."""
    assert faults_of_zip(made_zip(tmp_path, {name: content}), ("lambda_api",), ("/home/somebody/checkout",)) == [fault]


def test_value_of_a_secret_of_the_building_machine_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it looks like; and the message does not repeat it."""
    monkeypatch.setenv("DB_URL", "postgresql://a:b@c/d")
    made = made_zip(tmp_path, {"settings.py": b"url = 'postgresql://a:b@c/d'"})
    assert faults_of_zip(made, (), ()) == ["settings.py: holds the value of DB_URL"]


def test_what_is_right_is_not_told(tmp_path: Path) -> None:
    """Examples of keys in a library's documents, and the words around a key without one."""
    harmless = b"AKIAIOSFODNN7EXAMPLE -----BEGIN PRIVATE KEY----- ... ghp_short GLIBC_2.39\0"
    made = made_zip(tmp_path, {"doc.txt": harmless, "lib.so": elf(183, needed=b"GLIBC_2.34\0")})
    assert faults_of_zip(made, ("lambda_api",), ("/home/somebody",)) == []


def test_missing_handler_and_oversize_are_told(tmp_path: Path) -> None:
    """A function would not start, or not be taken."""
    made = made_zip(tmp_path, {"zeros": bytes(5000), "github_tracker/entrypoints/lambda_shared.py": b"handler = 1"})
    size = size_of_zip(made)
    assert size.unzipped == 5000 + len(HANDLER) + len("handler = 1")
    limit = ZipSize(size.zipped - 1, size.unzipped - 1)
    assert faults_of_zip(made, ("lambda_api", "lambda_gone", "lambda_shared"), (), limit) == [
        f"{size.zipped} bytes, {limit.zipped} are allowed",
        f"{size.unzipped} bytes unzipped, {limit.unzipped} are allowed",
        "no handler github_tracker.entrypoints.lambda_gone",
        "no handler github_tracker.entrypoints.lambda_shared",
    ]
    assert faults_of_zip(made, (), (), size) == []


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("cp313-cp313-manylinux_2_28_aarch64", True),
        ("cp38-abi3-manylinux_2_17_aarch64", True),
        ("cp313-cp313-manylinux2014_aarch64", True),
        ("cp313-cp313-manylinux_2_34_aarch64", True),
        ("cp313-cp313-manylinux_2_35_aarch64", False),
        ("cp313-cp313-manylinux_2_17_x86_64", False),
        ("cp313-cp313-musllinux_1_2_aarch64", False),
        ("cp312-cp312-manylinux_2_17_aarch64", False),
        ("cp314-abi3-manylinux_2_17_aarch64", False),
    ],
)
def test_wheel_fits_by_its_tags(tag: str, fits: bool) -> None:
    """Processor, glibc, Python and its binary interface, each of them."""
    assert (list(faults_of_tags(f"Wheel-Version: 1.0\nTag: {tag}\n")) == []) == fits


def test_wheel_without_tags_does_not_fit() -> None:
    """Nothing is known of it then."""
    assert list(faults_of_tags("Wheel-Version: 1.0\n")) == [
        "made for nothing, not for CPython 3.13 on aarch64 with glibc 2.34"
    ]
    assert list(faults_of_elf(elf(183))) == []
