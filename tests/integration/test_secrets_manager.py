"""Secrets Manager as the real boto3 speaks to it: what is read how often, and what every failure says."""

import json
import logging
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from github_tracker.adapters.secrets_manager import SecretsManagerStore
from github_tracker.ports.errors import SecretUnavailableError
from github_tracker.ports.secret_store import SecretName, SecretStore
from tests.contracts.roles import KNOWN_SECRET, SecretStoreContract
from tests.integration.aws_server import AwsServer
from tests.integration.canaries import all_logged

CANARY = "ghp_canary4713"
TOKEN = SecretName.GITHUB_TOKEN
Answer = tuple[int, dict[str, str]]


@pytest.fixture(autouse=True)
def environment(aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What leads boto3 to the server, as it would lead it to AWS."""
    for name, value in aws_server.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def secret_id(aws_server: AwsServer) -> str:
    """The id of a secret of this test's own."""
    return aws_server.put_secret(KNOWN_SECRET)


class TestSecretsManagerStore(SecretStoreContract):
    """Over moto's server."""

    @pytest.fixture
    def secrets(self, secret_id: str) -> SecretStore:
        """A store that was given the id of one of two secrets."""
        return SecretsManagerStore({TOKEN: secret_id})

    @pytest.fixture
    def rotate(self, aws_server: AwsServer, secret_id: str) -> Callable[[str], None]:
        """Puts another text in its place."""
        return lambda text: aws_server.rotate_secret(secret_id, text)


def test_secret_is_fetched_once(aws_server: AwsServer, secret_id: str) -> None:
    """What was put there later is seen by nobody who does not ask to read again."""
    store = SecretsManagerStore({TOKEN: secret_id})
    assert store.read(TOKEN).reveal() == KNOWN_SECRET
    aws_server.rotate_secret(secret_id, "ghp_other")
    assert store.read(TOKEN).reveal() == KNOWN_SECRET


def test_arn_is_an_id(aws_server: AwsServer, secret_id: str) -> None:
    """As the console shows it."""
    arn = aws_server.secrets.describe_secret(SecretId=secret_id)["ARN"]
    assert SecretsManagerStore({TOKEN: arn}).read(TOKEN).reveal() == KNOWN_SECRET


def test_one_object_holds_several_secrets(aws_server: AwsServer) -> None:
    """Each under its own name; other keys are nobody's business."""
    held = {"GITHUB_PAT": CANARY, "DB_URL": " postgresql://u:p@h/d\n", "other": 1}
    secret_id = aws_server.put_secret(json.dumps(held))
    store = SecretsManagerStore(dict.fromkeys(SecretName, secret_id))
    assert store.read(TOKEN).reveal() == CANARY
    assert store.reread(SecretName.DATABASE_URL).reveal() == "postgresql://u:p@h/d"
    with pytest.raises(SecretUnavailableError, match="without the key DB_READ_URL") as caught:
        store.read(SecretName.DATABASE_READ_URL)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("text", ["[]", '[{"public_id": "x"}]', "{no object", "a\nb", '"quoted"'])
def test_text_that_is_no_object_is_the_secret(aws_server: AwsServer, text: str) -> None:
    """A list of keys, a key in PEM form, anything."""
    store = SecretsManagerStore({SecretName.API_KEYS: aws_server.put_secret(f" {text}\n")})
    assert store.read(SecretName.API_KEYS).reveal() == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{{"OTHER": "{CANARY}"}}', "without the key GITHUB_PAT"),
        (f'{{"GITHUB_PAT": ["{CANARY}"]}}', "GITHUB_PAT is no text"),
        (f'{{"GITHUB_PAT": " ", "{CANARY}": ""}}', "or an empty one"),
        ("{}", "without the key GITHUB_PAT"),
        (" \n", "is empty"),
    ],
)
def test_text_without_the_secret_is_told(aws_server: AwsServer, text: str, said: str) -> None:
    """With the secret's name and id, and nothing that lies there."""
    secret_id = aws_server.put_secret(text)
    with pytest.raises(SecretUnavailableError, match=f"^GITHUB_PAT: the secret {secret_id} .*{said}") as caught:
        SecretsManagerStore({TOKEN: secret_id}).read(TOKEN)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_binary_secret_is_told(aws_server: AwsServer) -> None:
    """It may hold anything; nobody guesses its encoding."""
    name = aws_server.name("binary")
    aws_server.secrets.create_secret(Name=name, SecretBinary=CANARY.encode())
    with pytest.raises(SecretUnavailableError, match=f"GITHUB_PAT: the secret {name} is binary; store it as text"):
        SecretsManagerStore({TOKEN: name}).read(TOKEN)


def test_secret_that_is_not_there_is_told(aws_server: AwsServer) -> None:
    """Never made, made and left empty, or marked for deletion."""
    left_empty, deleted = aws_server.name("empty"), aws_server.put_secret(CANARY)
    aws_server.secrets.create_secret(Name=left_empty)
    aws_server.secrets.delete_secret(SecretId=deleted)
    said = {"never-made": "no such secret", left_empty: "none with a value yet", deleted: "marked for deletion"}
    for secret_id, words in said.items():
        with pytest.raises(SecretUnavailableError, match=f"GITHUB_PAT: the secret {secret_id} .*{words}"):
            SecretsManagerStore({TOKEN: secret_id}).read(TOKEN)


