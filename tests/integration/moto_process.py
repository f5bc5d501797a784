"""An AWS that is not AWS, as a process of its own: moto's server, mended (see mended_moto.py)."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tools.working_tree import CHECKOUT

CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""Any will do there; none of a real account must be used."""


@contextmanager
def running_aws(log: Path) -> Iterator[str]:
    """Give the address of a server of its own, up while this lasts, with AWS's managed policies in it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, **CREDENTIALS, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.mended_moto", str(port)],
            cwd=CHECKOUT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _await(port, server, log)
            yield address
        finally:
            server.kill()
            server.wait()


def _await(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-2000:]
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("moto's server does not answer")
