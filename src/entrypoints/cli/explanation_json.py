"""An explanation as JSON for a terminal or a file."""

import json

from github_tracker.application.explain import ExplainedPullRequest
from github_tracker.entrypoints.explanation_document import explanation_document, plain_value


def explanation_json(explained: ExplainedPullRequest) -> str:
    """Return the whole explanation; what could command a terminal is escaped, all other letters stand as they are."""
    text = json.dumps(explanation_document(explained), indent=2, ensure_ascii=False, default=plain_value)
    return "".join(letter if letter.isprintable() or letter == "\n" else json.dumps(letter)[1:-1] for letter in text)