@contextmanager
def answering(*answers: Answer, after_seconds: float = 0.0) -> Iterator[tuple[str, list[bytes]]]:
    """Give the address of a server that answers so, the last answer for ever, and the bodies that it was sent."""
    asked: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, fields = answers[min(len(asked), len(answers)) - 1]
            body = json.dumps(fields).encode()
            time.sleep(after_seconds)
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


GOOD: Answer = (200, {"Name": "x", "SecretString": CANARY})


def _error(code: str, status: int = 400) -> Answer:
    return status, {"__type": code, "message": f"told by {code}"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDeniedException", "allow secretsmanager:GetSecretValue"),
        ("DecryptionFailure", "KMS key does not decrypt"),
        ("KMSAccessDeniedException", "KMS key does not decrypt"),
        ("ExpiredTokenException", "log in again"),
        ("UnrecognizedClientException", "does not know the credentials"),
        ("NobodyKnowsException", "answered with an error"),
    ],
)
def test_refusal_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch, code: str, words: str) -> None:
    """After one request, since another would fare no better."""
    with answering(_error(code)) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(SecretUnavailableError, match=f"GITHUB_PAT: the secret its-id .*{words}.*\\({code}\\)"):
            SecretsManagerStore({TOKEN: "its-id"}).read(TOKEN)
    assert len(asked) == 1


@pytest.mark.parametrize("trouble", [_error("ThrottlingException"), _error("InternalServiceError", 500)])
def test_what_may_pass_is_tried_three_times(monkeypatch: pytest.MonkeyPatch, trouble: Answer) -> None:
    """Two failures are not even told; a third one is."""
    with answering(trouble, trouble, GOOD) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert SecretsManagerStore({TOKEN: "its-id"}).read(TOKEN).reveal() == CANARY
        assert len(asked) == 3
    with answering(trouble) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(SecretUnavailableError, match="try again"):
            SecretsManagerStore({TOKEN: "its-id"}).read(TOKEN)
        assert len(asked) == 3


def test_network_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to look at."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SecretUnavailableError, match=r"GITHUB_PAT: .*cannot be reached; check the network"):
        SecretsManagerStore({TOKEN: "its-id"}).read(TOKEN)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("AWS_REGION", "AWS_DEFAULT_REGION"), "set AWS_REGION"),
        (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "no AWS credentials"),
        (("AWS_SECRET_ACCESS_KEY",), "credentials are incomplete"),
    ],
)
def test_what_boto3_misses_is_told(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], words: str) -> None:
    """Region or credentials, on a machine that has none."""
    for name in names:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(SecretUnavailableError, match=f"^GITHUB_PAT: .*{words}"):
        SecretsManagerStore({TOKEN: "its-id"}).read(TOKEN)


def test_threads_share_one_request_and_its_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight that ask while the answer is on its way get that answer, a bad one too; who asks later asks anew."""
    store = SecretsManagerStore({TOKEN: "its-id", SecretName.DATABASE_URL: "its-id"})
    everybody = threading.Barrier(8)

    def ask(number: int) -> str:
        everybody.wait()
        try:
            return (store.read if number % 2 else store.reread)(TOKEN).reveal()
        except SecretUnavailableError as exc:
            return str(exc)

    answers = answering(_error("AccessDeniedException"), GOOD, after_seconds=1.0)
    with ThreadPoolExecutor(8) as threads, answers as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        refused = set(threads.map(ask, range(8)))
        assert (len(asked), len(refused)) == (1, 1)
        assert "access is denied" in refused.pop()
        assert set(threads.map(ask, range(8))) == {CANARY}
        assert len(asked) == 2
        assert store.read(SecretName.DATABASE_URL).reveal() == CANARY
        assert len(asked) == 2


def test_failed_reread_leaves_what_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked for the present value is told that there is none; who did not goes on."""
    with answering(GOOD, _error("AccessDeniedException")) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        store = SecretsManagerStore({TOKEN: "its-id"})
        store.read(TOKEN)
        with pytest.raises(SecretUnavailableError):
            store.reread(TOKEN)
        assert store.read(TOKEN).reveal() == CANARY


def test_value_is_in_no_log(aws_server: AwsServer, caplog: pytest.LogCaptureFixture) -> None:
    """Though boto3's libraries tell everything else at DEBUG."""
    secret_id = aws_server.put_secret(CANARY)
    logging.getLogger("botocore.parsers")
    with all_logged(caplog):
        store = SecretsManagerStore({TOKEN: secret_id})
        told = f"{store.read(TOKEN)!r} {store!r} {vars(store)}"
        aws_server.secrets.describe_secret(SecretId=secret_id)
    formatter = logging.Formatter()
    lines = [formatter.format(record) for record in caplog.records if not record.name.startswith("werkzeug")]
    assert any("GetSecretValue" in line for line in lines)
    assert [line for line in [told, *lines] if CANARY in line] == []


def test_boto3_is_imported_by_nobody_who_needs_it_not() -> None:
    """Neither the command line nor the API, nor a store that nothing was asked of."""
    program = (
        "import sys\n"
        "from github_tracker.adapters.secrets_manager import SecretsManagerStore\n"
        "from github_tracker.entrypoints import api_container, containers, settings\n"
        "SecretsManagerStore({'GITHUB_PAT': 'x'})\n"
        "print([name for name in ('boto3', 'botocore') if name in sys.modules])\n"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
