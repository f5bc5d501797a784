"""Configuration that lies in S3, under addresses such as s3://bucket/key."""

import re
from contextlib import closing
from typing import TYPE_CHECKING, Final

from github_tracker.ports.configuration_files import ConfigurationFiles
from github_tracker.ports.errors import ConfigurationUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST_BYTES: Final = 32 * 1024 * 1024
"""What is larger is no configuration of ours, and could fill the memory of a small function."""

_ADDRESS: Final = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>[^\x00-\x1f\x7f]{1,1024})")


class S3ConfigurationFiles(ConfigurationFiles):
    """Reads objects with the credentials that AWS gives the process; safe to keep while the process lives."""

    def __init__(self, client: "S3Client | None" = None) -> None:
        """Use this client; without one, make one when a file is first read."""
        self._client = client

    def read(self, address: str) -> str:
        """Return the object's text, in UTF-8."""
        place = _ADDRESS.fullmatch(address)
        if place is None:
            raise ConfigurationUnavailableError(f"{address!r} is no address such as s3://bucket/key")
        content = self._content(place["bucket"], place["key"], address)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            raise ConfigurationUnavailableError(
                f"{address} is no text in UTF-8: byte {exc.start} fits nowhere"
            ) from exc

    def _content(self, bucket: str, key: str, address: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # costs most of a cold start

        client = self._connected()
        try:
            found = client.get_object(Bucket=bucket, Key=key)
            with closing(found["Body"]) as body:
                if found["ContentLength"] > MOST_BYTES:
                    raise ConfigurationUnavailableError(f"{address} is larger than {MOST_BYTES} bytes")
                return body.read()
        except ClientError as exc:
            code = exc.response.get("Error", {}).get("Code", "unknown")
            raise ConfigurationUnavailableError(
                f"{address} cannot be read ({code}); is it there, and may the function's role read it?"
            ) from exc
        except BotoCoreError as exc:
            raise ConfigurationUnavailableError(f"{address} cannot be read: {type(exc).__name__}") from exc

    def _connected(self) -> "S3Client":
        if self._client is None:
            import boto3  # noqa: PLC0415  # as above
            from botocore.config import Config  # noqa: PLC0415  # as above

            patience = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
            self._client = boto3.client("s3", config=patience)
        return self._client
