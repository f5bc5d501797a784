"""What-if on the page: another roster, pasted or from a file, beside what is in force; nothing is stored."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.contracts.store import Contents, contents_of
from tests.integration.browser import Visit, visited
from tests.integration.page_world import BOLD, PLATFORM, PageWorld, page_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROPOSED = """
[[teams]]
name = "Platform"
key = "platform"
[[teams.members]]
username = "alice"
[[teams.members]]
username = "stranger"
"""
PROPOSED_JSON = '{"teams": [{"name": "Platform", "members": [{"username": "stranger"}]}]}'


@pytest.fixture(scope="module")
def world() -> Iterator[PageWorld]:
    """The service with its world."""
    with page_world() as served:
        yield served


@pytest.fixture
def before(world: PageWorld) -> Iterator[Contents]:
    """Everything that is stored, which must be there unchanged in the end."""
    contents = contents_of(world.api.store)
    yield contents
    assert contents_of(world.api.store) == contents


def compare(visit: Visit) -> None:
    """Press the button and wait for an answer."""
    visit.at("#what-if-form button").click()
    visit.at("#what-if-result :is(.chart, .problem)").wait_for()


@pytest.mark.usefixtures("before")
def test_pasted_roster_stands_beside_the_one_in_force(browser: "Browser", world: PageWorld) -> None:
    """By team, before and after; the chart shows what the table says; and how much would move."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        visit.at("#what-if-roster").fill(PROPOSED)
        compare(visit)
        assert "would be credited otherwise. Nothing was stored." in visit.text("#what-if-result")
        rows = {row[0]: row[1:] for row in visit.rows("#what-if-result > .chart + .scroll")}
        chart = visit.data("what-if-chart")
        assert [dataset["label"] for dataset in chart["datasets"]] == ["Now", "Proposed"]
        now, proposed = (dataset["data"] for dataset in chart["datasets"])
        place = chart["labels"].index(PLATFORM)
        assert [float(text) for text in rows[PLATFORM][:2]] == [round(now[place], 2), round(proposed[place], 2)]
        assert rows[BOLD][1] == "0"
        assert "What moves" in visit.text("#what-if-result")
        assert visit.axe() == []


@pytest.mark.usefixtures("before")
def test_roster_is_taken_from_a_file_in_its_form(browser: "Browser", world: PageWorld) -> None:
    """Its ending says whether it is JSON or TOML."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        for name, text, form in (("plan.JSON", PROPOSED_JSON, "json"), ("plan.toml", PROPOSED, "toml")):
            visit.at("#what-if-file").set_input_files({"name": name, "mimeType": "", "buffer": text.encode()})
            visit.until("text => document.getElementById('what-if-roster').value === text", text)
            assert visit.at("#what-if-form-of").input_value() == form
            compare(visit)
            assert visit.at("#what-if-result .problem").count() == 0


@pytest.mark.usefixtures("before")
def test_rule_alone_can_be_tried(browser: "Browser", world: PageWorld) -> None:
    """The roster stays the one in force."""
    with visited(browser, world.api.url) as visit:
        visit.open(world.api.reader)
        visit.at("#what-if-rule").select_option("merged")
        compare(visit)
        assert visit.at("#what-if-chart canvas").count() == 1


@pytest.mark.usefixtures("before")
def test_every_fault_of_a_roster_is_listed(browser: "Browser", world: PageWorld) -> None:
    """With its place and what was found; markup in it stays text. Nothing to try is a fault as well."""
    roster = PROPOSED.replace('"stranger"', '"<b>x</b>"').replace('"alice"', '"alice"\nallocation_weight = 3')
    with visited(browser, world.api.url) as visit:
        visit.expected += ["status of 422", "status of 400"]
        visit.open(world.api.reader)
        visit.at("#what-if-roster").fill(roster)
        compare(visit)
        faults = visit.at("#what-if-result li").all_inner_texts()
        assert len(faults) == 2
        assert [fault.partition(":")[0] for fault in faults] == [
            "teams[0].members[0].allocation_weight",
            "teams[0].members[1].username",
        ]
        assert "<b>x</b>" in faults[1]
        visit.at("#what-if-roster").fill("  ")
        visit.at("#what-if-form button").click()
        visit.page.get_by_text("nothing to try").wait_for()
