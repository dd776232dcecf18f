"""The S3 storage: objects below a prefix, listings by page, and its URL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from app.core.config import ConfigError
from app.storage.s3 import S3Storage, from_url
from app.storage.s3_client import create_client
from tests.app.storage.conftest import PNG, error_message
from tests.conftest import MakeS3Storage
from tests.support.s3.faults import FaultInjector, drop_request
from tests.support.s3.server import S3, new_session
from tests.support.wsgi_server import App, Environ

MALFORMED = (
    *("", "bucket", "S3://bucket", "s3://", "s3:///a", "s3://ab", "s3://Bucket", "s3://-bucket", "s3://" + 64 * "b"),
    *("s3://key:secret@bucket", "s3://bucket:80/a", "s3://bucket?a=b", "s3://bucket/a#b", "s3://bucket\n"),
    *("s3://bucket/a b", "s3://bucket/é", "s3://bucket/a%20b", "s3://bucket/../b", "s3://bucket/a/."),
)


def test_ten_megabytes_are_stored_unchanged_with_their_type(s3: S3, make_s3_storage: MakeS3Storage) -> None:
    bucket, data = s3.bucket(), hashlib.shake_128(b"seed").digest(10_000_000)
    make_s3_storage(s3, bucket=bucket, prefix="").put("big", data, media_type="image/webp")
    assert make_s3_storage(s3, bucket=bucket, prefix="").get("big") == data
    client = s3.session.client("s3")
    assert client.head_object(Bucket=bucket, Key="big")["ContentType"] == "image/webp"
    client.close()


def test_storages_with_different_prefixes_share_no_objects(s3: S3, make_s3_storage: MakeS3Storage) -> None:
    bucket = s3.bucket()
    short, longer, empty = (make_s3_storage(s3, bucket=bucket, prefix=prefix) for prefix in ("/a/", "ab", ""))
    for storage in (short, longer):
        storage.put("key", b"data", media_type=PNG)
    assert list(short.keys("")) == ["key"]
    assert short.delete_prefix("") == 1
    assert short.get("key") is None
    assert list(empty.keys("")) == ["ab/key"]


def test_listing_and_deleting_work_page_by_page(own_s3: S3, make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(own_s3, page_size=7)
    names = [f"{n:02}" for n in range(20)]
    for name in names:
        storage.put(name, b"", media_type=PNG)
    before = len(own_s3.requests)
    assert list(storage.keys("")) == names
    assert len(own_s3.requests) - before == 3
    assert storage.delete_prefix("1") == 10
    assert list(storage.keys("")) == names[:10]


@pytest.mark.parametrize(
    "remove",
    [lambda storage: storage.delete_prefix("derived/a/"), lambda storage: storage.delete_many(list(storage.keys("")))],
    ids=["by prefix", "by name"],
)
def test_more_objects_than_fit_one_page_are_listed_and_removed(
    s3: S3, make_s3_storage: MakeS3Storage, remove: Callable[[S3Storage], int]
) -> None:
    """S3 lists a thousand at a time, and deletes no more."""
    bucket = s3.bucket()
    s3.fill(bucket, [f"pre/fix/derived/a/{n:04}" for n in range(1005)])
    storage = make_s3_storage(s3, bucket=bucket)
    assert len(list(storage.keys("derived/a/"))) == 1005
    assert remove(storage) == 1005
    assert list(storage.keys("")) == []


def test_listing_requests_no_page_before_it_is_needed(own_s3: S3, make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(own_s3, page_size=1)
    for name in ("a", "b", "c"):
        storage.put(name, b"", media_type=PNG)
    before = len(own_s3.requests)
    assert next(storage.keys("")) == "a"
    assert len(own_s3.requests) - before == 1


def test_a_short_page_is_not_the_last_one(own_s3: S3, make_s3_storage: MakeS3Storage) -> None:
    """S3 may return fewer keys than it was asked for, and say that there are more."""

    def create() -> Any:
        client = create_client(session=own_s3.session)
        client.meta.events.register("before-parameter-build.s3.ListObjectsV2", lambda params, **_: shorten(params))
        return client

    def shorten(params: dict[str, Any]) -> None:
        params["MaxKeys"] = min(3, params["MaxKeys"])

    storage = make_s3_storage(own_s3, create_client=create)
    names = [f"{n:02}" for n in range(10)]
    for name in names:
        storage.put(name, b"", media_type=PNG)
    assert [key for key, _ in storage.entries_after("01", "", 6)] == names[2:8]
    assert [key for key, _ in storage.entries_after("01", "", 50)] == names[2:]


@pytest.mark.parametrize("key", ["", "/a", "a/../b", "../b", "a/./b", ".."])
def test_a_key_that_leads_elsewhere_is_refused(s3: S3, make_s3_storage: MakeS3Storage, key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        make_s3_storage(s3, bucket="bucket").put(key, b"data", media_type=PNG)


@pytest.mark.parametrize(
    ("bucket", "object_key", "key"),
    [
        ("bucket", "pre/fix/inbox/a b.jpg", "inbox/a b.jpg"),
        ("other", "pre/fix/inbox/a b.jpg", None),
        ("bucket", "inbox/a b.jpg", None),
        ("bucket", "pre/fix/inbox/../secret", None),
    ],
)
def test_key_of_finds_the_objects_of_this_storage_only(
    s3: S3, make_s3_storage: MakeS3Storage, bucket: str, object_key: str, key: str | None
) -> None:
    assert make_s3_storage(s3, bucket="bucket").key_of(bucket, object_key) == key


def test_an_object_that_s3_does_not_delete_is_an_error(
    own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector
) -> None:
    def keep(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/xml")])
        return [b"<DeleteResult><Error><Key>key</Key><Code>AccessDenied</Code></Error></DeleteResult>"]

    storage = make_s3_storage(own_s3)
    storage.put("key", b"data", media_type=PNG)
    faults.inject("POST", keep)
    assert error_message(lambda: storage.delete_prefix("key")) == "S3 did not delete 1 objects: AccessDenied"


def test_ok_never_raises(own_s3: S3, make_s3_storage: MakeS3Storage, faults: FaultInjector) -> None:
    assert make_s3_storage(own_s3).ok() is True
    assert make_s3_storage(own_s3, bucket="no-such-bucket").ok() is False
    assert make_s3_storage(own_s3, session=new_session(own_s3.url, secret_key="wrong")).ok() is False
    assert make_s3_storage(own_s3, session=new_session("nonsense")).ok() is False
    storage = make_s3_storage(own_s3, client={"attempts": 1})
    faults.inject("PUT", drop_request)
    assert storage.ok() is False
    assert storage.ok() is True


def test_a_bucket_in_another_region_is_found(s3: S3, make_s3_storage: MakeS3Storage) -> None:
    storage = make_s3_storage(s3, session=new_session(s3.url, region="us-west-2"))
    storage.put("key", b"data", media_type=PNG)
    assert storage.stat("key") is not None
    assert storage.get("key") == b"data"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("s3://{}", "key"),
        ("s3://{}/", "key"),
        ("s3://{}/a", "a/key"),
        ("s3://{}/a/b_1.c-d/", "a/b_1.c-d/key"),
    ],
)
def test_the_url_names_bucket_and_prefix(s3: S3, make_s3_storage: MakeS3Storage, url: str, name: str) -> None:
    bucket = s3.bucket()
    storage = from_url(url.format(bucket), session=s3.session)
    storage.put("key", b"data", media_type=PNG)
    storage.close()
    assert list(make_s3_storage(s3, bucket=bucket, prefix="").keys("")) == [name]


@pytest.mark.parametrize("url", MALFORMED)
def test_the_error_for_a_malformed_url_names_the_variable_and_not_the_value(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^MONOLAMBDA_STORAGE: expected s3://bucket/prefix") as caught:
        from_url(url)
    assert "secret" not in str(caught.value)
