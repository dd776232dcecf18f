"""Links and forms past the app, against a gate that checks signatures, conditions and times as S3 does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests

from app.storage import Form
from app.storage.s3 import S3Storage, origin
from app.storage.s3_client import connect
from tests.conftest import FakeClock
from tests.support.s3.server import S3

KEY = "incoming/" + 32 * "c"
DATA = b"twelve bytes"


def post(form: Form, data: bytes = DATA, **changes: str) -> int:
    fields = {**form.fields, **changes}
    return requests.post(form.url, data=fields, files={"file": ("a.jpg", data)}, timeout=10).status_code


@pytest.fixture
def bucket(build: Callable[..., S3Storage], gated: S3) -> S3Storage:
    return build(gated)


@pytest.fixture
def form(bucket: S3Storage) -> Form:
    made = bucket.form(KEY, media_type="image/jpeg", size=len(DATA), expires_s=900)
    assert made
    return made


def test_a_form_writes_the_object(bucket: S3Storage, form: Form) -> None:
    assert post(form) == 204
    assert bucket.get(KEY) == DATA


@pytest.mark.parametrize("data", [DATA + b"!", DATA[1:], b""])
def test_a_form_takes_the_announced_bytes_only(bucket: S3Storage, form: Form, data: bytes) -> None:
    assert post(form, data) == 400
    assert bucket.get(KEY) is None


@pytest.mark.parametrize("change", [{"key": "originals/x"}, {"Content-Type": "text/html"}, {"acl": "public-read"}])
def test_a_form_takes_nothing_else(bucket: S3Storage, form: Form, change: dict[str, str]) -> None:
    assert post(form, **change) == 403
    assert list(bucket.keys("")) == []


def test_a_form_ends(bucket: S3Storage, form: Form, clock: FakeClock) -> None:
    clock.advance(901)
    assert post(form) == 403


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_answers_until_it_ends(bucket: S3Storage, clock: FakeClock, method: str) -> None:
    bucket.put(KEY, DATA, media_type="image/jpeg")
    url = bucket.link(KEY, expires_s=900, method=method)  # type: ignore[arg-type]
    assert url
    answer = requests.request(method, url, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.content == (DATA if method == "GET" else b"")
    assert requests.request(method, url.replace(KEY, "originals/x"), timeout=10).status_code == 403
    clock.advance(901)
    assert requests.request(method, url, timeout=10).status_code == 403


def test_a_link_says_how_the_answer_is_to_be_named(bucket: S3Storage) -> None:
    bucket.put(KEY, DATA, media_type="image/jpeg")
    headers = {"Content-Disposition": 'attachment; filename="a b.png"'}
    answer = requests.get(bucket.link(KEY, expires_s=60, headers=headers) or "", timeout=10)
    assert headers.items() <= dict(answer.headers).items()


@pytest.mark.parametrize("name", ["plain-name", "dotted.name"])
def test_links_to_aws_lead_to_the_region_and_to_the_origin_that_pages_allow(name: str) -> None:
    session = boto3.session.Session("AKIDEXAMPLE", "secret", region_name="eu-central-1")
    storage = S3Storage(name, "dev", connect=partial(connect, session=session))
    url = storage.link("a", expires_s=60)
    form = storage.form("a", media_type="image/png", size=1, expires_s=60)
    storage.close()
    assert url
    assert form
    allowed = origin(f"s3://{name}/dev", "eu-central-1")
    for given in (url, form.url):
        parts = urlsplit(given)
        assert f"{parts.scheme}://{parts.netloc}" == allowed
    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["60"]
    assert ".eu-central-1.amazonaws.com" in allowed
    assert origin("var", "eu-central-1") == ""
