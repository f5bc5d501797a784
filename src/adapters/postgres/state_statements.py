"""The statement that puts a page's checkpoint into the repository's state."""

from typing import Any, Final

from github_tracker.ports.metrics_repository import AttributedPage

WRITE_STATE: Final = """
UPDATE collection_state
SET
    checkpoint = %(checkpoint)s,
    watermark = greatest(watermark, %(watermark)s),
    etag = %(etag)s,
    walked_at = %(walked_at)s,
    version = version + 1
WHERE repository_id = %(repository_id)s
"""


def state_values(page: AttributedPage) -> dict[str, Any]:
    """Return what the statement is given."""
    return {
        "repository_id": page.repository_id,
        "checkpoint": page.checkpoint.cursor,
        "watermark": page.checkpoint.watermark,
        "etag": page.checkpoint.etag,
        "walked_at": page.checkpoint.walked_at,
    }
