"""Roster and repositories in S3, secrets in Secrets Manager, as moto plays them, for the real boto3."""

import pytest

from github_tracker.adapters.s3 import S3ConfigurationFiles
from github_tracker.adapters.s3.configuration_files import MOST_BYTES
from github_tracker.domain.membership import Membership
from github_tracker.entrypoints.roster_file import RosterForm, format_roster
from github_tracker.ports.errors import ConfigurationUnavailableError
from github_tracker.ports.secret_store import Secret
from tests.contracts.store import GADGETS, WIDGETS
from tests.integration.aws_server import AwsServer
from tests.integration.canaries import TOKEN
from tests.integration.collecting_lambda import SCHEDULED, collector, number_in, recent_github, with_canary
from tests.unit.examples import roster_of


@pytest.fixture
def bucket(aws_server: AwsServer) -> str:
    """The name of an empty bucket."""
    name = aws_server.name("bucket")
    aws_server.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return name


def test_object_is_read_anew_each_time(aws_server: AwsServer, bucket: str) -> None:
    """As UTF-8, without the mark that some editors put before it."""
    files, client = S3ConfigurationFiles(aws_server.client("s3")), aws_server.client("s3")
    for text in ("näme", "other"):
        client.put_object(Bucket=bucket, Key="a/b c.txt", Body=text.encode("utf-8-sig"))
        assert files.read(f"s3://{bucket}/a/b c.txt") == text


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("s3://{bucket}/nothing", r"cannot be read \(NoSuchKey\)"),
        ("s3://nowhere-{bucket}/x", r"cannot be read \(NoSuchBucket\)"),
        ("https://{bucket}/x", "is no address such as s3://bucket/key"),
        ("s3://{bucket}", "is no address"),
        ("s3://{bucket}/latin", "no text in UTF-8"),
        ("s3://{bucket}/large", "is larger than"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_address(
    aws_server: AwsServer, bucket: str, address: str, told: str
) -> None:
    """Whether it is missing, no text, or too much."""
    client = aws_server.client("s3")
    client.put_object(Bucket=bucket, Key="latin", Body="\xe4".encode("latin-1"))
    if "large" in address:
        client.put_object(Bucket=bucket, Key="large", Body=bytes(MOST_BYTES + 1))
    with pytest.raises(ConfigurationUnavailableError, match=told) as caught:
        S3ConfigurationFiles(client).read(address.format(bucket=bucket))
    assert address.format(bucket=bucket) in str(caught.value)


def test_unreachable_service_is_told(aws_server: AwsServer, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the client that the adapter makes for itself."""
    for name, text in {**aws_server.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(ConfigurationUnavailableError, match="EndpointConnectionError"):
        S3ConfigurationFiles().read(f"s3://{bucket}/x")


def test_invocation_goes_by_what_lies_in_s3_at_that_moment(
    aws_server: AwsServer, bucket: str, fresh_database: Secret
) -> None:
    """A changed roster attributes anew, a longer list collects more, over the same container."""
    client = aws_server.client("s3")

    def put(roster_text: str, names: str) -> None:
        client.put_object(Bucket=bucket, Key="teams.toml", Body=roster_text.encode())
        client.put_object(Bucket=bucket, Key="repositories", Body=names.encode())

    environment = {
        **aws_server.environment,
        "TEAM_CONFIG_JSON": "",
        "REPOSITORIES": "",
        "TEAM_CONFIG_S3": f"s3://{bucket}/teams.toml",
        "REPOSITORIES_S3": f"s3://{bucket}/repositories",
    }
    alice, bob = Membership("Apps", "alice"), Membership("Apps", "bob")
    with recent_github() as github, collector(github, fresh_database, **environment) as process:
        put(format_roster(roster_of(alice), RosterForm.TOML), f"# ours\n{GADGETS.full_name}  # the small one\n")
        first = process.invoke(SCHEDULED)
        shares = number_in(fresh_database, "SELECT count(*) FROM pr_metrics")
        put(format_roster(roster_of(alice, bob), RosterForm.TOML), f"{GADGETS.full_name}\n\n{WIDGETS.full_name}\n")
        second = process.invoke(SCHEDULED)
        put("teams = []", "what is this\n")
        third = process.invoke(SCHEDULED)
    assert [entry["name"] for entry in first.result["repositories"]] == [GADGETS.full_name]
    assert shares == 3
    assert [entry["facts_changed"] for entry in second.result["repositories"]] == [0, 250]
    authors = "SELECT count(*) FROM pr_metrics WHERE repository_id = 2"
    assert number_in(fresh_database, authors) == 5
    assert "TEAM_CONFIG_S3 (s3://" in third.error["errorMessage"]
    assert f"REPOSITORIES_S3 (s3://{bucket}/repositories) line 1: found" in third.error["errorMessage"]


def test_secrets_are_read_by_their_ids_and_again_when_they_were_rotated(
    aws_server: AwsServer, fresh_database: Secret
) -> None:
    """A warm process goes on with the new token, as often as there is one; neither shows anywhere."""
    token, url = aws_server.put_secret("ghp_before"), aws_server.put_secret(with_canary(fresh_database).reveal())
    environment = {
        **aws_server.environment,
        "GITHUB_PAT": "",
        "DB_URL": "",
        "GITHUB_PAT_SECRET_ID": token,
        "DB_URL_SECRET_ID": url,
    }
    with recent_github() as github, collector(github, fresh_database, **environment) as process:
        refused = process.invoke(SCHEDULED)
        aws_server.rotate_secret(token, TOKEN)
        accepted = process.invoke(SCHEDULED)
        github.accept_only("ghp_after")
        aws_server.rotate_secret(token, "ghp_after")
        rotated = process.invoke(SCHEDULED)
        assert "ghp_before" not in process.output
        assert "ghp_after" not in process.output
    assert refused.error["errorType"] == "CollectionFailedError"
    assert (accepted.error, accepted.result["outcome"], accepted.result["facts_changed"]) == (None, "complete", 255)
    assert (rotated.error, rotated.result["outcome"]) == (None, "complete")
    assert rotated.metrics["ApiErrorsUnauthorised"][0] >= 1
