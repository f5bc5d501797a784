"""The page as one file: nothing is asked for, nothing in it can do harm, and it says no more than it should."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from github_tracker.application.report import Discretion
from github_tracker.entrypoints.api.page_files import SCRIPTS, STYLE, page_file
from github_tracker.entrypoints.html_report import inlined
from tests.integration.browser import DESKTOP, PHONE, Visit, visited
from tests.integration.page_world import BOLD, PEOPLE, SOLO, TEAMS, TITLES, answers_of, report_text

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HARMFUL = "</script><script>alert(1)</script><!--<script>\u2028'\"&amp;"


@pytest.fixture(scope="module")
def text() -> str:
    """The file of the world."""
    return report_text()


def written(folder: Path, text: str) -> str:
    """Return the address of a file with this text."""
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


def opened(visit: Visit) -> Visit:
    """Open the file and wait for its figures."""
    visit.page.goto(visit.address)
    return visit.settled()


def test_policy_names_exactly_what_is_inlined(text: str) -> None:
    """By hash: the style and every script in the order in which the page runs them; no address is allowed at all."""
    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    assert found is not None
    policy = dict(part.strip().split(" ", 1) for part in found[1].split(";"))
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert styles == [page_file(STYLE)]
    assert scripts == [page_file(name) for name in SCRIPTS]
    assert policy["style-src"].split() == [hash_of(style) for style in styles]
    assert policy["script-src"].split() == [hash_of(script) for script in scripts]
    assert (policy["default-src"], policy["img-src"]) == ("'none'", "data:")
    assert "unsafe" not in found[1]
    assert text.index("<meta charset") < found.start() < text.index("<style>")


def hash_of(part: str) -> str:
    """Return a text as a policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'"


def test_nothing_of_the_data_ends_its_element() -> None:
    """Whatever a name is, it comes back as it was, and the page has the elements that it has without it."""
    with_harm, without = (inlined({"/x": {"name": name}}) for name in (HARMFUL, "harmless"))
    assert answers_of(with_harm) == {"/x": {"name": HARMFUL}}
    assert with_harm.count("<script") == without.count("<script")
    assert "alert(1)</script>" not in with_harm


def test_no_script_of_the_page_ends_its_element() -> None:
    """Inlined between script tags, such a text would end there and show the rest."""
    for name in SCRIPTS:
        assert not re.search(r"</script|<!--", page_file(name), re.IGNORECASE)
    assert "</style" not in page_file(STYLE).lower()


def test_page_runs_its_scripts_in_the_same_order_everywhere() -> None:
    """Each of them uses what those before it define."""
    index = page_file("index.html")
    assert re.findall(r'<script src="/assets/([^"]+)" defer></script>', index) == list(SCRIPTS)
    assert re.findall(r'<link rel="stylesheet" href="/assets/([^"]+)">', index) == [STYLE]


def test_page_has_neither_inline_scripts_nor_styles() -> None:
    """Its policy would refuse them, which nobody would see but its reader."""
    index = page_file("index.html")
    assert "<script>" not in index
    assert "<style" not in index
    assert re.findall(r"\s(?:on\w+|style)=", index) == []
    own = "".join(page_file(name) for name in SCRIPTS if name.startswith("page"))
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", own) == []
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", own + index + page_file(STYLE)) == []


def test_file_names_no_person_and_no_pull_request(text: str) -> None:
    """It is sent around: teams' figures are in it, and what stands behind them is not."""
    data = json.dumps(answers_of(text), ensure_ascii=False)
    assert not [title for title in TITLES if title in data]
    assert not [login for login in PEOPLE if f'"{login}"' in data]
    assert all(json.dumps(team, ensure_ascii=False) in data for team in TEAMS)


def test_file_holds_nothing_that_is_withheld() -> None:
    """Not even where the page would not show it."""
    answers = answers_of(report_text(Discretion(3)))
    assert answers["/access"]["min_group_size"] == 3
    (solo,) = (entry for entry in answers["/metrics/velocity"]["teams"] if entry["team"]["name"] == SOLO)
    assert {week["prs_merged"] for week in solo["weeks"]} <= {None, 0}


def test_file_opens_without_any_request(browser: "Browser", text: str, tmp_path: Path) -> None:
    """From the disk, with figures, periods, teams and tables, and nothing to press that needs a service."""
    with visited(browser, written(tmp_path, text)) as visit:
        opened(visit)
        assert visit.asked == [visit.address]
        assert visit.text("#freshness").startswith("Collected 2026-06-17 08:00 UTC, 2 of 4 repositories")
        assert BOLD in [dataset["label"] for dataset in visit.data("velocity")["datasets"]]
        assert len(visit.data("velocity")["labels"]) == 26
        for gone in ("#gate", "#failed", "#sign-out", "#what-if"):
            assert visit.at(gone).is_hidden()
        assert visit.at("#velocity td button").count() == 0
        visit.press_bar("velocity", 0, 6)
        assert visit.at("dialog").is_hidden()
        visit.photograph("report")


def test_periods_of_a_file_work(browser: "Browser", text: str, tmp_path: Path) -> None:
    """They end where its figures do, however late it is read; each shows what the whole holds of it."""
    with visited(browser, written(tmp_path, text), PHONE) as visit:
        opened(visit)
        everything = visit.data("velocity")
        buckets = visit.data("cycle-times")
        visit.at("#period").select_option("13w")
        visit.settled()
        part = visit.data("velocity")
        assert part["labels"] == everything["labels"][13:]
        assert [line["data"] for line in part["datasets"]] == [line["data"][13:] for line in everything["datasets"]]
        assert visit.data("cycle-times") != buckets
        assert visit.axe() == []
        visit.at("#period").select_option("all")
        visit.settled()
        assert visit.data("velocity") == everything


def test_file_of_an_empty_store_says_so(browser: "Browser", tmp_path: Path) -> None:
    """No chart, and no error."""
    with visited(browser, written(tmp_path, report_text(is_empty=True)), DESKTOP) as visit:
        opened(visit)
        assert visit.text("#freshness") == "Nothing was collected yet"
        assert visit.page.evaluate("tracker.charts.size") == 0
