"""AWS as moto plays it, on a free port of 127.0.0.1, for the real boto3.

What is made there lasts as long as the server, so tests that share it use names of their own, which `name` makes.
"""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

REGION = "eu-central-1"
_ONE_ATTEMPT = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)


class AwsServer:
    """Where it listens, and clients for it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = itertools.count(1)

    @property
    def environment(self) -> Mapping[str, str]:
        """What leads boto3 and AWS's tools there, in this process or another."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, config: Config = _ONE_ATTEMPT) -> Any:  # boto3 makes its classes as it goes
        """Return a client for a service, such as "sqs"."""
        return boto3.session.Session().client(
            service,  # type: ignore[call-overload]  # any of them, where the stubs list each
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=config,
        )

    @property
    def secrets(self) -> "SecretsManagerClient":
        """A client for Secrets Manager."""
        client: SecretsManagerClient = self.client("secretsmanager")
        return client

    def name(self, kind: str) -> str:
        """Return a name that nothing else on this server has."""
        return f"{kind}-{next(self._numbers)}"

    def put_secret(self, text: str) -> str:
        """Return the id of a new secret with this text."""
        name = self.name("secret")
        self.secrets.create_secret(Name=name, SecretString=text)
        return name

    def rotate_secret(self, secret_id: str, text: str) -> None:
        """Put another text in its place."""
        self.secrets.put_secret_value(SecretId=secret_id, SecretString=text)


@contextmanager
def running_aws_server() -> Iterator[AwsServer]:
    """Give a server that runs in threads of this process."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield AwsServer(f"http://{host}:{port}")
    finally:
        server.stop()
