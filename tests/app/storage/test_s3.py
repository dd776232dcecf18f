"""What is particular to S3: its client, its connections, its errors, its conditional writes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.config import ConfigError
from app.errors import StorageUnavailable
from app.runtime.pool_stats import PoolStats
from app.storage.s3 import S3Storage, from_url
from app.storage.s3_client import Clients, connect, pool_stats
from tests.support.s3.server import S3

Build = Callable[..., S3Storage]
PNG = "image/png"
WRONG = (
    *("", "bucket", "S3://bucket", "s3://", "s3:///a", "s3://ab", "s3://Bucket", "s3://-bucket", "s3://" + 64 * "b"),
    *("s3://key:secret@bucket", "s3://bucket:80/a", "s3://bucket?a=b", "s3://bucket/a#b", "s3://bucket\n"),
    *("s3://bucket/a b", "s3://bucket/é", "s3://bucket/a%20b", "s3://bucket/../b", "s3://bucket/a/."),
)

LAZY = """
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


def together(count: int, call: Callable[[], Any]) -> list[Any]:
    """Return what ``count`` threads get that call at the same moment."""
    barrier = threading.Barrier(count)

    def run() -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(count) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run) for _ in range(count)]]


class TestClient:
    def test_boto3_is_imported_by_the_first_call_and_finds_its_settings_in_the_environment(
        self, own: S3, build: Build
    ) -> None:
        bucket = own.bucket()
        environ = {"PATH": os.environ.get("PATH", ""), **own.environ()}
        arguments = [sys.executable, "-W", "error", "-c", LAZY, f"s3://{bucket}/pre/fix"]
        done = subprocess.run(arguments, env=environ, capture_output=True, text=True, timeout=60, check=False)
        assert (done.stderr, done.returncode) == ("", 0)
        assert build(own, bucket=bucket).get("key") == b"from another process"

    def test_many_threads_share_one_client(self, s3: S3) -> None:
        built: list[Any] = []

        def make() -> Any:
            built.append(connect(session=s3.session))
            return built[-1]

        storage = S3Storage(s3.bucket(), connect=make)
        together(8, lambda: storage.put("key", b"data", media_type=PNG))
        storage.close()
        assert len(built) == 1

    def test_a_client_that_could_not_be_built_is_tried_again(self, s3: S3) -> None:
        outcomes: list[Any] = [ImportError(name="boto3"), connect(session=s3.session)]

        def make() -> Any:
            outcome = outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        storage = S3Storage(s3.bucket(), connect=make)
        with pytest.raises(StorageUnavailable):
            storage.get("key")
        assert storage.get("key") is None
        storage.close()

    def test_an_error_of_our_own_is_not_hidden(self, s3: S3) -> None:
        clients = Clients(lambda: None, pooling="shared")
        with pytest.raises(ZeroDivisionError), clients.client():
            raise ZeroDivisionError

    def test_timeouts_and_attempts_are_those_asked_for(self, s3: S3) -> None:
        client = connect(session=s3.session, connect_s=1.5, read_s=2.5, attempts=2, pool_size=0)
        config = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (1.5, 2.5)
        assert config.retries == {"mode": "standard", "total_max_attempts": 2}
        assert config.max_pool_connections == 1
        client.close()

    def test_links_are_signed_in_the_way_every_region_accepts(self, s3: S3) -> None:
        client = connect(session=s3.session)
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in client.generate_presigned_url("list_buckets")
        client.close()


