"""The page as one file with its figures in it: to be sent to somebody, and read without the service."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from attrs import frozen

from github_tracker.application.figures_behind import ReadFiguresBehind
from github_tracker.application.team_figures import ReadTeamFigures, TeamVelocity
from github_tracker.entrypoints.api.behind_documents import distributions_document, staffing_document
from github_tracker.entrypoints.api.metric_documents import lead_time_document, velocity_document
from github_tracker.entrypoints.api.page_files import SCRIPTS, STYLE, page_file
from github_tracker.entrypoints.explanation_document import plain_value
from github_tracker.entrypoints.run_document import run_fields
from github_tracker.ports.collection_repository import CollectionRepository
from github_tracker.ports.data_version import DataVersions
from github_tracker.ports.report_repository import ReportScope

_WEEKS: Final = (13, 26, 52, 104)
"""The periods that the page offers."""

_LINKS: Final = re.compile(r'^<(?:link rel="stylesheet"|script src=)[^\n]*\n', re.MULTILINE)

Answers = dict[str, object]


@frozen
class HtmlReport:
    """Writes down what the page would ask the service for; people are named nowhere."""

    figures: ReadTeamFigures
    behind: ReadFiguresBehind
    collection: CollectionRepository
    versions: DataVersions

    def __call__(self, scope: ReportScope) -> str:
        """Return the page with the figures of the scope, of all teams."""
        return inlined(self._answers(scope))

    def _answers(self, scope: ReportScope) -> Answers:
        version = self.versions.current()
        velocity = self.figures.velocity(scope, None, version)
        run = self.collection.latest_run()
        days = (velocity.since, max(velocity.until, velocity.since + timedelta(days=1)))
        answers: Answers = {
            "/access": {
                "key_id": None,
                "scopes": ["metrics:read"],
                "teams": None,
                "min_group_size": self.figures.discretion.min_group_size if self.figures.discretion.is_wanted else None,
            },
            "/metrics/velocity": velocity_document(velocity),
            "/metrics/lead-time": lead_time_document(self.figures.lead_time(scope, None, version)),
            "/metrics/cycle-times": distributions_document(self.behind.distributions(scope, None, version)),
            "/runs/latest": None if run is None else run_fields(run),
        }
        for since, until in _periods(velocity):
            part = self.behind.distributions(ReportScope(since=since, until=until), None, version)
            answers[f"/metrics/cycle-times?from={since}&to={until}"] = distributions_document(part)
        for series in velocity.teams:
            found = self.behind.staffing(series.team.id, *days, None, version)
            answers[f"/metrics/team/{series.team.id}/allocation"] = staffing_document(found, tells_logins=False)
        return answers


def inlined(answers: Mapping[str, object]) -> str:
    """Return the page with these answers, its style and its scripts in it, which may do nothing but show them."""
    style, scripts = page_file(STYLE), [page_file(name) for name in SCRIPTS]
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src {_hash_of(style)}; script-src {' '.join(map(_hash_of, scripts))}"
    )
    # No text of a title or a team can end the element that holds it: "<" does not occur in it at all.
    data = json.dumps(answers, default=plain_value, separators=(",", ":")).replace("<", "\\u003c")
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<style>{style}</style>\n'
    tail = f'<script type="application/json" id="answers">{data}</script>\n'
    tail += "".join(f"<script>{script}</script>\n" for script in scripts)
    page = _LINKS.sub("", page_file("index.html"))
    charset = '<meta charset="utf-8">\n'
    before, _, after = page.partition(charset)
    page = f"{before}{charset}{head}{after}"
    before, _, after = page.rpartition("</body>")
    return f"{before}{tail}</body>{after}"


def _periods(velocity: TeamVelocity) -> list[tuple[date, date]]:
    """The page's periods end with the week of the last day that there are figures of.

    An empty store's lies at the beginning of time, before which there is none.
    """
    last = velocity.until - timedelta(days=1) if velocity.until > velocity.since else velocity.since
    end = last - timedelta(days=last.weekday()) + timedelta(days=7)
    lengths = map(timedelta, (7 * weeks for weeks in _WEEKS))
    return [(end - length, end) for length in lengths if end - date.min >= length]


def _hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
