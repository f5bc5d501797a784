"""Titles, branches and labels that read like those of real pull requests."""

import re
from random import Random

from attrs import frozen

from github_tracker.application.simulation.areas import Area


@frozen
class Wording:
    """What a pull request is called."""

    title: str
    head_branch: str
    labels: tuple[str, ...]


@frozen
class _Phrase:
    kind: str
    """As in Conventional Commits; also the first part of the branch."""
    text: str
    label: str


_PHRASES = (
    _Phrase("fix", "Fix flaky test of the {part}", "bug"),
    _Phrase("fix", "Fix rounding in the {part}", "bug"),
    _Phrase("fix", "Fix {part} {when}", "bug"),
    _Phrase("fix", "Do not retry the {part} {when}", "bug"),
    _Phrase("fix", "Handle an empty answer in the {part}", "bug"),
    _Phrase("fix", "Keep the {part} working {when}", "bug"),
    _Phrase("fix", "Revert \"Cache the {part}\"", "bug"),
    _Phrase("feat", "Add {feature} to the {part}", "enhancement"),
    _Phrase("feat", "Show {feature} in the {part}", "enhancement"),
    _Phrase("feat", "Support {feature} in the {part}", "enhancement"),
    _Phrase("feat", "Roll out the new {part} to {share} % of customers", "enhancement"),
    _Phrase("feat", "Put the {part} behind a feature flag", "enhancement"),
    _Phrase("perf", "Cache the {part}", "performance"),
    _Phrase("perf", "Load the {part} lazily", "performance"),
    _Phrase("refactor", "Split the {part} into smaller modules", "refactoring"),
    _Phrase("refactor", "Remove the old {part}", "refactoring"),
    _Phrase("refactor", "Move the {part} to its own package", "refactoring"),
    _Phrase("test", "Cover the {part} {when}", "tests"),
    _Phrase("docs", "Explain the {part} in the runbook", "documentation"),
    _Phrase("docs", "Fix typos in the notes on the {part}", "documentation"),
    _Phrase("chore", "Tidy up logging around the {part}", "maintenance"),
    _Phrase("chore", "Raise the timeout of the {part} to {share} s", "maintenance"),
)  # fmt: skip
_ELSEWHERE = (
    _Phrase("feat", "Übersetzung für „{part}“ ergänzen", "i18n"),
    _Phrase("fix", "Corrige les accents dans l'aperçu ({part})", "i18n"),
    _Phrase("feat", "Añadir textos en español: {part}", "i18n"),
    _Phrase("fix", "修复 {part} 在小屏幕上的布局", "bug"),
    _Phrase("fix", "Poprawki w module „{part}” - część {share}", "bug"),
    _Phrase("chore", "🚀 Release: {part}", "release"),
    _Phrase("fix", "Sort names such as Łódź and Zürich right in the {part}", "bug"),
    _Phrase("fix", "Naïve price format: show 1 299 € instead of 1299€ ({part})", "bug"),
)
_WHEN = (
    "when the gateway times out", "after a session expires", "with more than 100 items", "on slow connections",
    "when the clock changes", "for guests", "in dark mode", "behind a proxy", "with an empty cart",
    "after a failed deployment", "under load", "for customers in two countries",
)  # fmt: skip
_FEATURES = (
    "keyboard navigation", "structured logs", "retries with backoff", "a dry run", "pagination", "an audit trail",
    "Apple Pay", "a health check", "tracing", "bulk edit", "CSV export", "rate limiting", "screen reader labels",
)  # fmt: skip
_DEPENDENCIES = (
    "lodash", "react", "typescript", "vite", "axios", "eslint", "pytest", "ruff", "boto3", "requests", "pydantic",
    "terraform-aws-modules", "kotlin", "okhttp", "actions/checkout", "actions/setup-node", "alpine", "postgres",
)  # fmt: skip
_NOT_IN_BRANCHES = re.compile(r"[^a-z0-9]+")


def word_for_person(rng: Random, area: Area, login: str) -> Wording:
    """Return how a person would call a pull request on that field; a few are not in English."""
    phrase = rng.choice(_ELSEWHERE if rng.random() < 0.05 else _PHRASES)
    part = rng.choice(area.parts)
    text = phrase.text.format(
        part=part, when=rng.choice(_WHEN), feature=rng.choice(_FEATURES), share=rng.choice((2, 5, 10, 20, 30, 50))
    )
    slug = _slug(text)
    branch = rng.choice((f"{phrase.kind}/{slug}", f"{login.lower()}/{slug}", slug))
    return Wording(_styled(rng, area, phrase, text), branch, _labels(rng, phrase.label))


def word_for_dependabot(rng: Random) -> Wording:
    """Return how dependabot words an update."""
    name, old, new = _update(rng)
    labels = ("dependencies", rng.choice(("javascript", "python", "github_actions")))
    return Wording(f"Bump {name} from {old} to {new}", f"dependabot/{_slug(name)}-{new}", labels)


def word_for_renovate(rng: Random) -> Wording:
    """Return how renovate words an update."""
    name, _, new = _update(rng)
    major = new.split(".", maxsplit=1)[0]
    return Wording(f"Update dependency {name} to v{new}", f"renovate/{_slug(name)}-{major}.x", ("dependencies",))


def _styled(rng: Random, area: Area, phrase: _Phrase, text: str) -> str:
    """Everybody has a habit: plain sentences, Conventional Commits, or a ticket in front."""
    habit = rng.random()
    if habit < 0.25:
        return f"{phrase.kind}({area.key}): {text[0].lower()}{text[1:]}"
    if habit < 0.4:
        return f"[{area.key[:4].upper()}-{rng.randrange(100, 4000)}] {text}"
    return text


def _labels(rng: Random, label: str) -> tuple[str, ...]:
    chosen = (label,) if rng.random() < 0.6 else ()
    return (*chosen, rng.choice(("needs review", "backport", "size/S", "size/L"))) if rng.random() < 0.2 else chosen


def _update(rng: Random) -> tuple[str, str, str]:
    major, minor, patch = rng.randrange(1, 20), rng.randrange(0, 12), rng.randrange(0, 9)
    old = f"{major}.{minor}.{patch}"
    newer = (f"{major}.{minor}.{patch + 1}", f"{major}.{minor + 1}.0", f"{major + 1}.0.0")
    return rng.choice(_DEPENDENCIES), old, rng.choice(newer)


def _slug(text: str) -> str:
    return _NOT_IN_BRANCHES.sub("-", text.lower()).strip("-")[:48].rstrip("-")
