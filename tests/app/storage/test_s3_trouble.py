"""What S3 storage makes of trouble: no credentials, no bucket, no answer, two writers at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.credentials import CredentialResolver

from app.errors import StorageUnavailable
from app.storage.s3 import S3Storage
from tests.support.s3.http_server import App, Environ
from tests.support.s3.misbehave import Trouble, cut, lose_answer, lose_request, refuse
from tests.support.s3.server import KEY, S3, new_session

Build = Callable[..., S3Storage]
PNG = "image/png"

CALLS: dict[str, Callable[[S3Storage], Any]] = {
    "put": lambda storage: storage.put("key", b"data", media_type=PNG),
    "put_new": lambda storage: storage.put_new("key", b"data", media_type=PNG),
    "get": lambda storage: storage.get("key"),
    "read": lambda storage: storage.read("key", 0, 4),
    "stat": lambda storage: storage.stat("key"),
    "delete": lambda storage: storage.delete("key"),
    "delete_prefix": lambda storage: storage.delete_prefix("key"),
    "keys": lambda storage: list(storage.keys("")),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def refusal(call: Callable[[S3Storage], Any], storage: S3Storage) -> str:
    """Return the words of the StorageUnavailable that the call must raise."""
    with pytest.raises(StorageUnavailable) as caught:
        call(storage)
    for secret in (KEY.access_key, KEY.secret_key):
        assert secret not in caught.value.detail
    return caught.value.detail


class TestWords:
    @every_call
    def test_a_missing_bucket(self, s3: S3, build: Build, call: Callable[[S3Storage], Any]) -> None:
        assert refusal(call, build(s3, bucket="no-such-bucket")) == "the S3 bucket does not exist"

    @every_call
    def test_a_server_that_is_down(self, build: Build, call: Callable[[S3Storage], Any]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        storage = build(None, bucket="bucket", session=new_session(f"http://127.0.0.1:{port}"), client={"attempts": 1})
        assert refusal(call, storage) == "S3 cannot be reached"

    def test_a_wrong_secret(self, s3: S3, build: Build) -> None:
        storage = build(s3, session=new_session(s3.url, secret_key="wrong"))
        assert refusal(CALLS["get"], storage) == "S3 does not accept the AWS credentials"

    def test_an_unknown_key(self, s3: S3, build: Build) -> None:
        storage = build(s3, session=new_session(s3.url, access_key="OTHERKEY"))
        assert refusal(CALLS["put"], storage) == "S3 does not accept the AWS credentials"

    def test_no_credentials(self, s3: S3, build: Build) -> None:
        session = new_session(s3.url)
        session._session._credentials = None
        session._session.register_component("credential_provider", CredentialResolver([]))
        assert refusal(CALLS["get"], build(s3, session=session)) == "no AWS credentials were found"

    def test_an_endpoint_that_is_no_url(self, build: Build) -> None:
        storage = build(None, bucket="bucket", session=new_session("nonsense"))
        assert "AWS settings" in refusal(CALLS["get"], storage)

    def test_boto3_is_not_installed(self) -> None:
        def fail() -> Any:
            raise ModuleNotFoundError(name="boto3")

        assert "boto3 is not installed" in refusal(CALLS["get"], S3Storage("bucket", connect=fail))

    @pytest.mark.parametrize(
        ("status", "code", "words"),
        [
            (403, "AccessDenied", "S3 denied access: see the policy in docs/storage.md"),
            (403, "ExpiredToken", "the AWS credentials have expired"),
            (400, "SomethingNew", "S3 failed: SomethingNew"),
            (503, "SlowDown", "S3 asks for fewer requests"),
        ],
    )
    def test_what_s3_answers(self, own: S3, build: Build, trouble: Trouble, status: int, code: str, words: str) -> None:
        storage = build(own, client={"attempts": 1})
        trouble.happen("GET", refuse(status, code))
        assert refusal(CALLS["get"], storage) == words

    def test_a_denial_of_head_which_has_no_words(self, own: S3, build: Build, trouble: Trouble) -> None:
        storage = build(own)
        trouble.happen("HEAD", refuse(403, "AccessDenied"))
        assert "denied access" in refusal(CALLS["stat"], storage)

    def test_an_object_that_was_not_deleted(self, own: S3, build: Build, trouble: Trouble) -> None:
        def keep(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
            start_response("200 OK", [("Content-Type", "application/xml")])
            return [b"<DeleteResult><Error><Key>key</Key><Code>AccessDenied</Code></Error></DeleteResult>"]

        storage = build(own)
        storage.put("key", b"data", media_type=PNG)
        trouble.happen("POST", keep)
        assert refusal(CALLS["delete_prefix"], storage) == "S3 did not delete 1 objects: AccessDenied"


class TestSilence:
    def test_a_server_that_does_not_answer(self, own: S3, build: Build, trouble: Trouble) -> None:
        over = threading.Event()

        def stall(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
            over.wait(30)
            return app(environ, start_response)

        storage = build(own, client={"read_s": 0.2, "attempts": 1})
        trouble.happen("GET", stall)
        words = refusal(CALLS["get"], storage)
        over.set()
        assert words == "S3 did not answer in time"

    def test_a_body_that_stops_short(self, own: S3, build: Build, trouble: Trouble) -> None:
        storage = build(own, client={"read_s": 0.2})
        trouble.happen("GET", cut)
        assert refusal(CALLS["get"], storage) == "S3 did not answer in time"

    def test_a_fault_that_passes_is_not_noticed(self, own: S3, build: Build, trouble: Trouble) -> None:
        storage = build(own)
        storage.put("key", b"data", media_type=PNG)
        trouble.happen("GET", refuse(500, "InternalError"))
        assert storage.get("key") == b"data"

    def test_ok_says_so_and_never_raises(self, own: S3, build: Build, trouble: Trouble) -> None:
        assert build(own).ok() is True
        assert build(own, bucket="no-such-bucket").ok() is False
        assert build(own, session=new_session(own.url, secret_key="wrong")).ok() is False
        assert build(own, session=new_session("nonsense")).ok() is False
        storage = build(own, client={"attempts": 1})
        trouble.happen("HEAD", lose_request)
        assert storage.ok() is False
        assert storage.ok() is True

    def test_a_bucket_in_another_region_is_found(self, s3: S3, build: Build) -> None:
        storage = build(s3, session=new_session(s3.url, region="us-west-2"))
        storage.put("key", b"data", media_type=PNG)
        assert storage.stat("key") is not None
        assert storage.get("key") == b"data"


class TestTwoWriters:
    def test_of_two_containers_one_writes(self, s3: S3, build: Build) -> None:
        bucket = s3.bucket()
        containers = [build(s3, bucket=bucket) for _ in range(2)]
        for turn in range(15):
            barrier = threading.Barrier(8)

            def write(n: int, key: str = f"key{turn}", barrier: threading.Barrier = barrier) -> bool:
                barrier.wait()
                return containers[n % 2].put_new(key, bytes([n]), media_type=PNG)

            with ThreadPoolExecutor(8) as pool:
                wrote = list(pool.map(write, range(8)))
            assert wrote.count(True) == 1
            assert containers[0].get(f"key{turn}") == bytes([wrote.index(True)])

    def test_a_conflict_is_settled_by_asking_again(self, own: S3, build: Build, trouble: Trouble) -> None:
        storage = build(own)
        trouble.happen("PUT", refuse(409, "ConditionalRequestConflict"), times=2)
        assert storage.put_new("key", b"data", media_type=PNG) is True
        trouble.happen("PUT", refuse(409, "ConditionalRequestConflict"), times=2)
        assert storage.put_new("key", b"other", media_type=PNG) is False
        assert storage.get("key") == b"data"

    def test_a_conflict_without_end_is_given_up(self, own: S3, build: Build, trouble: Trouble) -> None:
        storage = build(own)
        trouble.happen("PUT", refuse(409, "ConditionalRequestConflict"), times=100)
        assert refusal(CALLS["put_new"], storage) == "S3 could not settle who writes this object"

    def test_a_write_whose_answer_was_lost_is_still_ours(self, own: S3, build: Build, trouble: Trouble) -> None:
        storage = build(own)
        trouble.happen("PUT", lose_answer)
        assert storage.put_new("key", b"data", media_type=PNG) is True

    def test_a_write_that_was_lost_is_not_ours_when_another_came_first(
        self, own: S3, build: Build, trouble: Trouble
    ) -> None:
        bucket = own.bucket()
        storage, other = (build(own, bucket=bucket) for _ in range(2))

        def overtaken(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
            assert other.put_new("key", b"same bytes", media_type=PNG) is True
            return lose_request(app, environ, start_response)

        trouble.happen("PUT", overtaken)
        assert storage.put_new("key", b"same bytes", media_type=PNG) is False
