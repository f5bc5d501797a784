"""Stop the embedded PostgreSQL of this checkout and remove its data.

Usage: python -m tools.stop_embedded

Only the default data folder in the checkout is touched; a folder that DATA_FOLDER names is its owner's to remove.
"""

import shutil
import sys

from github_tracker.adapters.postgres.local_server import LocalPostgres
from github_tracker.entrypoints.settings import DATA_FOLDER
from github_tracker.ports.errors import StorageUnavailableError
from tools.working_tree import CHECKOUT


def main() -> int:
    """Stop the server if there is one, then remove the folder asked for and the one that root was given instead."""
    asked_for = CHECKOUT / DATA_FOLDER
    local = LocalPostgres(asked_for)
    if local.is_created:
        try:
            with local:
                local.stop()
        except StorageUnavailableError as exc:
            # What does not start is not running either, so that its data can go.
            print(exc, file=sys.stderr)
    for folder in {asked_for, local.folder}:
        if folder.exists():
            shutil.rmtree(folder)
            print(f"removed {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
