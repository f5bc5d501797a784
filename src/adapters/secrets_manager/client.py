"""boto3's client for Secrets Manager, and what its errors mean: the one place that knows boto3.

It is imported when the first secret is asked for, since only those who keep secrets there pay for it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from github_tracker.ports.errors import SecretUnavailableError
from github_tracker.ports.secret_store import SecretName

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError
    from mypy_boto3_secretsmanager import SecretsManagerClient

_CONNECT_SECONDS: Final = 3
_READ_SECONDS: Final = 5
_ATTEMPTS: Final = 3
"""In all: half a minute at most, since somebody waits."""

_REMEDIES: Final = {
    "ResourceNotFoundException": "no such secret, or none with a value yet; check the id, the account and the region",
    "AccessDeniedException": "access is denied; allow secretsmanager:GetSecretValue on it, and kms:Decrypt on its key",
    "DecryptionFailure": "its KMS key does not decrypt it; check the key's state and that kms:Decrypt is allowed",
    "InvalidRequestException": "it cannot be read as it is; it may be marked for deletion: restore it",
    "InvalidParameterException": "the id is no id of a secret; check it",
    "ValidationException": "the id is no id of a secret; check it",
    "ThrottlingException": "too many requests; wait a minute and try again",
    "ExpiredTokenException": "the AWS credentials have expired; log in again",
    "UnrecognizedClientException": "AWS does not know the credentials; check them",
    "InvalidSignatureException": "AWS refuses the credentials; check them and the clock",
    "InternalServiceError": "the service failed; try again",
}

_UNREACHABLE: Final = "it cannot be reached; check the network, the VPC endpoint and the region"


def secrets_client() -> "SecretsManagerClient":
    """Return a client that gives up within half a minute; region and credentials are found as AWS's tools find them."""
    import boto3  # noqa: PLC0415  # see above
    from botocore.config import Config  # noqa: PLC0415  # as above

    # It would log whole answers at DEBUG, with the secret in them.
    logging.getLogger("botocore.parsers").addFilter(_tells_no_body)
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    # A session of its own: the default one, shared by all of a process, is not for several threads.
    return boto3.session.Session().client("secretsmanager", config=config)


@contextmanager
def translated(name: SecretName, secret_id: str) -> Iterator[None]:
    """Turn what boto3 raises into SecretUnavailableError, which names the secret and what to do."""
    where = f"{name}: the secret {secret_id} cannot be read from AWS Secrets Manager"
    try:
        import boto3  # noqa: F401, PLC0415  # see above
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # as above
    except ImportError as exc:
        raise SecretUnavailableError(f"{where}: boto3 is not installed; install github-tracker[aws]") from exc
    try:
        yield
    except ClientError as exc:
        raise SecretUnavailableError(f"{where}: {_remedy(exc)}") from exc
    except BotoCoreError as exc:
        raise SecretUnavailableError(f"{where}: {_kind_of(exc)}") from exc


def _remedy(exc: "ClientError") -> str:
    code = str(exc.response.get("Error", {}).get("Code", "unknown"))
    if code.startswith("KMS"):
        return f"{_REMEDIES['DecryptionFailure']} ({code})"
    remedy = _REMEDIES.get(code, "AWS answered with an error; try again, and see AWS's status if it stays")
    return f"{remedy} ({code})"


def _kind_of(exc: "BotoCoreError") -> str:
    from botocore import exceptions  # noqa: PLC0415  # see above

    kinds: dict[type[Exception], str] = {
        exceptions.NoRegionError: "no region is known; set AWS_REGION",
        exceptions.NoCredentialsError: "no AWS credentials were found; log in, or give the function a role",
        exceptions.PartialCredentialsError: "the AWS credentials are incomplete; check them",
        exceptions.ProfileNotFound: "the profile in AWS_PROFILE does not exist; check its name",
        exceptions.ConnectionError: _UNREACHABLE,
        exceptions.HTTPClientError: _UNREACHABLE,
    }
    text = next((text for kind, text in kinds.items() if isinstance(exc, kind)), "AWS's library gave up")
    return f"{text} ({type(exc).__name__})"


def _tells_no_body(record: logging.LogRecord) -> bool:
    return "body" not in str(record.msg).lower()
