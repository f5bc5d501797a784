"""Whose a list is, told by the beginning of its first page."""

import json

import pytest

from github_tracker.adapters.github_rest.payload import repository_of_first
from github_tracker.domain.pull_request import Repository

BASE = {"ref": "main", "repo": {"id": 7, "full_name": "Acme/Widgets", "default_branch": "trunk"}}
ENTRY = {"number": 1, "title": "Löwe 🦁", "base": BASE, "head": {"ref": "x", "repo": None}}
WIDGETS = Repository(7, "Acme/Widgets", "trunk")


def page(*entries: object) -> bytes:
    """The body of a page."""
    return json.dumps(entries, ensure_ascii=False).encode()


@pytest.mark.parametrize("before", [b"", b" \n "])
def test_first_entry_tells_though_the_page_goes_on(before: bytes) -> None:
    """Wherever behind it the beginning ends, in the middle of a letter too."""
    whole = before + page(ENTRY, ENTRY)
    for end in range(len(before + page(ENTRY)), len(whole)):
        assert repository_of_first(whole[:end]) == WIDGETS


def test_entry_that_does_not_end_tells_nothing() -> None:
    """Nor does half a number: 7 could be the beginning of 77."""
    whole = page(ENTRY)
    for end in range(len(whole) - 1):
        assert repository_of_first(whole[:end]) is None


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"base": None},
        {"base": {"repo": None}},
        {"base": {"repo": {"id": -1, "full_name": "a/b"}}},
        {"base": {"repo": {"id": 2**63, "full_name": "a/b"}}},
        {"base": {"repo": {"id": 7}}},
        {"base": {"repo": {"id": 7, "full_name": "no-slash"}}},
        {"base": {"repo": {"id": "7", "full_name": "a/b"}}},
        "base",
        [],
        7,
    ],
)
def test_entry_that_names_no_repository_tells_nothing(entry: object) -> None:
    """Then the repository itself is asked for."""
    assert repository_of_first(page(entry)) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b"<html>", b"[" * 100_000, b'"["', b"\xff\xfe["])
def test_what_is_no_list_of_objects_tells_nothing(body: bytes) -> None:
    """However it looks; nothing is raised."""
    assert repository_of_first(body) is None
