"""Presigned URLs and forms, against a server that checks signatures, conditions and expiry as S3 does."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import boto3  # type: ignore[import-untyped]
import pytest
import requests

from app.storage import PresignedPost
from app.storage.s3 import S3Storage, bucket_origin
from app.storage.s3_client import create_client
from tests.conftest import FakeClock, MakeS3Storage
from tests.support.s3.server import S3

KEY = "incoming/" + 32 * "c"
DATA = b"twelve bytes"


def post(upload_form: PresignedPost, data: bytes = DATA, changes: Mapping[str, str] = {}) -> int:
    fields = {**upload_form.fields, **changes}
    return requests.post(upload_form.url, data=fields, files={"file": ("a.jpg", data)}, timeout=10).status_code


@pytest.fixture
def storage(make_s3_storage: MakeS3Storage, clocked_s3: S3) -> S3Storage:
    return make_s3_storage(clocked_s3)


@pytest.fixture
def upload_form(storage: S3Storage) -> PresignedPost:
    form = storage.presigned_post(KEY, media_type="image/jpeg", size=len(DATA), expires_s=900)
    assert form
    return form


def test_a_form_writes_the_object(storage: S3Storage, upload_form: PresignedPost) -> None:
    assert post(upload_form) == 204
    assert storage.get(KEY) == DATA


@pytest.mark.parametrize("data", [DATA + b"!", DATA[1:], b""])
def test_a_form_accepts_the_announced_size_only(storage: S3Storage, upload_form: PresignedPost, data: bytes) -> None:
    assert post(upload_form, data) == 400
    assert storage.get(KEY) is None


@pytest.mark.parametrize("change", [{"key": "originals/x"}, {"Content-Type": "text/html"}, {"acl": "public-read"}])
def test_a_form_accepts_no_other_field(storage: S3Storage, upload_form: PresignedPost, change: dict[str, str]) -> None:
    assert post(upload_form, changes=change) == 403
    assert list(storage.keys("")) == []


def test_a_form_expires(storage: S3Storage, upload_form: PresignedPost, clock: FakeClock) -> None:
    clock.advance(901)
    assert post(upload_form) == 403


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_url_serves_the_object_until_it_expires(
    storage: S3Storage, clock: FakeClock, method: Literal["GET", "HEAD"]
) -> None:
    storage.put(KEY, DATA, media_type="image/jpeg")
    url = storage.presigned_url(KEY, expires_s=900, method=method)
    assert url
    response = requests.request(method, url, timeout=10)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/jpeg")
    assert response.content == (DATA if method == "GET" else b"")
    assert requests.request(method, url.replace(KEY, "originals/x"), timeout=10).status_code == 403
    clock.advance(901)
    assert requests.request(method, url, timeout=10).status_code == 403


def test_a_url_sets_response_headers(storage: S3Storage) -> None:
    storage.put(KEY, DATA, media_type="image/jpeg")
    headers = {"Content-Disposition": 'attachment; filename="a b.png"'}
    response = requests.get(storage.presigned_url(KEY, expires_s=60, headers=headers) or "", timeout=10)
    assert headers.items() <= dict(response.headers).items()


@pytest.mark.parametrize("name", ["plain-name", "dotted.name"])
def test_urls_and_forms_use_the_host_of_the_region_which_pages_allow(name: str) -> None:
    session = boto3.session.Session("AKIDEXAMPLE", "secret", region_name="eu-central-1")
    storage = S3Storage(name, "dev", create_client=partial(create_client, session=session))
    url = storage.presigned_url("a", expires_s=60)
    upload_form = storage.presigned_post("a", media_type="image/png", size=1, expires_s=60)
    storage.close()
    assert url
    assert upload_form
    allowed = bucket_origin(f"s3://{name}/dev", "eu-central-1")
    for given in (url, upload_form.url):
        parts = urlsplit(given)
        assert f"{parts.scheme}://{parts.netloc}" == allowed
    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["60"]
    assert ".eu-central-1.amazonaws.com" in allowed
    assert bucket_origin("var", "eu-central-1") == ""


def test_pages_allow_the_host_that_links_have_in_every_region() -> None:
    """us-east-1 had a host without its name, and other partitions have other domains; botocore knows them all."""
    partitions = boto3.session.Session().get_available_partitions()
    regions = [region for each in partitions for region in boto3.session.Session().get_available_regions("s3", each)]
    assert {"us-east-1", "cn-north-1", "us-gov-west-1", "eu-west-1"} <= set(regions)
    for region in ("us-east-1", "cn-north-1", "me-south-1", "us-gov-west-1", *regions[-3:]):
        session = boto3.session.Session("key", "secret", region_name=region)
        for name in ("photos", "my.photos"):
            create = partial(create_client, session=session)
            with closing(S3Storage(name, "dev", create_client=create)) as storage:
                link = str(storage.presigned_url("derived/x", expires_s=60))
                form = storage.presigned_post("incoming/x", media_type="image/png", size=1, expires_s=60)
            hosts = {f"https://{urlsplit(url).netloc}" for url in (link, form.url if form else "")}
            assert hosts == {bucket_origin(f"s3://{name}/dev", region)}, region
