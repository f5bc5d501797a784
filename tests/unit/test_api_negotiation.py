"""Which form is preferred, and which entity tags match."""

import pytest

from github_tracker.entrypoints.api.negotiation import is_known, wants_csv, weak_tag


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("", False),
        ("*/*", False),
        ("text/csv", True),
        ("TEXT/CSV", True),
        ("text/csv;q=0", False),
        ("text/csv;q=0.2, application/json;q=0.1", True),
        ("text/csv;q=0.2, application/json", False),
        ("text/csv, application/json", False),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", False),
        ("text/csv;charset=utf-8;q=1.0", True),
        ("application/*;q=0.5, text/*", True),
        ("text/csv;q=7, ;;;,,q=,/", True),
    ],
)
def test_csv_is_given_where_it_is_preferred(accept: str, is_csv: bool) -> None:
    """By the most specific range and its quality (RFC 9110, section 12.5.1)."""
    assert wants_csv(accept) is is_csv


def test_tags_are_compared_weakly() -> None:
    """Strong or weak, alone or in a list (RFC 9110, section 8.8.3.2)."""
    tag = weak_tag("a", 1)
    assert tag == weak_tag("a", 1) != weak_tag("a", 2)
    for header in (tag, tag.removeprefix("W/"), f'"x", {tag}', f'W/"a,b",{tag}'):
        assert is_known(tag, header)
    for header in ("", "*", '"x"', tag[:-2], tag.strip('W/"')):
        assert not is_known(tag, header)