class TestConnections:
    def test_one_connection_serves_call_after_call(self, own: S3, build: Build) -> None:
        storage = build(own)
        before = own.connections
        for n in range(5):
            storage.put(f"key{n}", b"data", media_type=PNG)
            storage.get(f"key{n}")
        assert own.connections - before == 1
        assert storage.stats() == PoolStats(opened=1, reused=9, idle=1, requests=10)

    def test_per_request_opens_one_for_each_call_and_keeps_none(self, own: S3, build: Build) -> None:
        storage = build(own, pooling="per_request")
        before = own.connections
        for n in range(3):
            storage.put(f"key{n}", b"data", media_type=PNG)
        assert list(storage.keys("")) == ["key0", "key1", "key2"]
        assert own.connections - before == 4
        assert storage.stats() == PoolStats(opened=4, reused=0, idle=0, requests=4)

    def test_no_more_connections_are_kept_than_the_pool_holds(self, s3: S3, build: Build) -> None:
        storage = build(s3, client={"pool_size": 2})
        together(8, lambda: storage.put("key", b"data", media_type=PNG))
        assert storage.stats().idle <= 2
        assert storage.stats().requests == 8

    def test_warming_opens_the_connection_that_the_first_call_uses(self, own: S3, build: Build) -> None:
        storage = build(own)
        storage.warm()
        before = own.connections
        storage.put("key", b"data", media_type=PNG)
        assert own.connections == before
        assert storage.stats().opened == 1

    def test_a_connection_that_s3_closed_meanwhile_is_opened_again(self, own: S3, build: Build) -> None:
        storage = build(own)
        storage.put("key", b"data", media_type=PNG)
        own.hang_up()
        assert storage.get("key") == b"data"

    def test_closing_keeps_the_counts_and_the_next_call_connects(self, own: S3, build: Build) -> None:
        storage = build(own)
        storage.put("key", b"data", media_type=PNG)
        storage.close()
        assert storage.stats() == PoolStats(opened=1, reused=0, idle=0, requests=1)
        assert storage.get("key") == b"data"
        assert storage.stats() == PoolStats(opened=2, reused=0, idle=1, requests=2)

    def test_a_client_built_otherwise_counts_nothing(self) -> None:
        assert pool_stats(object()) == pool_stats(None) == PoolStats(0, 0, 0, 0)


class TestObjects:
    def test_ten_megabytes_come_back_exact_with_their_type(self, s3: S3, build: Build) -> None:
        bucket, data = s3.bucket(), hashlib.shake_128(b"seed").digest(10_000_000)
        build(s3, bucket=bucket, prefix="").put("big", data, media_type="image/webp")
        assert build(s3, bucket=bucket, prefix="").get("big") == data
        client = s3.session.client("s3")
        assert client.head_object(Bucket=bucket, Key="big")["ContentType"] == "image/webp"
        client.close()

    def test_prefixes_of_one_bucket_do_not_see_each_other(self, s3: S3, build: Build) -> None:
        bucket = s3.bucket()
        one, longer, all_of_it = (build(s3, bucket=bucket, prefix=prefix) for prefix in ("/a/", "ab", ""))
        for storage in (one, longer):
            storage.put("key", b"data", media_type=PNG)
        assert list(one.keys("")) == ["key"]
        assert one.delete_prefix("") == 1
        assert one.get("key") is None
        assert list(all_of_it.keys("")) == ["ab/key"]

    def test_listing_and_removing_go_page_by_page(self, own: S3, build: Build) -> None:
        storage = build(own, page=7)
        names = [f"{n:02}" for n in range(20)]
        for name in names:
            storage.put(name, b"", media_type=PNG)
        before = len(own.requests)
        assert list(storage.keys("")) == names
        assert len(own.requests) - before == 3
        assert storage.delete_prefix("1") == 10
        assert list(storage.keys("")) == names[:10]

    def test_listing_stops_asking_when_nobody_listens(self, own: S3, build: Build) -> None:
        storage = build(own, page=1)
        for name in ("a", "b", "c"):
            storage.put(name, b"", media_type=PNG)
        before = len(own.requests)
        assert next(storage.keys("")) == "a"
        assert len(own.requests) - before == 1

    @pytest.mark.parametrize("key", ["", "/a", "a/../b", "../b", "a/./b", ".."])
    def test_a_key_that_could_lead_elsewhere_is_refused(self, s3: S3, build: Build, key: str) -> None:
        with pytest.raises(ValueError, match="not a storage key"):
            build(s3, bucket="bucket").put(key, b"data", media_type=PNG)


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "name"),
        [
            ("s3://{}", "key"),
            ("s3://{}/", "key"),
            ("s3://{}/a", "a/key"),
            ("s3://{}/a/b_1.c-d/", "a/b_1.c-d/key"),
        ],
    )
    def test_bucket_and_prefix_are_told_apart(self, s3: S3, build: Build, url: str, name: str) -> None:
        bucket = s3.bucket()
        storage = from_url(url.format(bucket), session=s3.session)
        storage.put("key", b"data", media_type=PNG)
        storage.close()
        assert list(build(s3, bucket=bucket, prefix="").keys("")) == [name]

    @pytest.mark.parametrize("url", WRONG)
    def test_another_url_is_refused_by_the_name_of_the_variable_and_not_repeated(self, url: str) -> None:
        with pytest.raises(ConfigError, match=r"^MONOLAMBDA_STORAGE: expected s3://bucket/prefix") as caught:
            from_url(url)
        assert "secret" not in str(caught.value)
