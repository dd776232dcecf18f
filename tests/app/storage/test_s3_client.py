"""The S3 client: built once and late, its connections counted, its errors translated."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from botocore.credentials import CredentialResolver  # type: ignore[import-untyped]

from app.core.errors import StorageUnavailable
from app.runtime.pool_stats import PoolStats
from app.storage import Storage
from app.storage.s3 import S3Storage
from app.storage.s3_client import S3Clients, create_client, pool_stats
from tests.app.storage.conftest import PNG, error_message
from tests.conftest import MakeS3Storage
from tests.support.s3.faults import FaultInjector, error, truncate_body
from tests.support.s3.server import S3, new_session
from tests.support.threads import run_concurrently
from tests.support.wsgi_server import App, Environ

SCRIPT = """
import sys
import app.container, app.storage.s3 as s3
heavy = {"boto3", "botocore", "urllib3", "requests"} & set(sys.modules)
assert not heavy, heavy
storage = s3.from_url(sys.argv[1])
assert not {"boto3", "botocore"} & set(sys.modules)
storage.put("key", b"from another process", media_type="text/plain")
assert "boto3" in sys.modules
storage.close()
"""

OPERATIONS: dict[str, Callable[[Storage], Any]] = {
    "put": lambda storage: storage.put("key", b"data", media_type=PNG),
    "put_new": lambda storage: storage.put_new("key", b"data", media_type=PNG),
    "get": lambda storage: storage.get("key"),
    "stat": lambda storage: storage.stat("key"),
    "delete": lambda storage: storage.delete("key"),
    "delete_prefix": lambda storage: storage.delete_prefix("key"),
    "keys": lambda storage: list(storage.keys("")),
}
every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def test_boto3_is_imported_at_the_first_call_and_configured_by_the_environment(
    own_s3: S3, make_s3_storage: MakeS3Storage
) -> None:
    bucket = own_s3.bucket()
    environ = {"PATH": os.environ.get("PATH", ""), **own_s3.environ()}
    arguments = [sys.executable, "-W", "error", "-c", SCRIPT, f"s3://{bucket}/pre/fix"]
    done = subprocess.run(arguments, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    assert make_s3_storage(own_s3, bucket=bucket).get("key") == b"from another process"


def test_threads_share_one_client(s3: S3) -> None:
    built: list[Any] = []

    def make() -> Any:
        built.append(create_client(session=s3.session))
        return built[-1]

    storage = S3Storage(s3.bucket(), create_client=make)
    run_concurrently(*[lambda: storage.put("key", b"data", media_type=PNG)] * 8)
    storage.close()
    assert len(built) == 1


def test_a_client_that_could_not_be_built_is_built_at_the_next_call(s3: S3) -> None:
    outcomes: list[Any] = [ImportError(name="boto3"), create_client(session=s3.session)]

    def make() -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    storage = S3Storage(s3.bucket(), create_client=make)
    with pytest.raises(StorageUnavailable):
        storage.get("key")
    assert storage.get("key") is None
    storage.close()


def test_other_exceptions_are_not_translated(s3: S3) -> None:
    clients = S3Clients(lambda: None, pooling="shared")
    with pytest.raises(ZeroDivisionError), clients.client():
        raise ZeroDivisionError


def test_options_reach_the_client(s3: S3) -> None:
    client = create_client(session=s3.session, connect_s=1.5, read_s=2.5, attempts=2, pool_size=0)
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1.5, 2.5)
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}
    assert config.max_pool_connections == 1
    client.close()


def test_urls_are_presigned_with_version_4(s3: S3) -> None:
    client = create_client(session=s3.session)
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in client.generate_presigned_url("list_buckets")
    client.close()


def test_a_connection_is_reused(own_s3: S3, make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(own_s3)
    before = own_s3.connections
    for n in range(5):
        storage.put(f"key{n}", b"data", media_type=PNG)
        storage.get(f"key{n}")
    assert own_s3.connections - before == 1
    assert storage.stats() == PoolStats(opened=1, reused=9, idle=1, requests=10)


def test_per_request_opens_a_connection_for_each_call_and_keeps_none(
    own_s3: S3, make_s3_storage: MakeS3Storage
) -> None:
    storage = make_s3_storage(own_s3, pooling="per_request")
    before = own_s3.connections
    for n in range(3):
        storage.put(f"key{n}", b"data", media_type=PNG)
    assert list(storage.keys("")) == ["key0", "key1", "key2"]
    assert own_s3.connections - before == 4
    assert storage.stats() == PoolStats(opened=4, reused=0, idle=0, requests=4)


def test_pool_size_limits_idle_connections(s3: S3, make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(s3, client={"pool_size": 2})
    # one key each: the server may answer two writers of one with an error, which the SDK tries again
    run_concurrently(*[partial(storage.put, f"key{number}", b"data", media_type=PNG) for number in range(8)])
    assert storage.stats().idle <= 2
    assert storage.stats().requests == 8


def test_warm_opens_the_connection_that_the_first_call_uses(own_s3: S3, make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(own_s3)
    storage.warm()
    before = own_s3.connections
    storage.put("key", b"data", media_type=PNG)
    assert own_s3.connections == before
    assert storage.stats().opened == 1


def test_a_connection_closed_by_s3_is_opened_again(own_s3: S3, make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(own_s3)
    storage.put("key", b"data", media_type=PNG)
    own_s3.close_connections()
    assert storage.get("key") == b"data"


def test_a_closed_storage_keeps_its_counters_and_connects_again(own_s3: S3, make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(own_s3)
    storage.put("key", b"data", media_type=PNG)
    storage.close()
    assert storage.stats() == PoolStats(opened=1, reused=0, idle=0, requests=1)
    assert storage.get("key") == b"data"
    assert storage.stats() == PoolStats(opened=2, reused=0, idle=1, requests=2)


def test_close_idle_keeps_the_client(own_s3: S3, make_s3_storage: MakeS3Storage) -> None:
    clients: list[Any] = []

    def create() -> Any:
        clients.append(create_client(session=own_s3.session))
        return clients[-1]

    storage = make_s3_storage(own_s3, create_client=create)
    storage.close_idle()
    storage.put("key", b"data", media_type=PNG)
    storage.close_idle()
    assert storage.stats() == PoolStats(opened=1, reused=0, idle=0, requests=1)
    assert storage.get("key") == b"data"
    assert (storage.stats().opened, len(clients)) == (2, 1)


def test_an_unknown_client_has_zero_counters() -> None:
    assert pool_stats(object()) == pool_stats(None) == PoolStats(0, 0, 0, 0)


@every_operation
def test_error_for_a_missing_bucket(
    s3: S3, make_s3_storage: MakeS3Storage, operation: Callable[[Storage], Any]
) -> None:
    assert (
        error_message(partial(operation, make_s3_storage(s3, bucket="no-such-bucket")))
        == "the S3 bucket does not exist"
    )


@every_operation
def test_error_for_a_server_that_is_down(make_s3_storage: MakeS3Storage, operation: Callable[[Storage], Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    session = new_session(f"http://127.0.0.1:{port}")
    storage = make_s3_storage(None, bucket="bucket", session=session, client={"attempts": 1})
    assert error_message(partial(operation, storage)) == "S3 cannot be reached"


def test_error_for_a_wrong_secret_key(s3: S3, make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(s3, session=new_session(s3.url, secret_key="wrong"))
    assert error_message(lambda: storage.get("key")) == "S3 does not accept the AWS credentials"


def test_error_for_an_unknown_access_key(s3: S3, make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(s3, session=new_session(s3.url, access_key="OTHERKEY"))
    assert (
        error_message(lambda: storage.put("key", b"data", media_type=PNG)) == "S3 does not accept the AWS credentials"
    )


def test_error_without_credentials(s3: S3, make_s3_storage: MakeS3Storage) -> None:
    session = new_session(s3.url)
    session._session._credentials = None
    session._session.register_component("credential_provider", CredentialResolver([]))
    storage = make_s3_storage(s3, session=session)
    assert error_message(lambda: storage.get("key")) == "no AWS credentials were found"


def test_error_for_an_endpoint_that_is_not_a_url(make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(None, bucket="bucket", session=new_session("nonsense"))
    assert "AWS settings" in error_message(lambda: storage.get("key"))


def test_error_without_boto3() -> None:
    def fail() -> Any:
        raise ModuleNotFoundError(name="boto3")

    storage = S3Storage("bucket", create_client=fail)
    assert "boto3 is not installed" in error_message(lambda: storage.get("key"))


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, "AccessDenied", "S3 denied access: see the policy in docs/storage.md"),
        (403, "ExpiredToken", "the AWS credentials have expired"),
        (400, "SomethingNew", "S3 failed: SomethingNew"),
        (503, "SlowDown", "S3 is throttling requests"),
    ],
)
def test_errors_by_the_code_of_s3(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector, status: int, code: str, message: str
) -> None:
    storage = make_s3_storage(own_s3, client={"attempts": 1})
    faults.inject("GET", error(status, code))
    assert error_message(lambda: storage.get("key")) == message


def test_error_for_a_denied_head_request_which_has_no_body(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    storage = make_s3_storage(own_s3)
    faults.inject("HEAD", error(403, "AccessDenied"))
    assert "denied access" in error_message(lambda: storage.stat("key"))


def test_error_for_a_throttled_head_request_which_has_no_body(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    storage = make_s3_storage(own_s3, client={"attempts": 1})
    faults.inject("HEAD", error(503, "SlowDown"))
    assert error_message(lambda: storage.stat("key")) == "S3 is throttling requests"


def test_error_for_a_server_that_does_not_respond(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    given_up = threading.Event()

    def stall(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
        given_up.wait(30)
        return app(environ, start_response)

    storage = make_s3_storage(own_s3, client={"read_s": 0.2, "attempts": 1})
    faults.inject("GET", stall)
    message = error_message(lambda: storage.get("key"))
    given_up.set()
    assert message == "S3 did not answer in time"


def test_error_for_a_truncated_body(own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector) -> None:
    storage = make_s3_storage(own_s3, client={"read_s": 0.2})
    faults.inject("GET", truncate_body)
    assert error_message(lambda: storage.get("key")) == "S3 did not answer in time"


def test_a_temporary_fault_is_retried(own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector) -> None:
    storage = make_s3_storage(own_s3)
    storage.put("key", b"data", media_type=PNG)
    faults.inject("GET", error(500, "InternalError"))
    assert storage.get("key") == b"data"
