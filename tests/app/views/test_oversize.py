"""Images too large for Lambda to answer are stored and redirected to; every other one is answered."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from app.access import signing
from app.storage import keys
from tests.conftest import MakeS3Storage
from tests.support.door import Door, HttpAnswer
from tests.support.drawing import encoded, noise, opened
from tests.support.http_client import KEY_HASH, KEYED, SIGNING_KEY
from tests.support.http_events import rest
from tests.support.s3.server import S3

NOISE = encoded(noise(300, 200), "PNG")
LIMIT = len(NOISE) // 2


@pytest.fixture
def large(door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3) -> Callable[..., tuple[Door, str]]:
    """Build a door whose answers have a small limit, with an image that is above it."""

    def make(**settings: object) -> tuple[Door, str]:
        here = door(**{"max_response_bytes": LIMIT, "presign_s": 600.0, "stored_in": make_s3_storage(s3), **settings})
        answer = here.http(rest("POST", "/upload", headers=KEYED if "api_keys" in settings else {}, body=NOISE))
        assert answer.status == 201, answer.body
        return here, answer.json["images"][0]["id"]

    return make


def max_age(answer: HttpAnswer) -> int:
    return int(answer.headers["cache-control"][0].partition("max-age=")[2])


def linked_s(answer: HttpAnswer) -> int:
    """Return for how many seconds the link in a redirect works."""
    return int(parse_qs(urlsplit(answer.headers["location"][0]).query)["X-Amz-Expires"][0])


def followed(answer: HttpAnswer, status: int) -> requests.Response:
    assert answer.status == status, answer.body
    assert answer.body == b""
    assert "etag" not in answer.headers  # a 304 would give an old link a new life
    return requests.get(answer.headers["location"][0], timeout=10)


def test_a_large_result_is_stored_and_redirected_to(large: Callable[..., tuple[Door, str]]) -> None:
    here, image_id = large()
    for name, cache in (("big.png", "miss"), ("big.png", "memory"), ("wide.png", "memory")):
        answer = here.http(rest("GET", "/resize", query=f"id={image_id}&width=280&download={name}"))
        found = followed(answer, 302)
        assert opened(found.content).size == (280, 187)
        assert found.headers["Content-Type"] == "image/png"
        assert found.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert answer.headers["x-cache"] == [cache]
        assert answer.headers["access-control-allow-origin"] == ["*"]
        assert 0 < max_age(answer) < 600
    assert len(list(here.container.backends.storage.keys("derived/"))) == 1


def test_a_small_result_is_answered(large: Callable[..., tuple[Door, str]]) -> None:
    here, image_id = large()
    assert opened(here.http(rest("GET", "/resize", query=f"id={image_id}&width=40")).body).size == (40, 27)


def test_a_post_is_redirected_with_303(large: Callable[..., tuple[Door, str]]) -> None:
    here, image_id = large()
    for body, headers in ((NOISE, {}), (b'{"id": "%s"}' % image_id.encode(), {"Content-Type": "application/json"})):
        answer = here.http(rest("POST", "/resize", query="format=png&width=290", body=body, headers=headers))
        assert opened(followed(answer, 303).content).size == (290, 193)
        assert answer.headers["cache-control"] == ["no-store"]


def test_a_head_gets_a_link_for_head(large: Callable[..., tuple[Door, str]]) -> None:
    here, image_id = large()
    answer = here.http(rest("HEAD", "/resize", query=f"id={image_id}&width=280"))
    assert requests.head(answer.headers["location"][0], timeout=10).status_code == 200


def test_a_large_original_is_redirected_to(large: Callable[..., tuple[Door, str]]) -> None:
    here, image_id = large()
    answer = here.http(rest("GET", f"/images/{image_id}/original"))
    found = followed(answer, 302)
    assert (found.content, found.headers["Content-Type"]) == (NOISE, "image/png")
    assert max_age(answer) < 600


def test_a_part_of_a_large_original_is_answered_where_there_are_no_links(door: Callable[..., Door]) -> None:
    here = door(max_response_bytes=LIMIT)
    image_id = here.http(rest("POST", "/upload", body=NOISE)).json["images"][0]["id"]

    def original(**headers: str) -> HttpAnswer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return here.http(rest("GET", f"/images/{image_id}/original", headers=named))

    part = original(Range=f"bytes=5-{LIMIT + 4}")
    assert (part.status, part.body) == (206, NOISE[5 : LIMIT + 5])
    assert part.headers["content-range"] == [f"bytes 5-{LIMIT + 4}/{len(NOISE)}"]
    assert original(If_None_Match=f'"{image_id}"').status == 304
    assert original(Range=f"bytes={len(NOISE)}-").status == 416
    for refused in (original(), original(Range=f"bytes=5-{LIMIT + 5}"), original(Range="bytes=0-1,3-4")):
        assert (refused.status, refused.json["code"]) == (422, "output_too_large")


def test_an_original_is_judged_by_its_size_and_not_by_what_may_be_uploaded_now(
    large: Callable[..., tuple[Door, str]], door: Callable[..., Door]
) -> None:
    before, image_id = large()
    here = door(max_response_bytes=LIMIT, max_source_bytes=LIMIT, stored_in=before.container.backends.storage)
    assert followed(here.http(rest("GET", f"/images/{image_id}/original")), 302).content == NOISE


def signed(image_id: str, expires: int) -> str:
    """Return the query of a signed link to a result that is too large."""
    pairs = [("id", image_id), ("width", "280"), ("expires", str(expires))]
    return urlencode([*pairs, ("s", signing.sign("k", SIGNING_KEY.encode(), "/resize", pairs))])


def test_a_redirect_expires_with_the_signed_link(large: Callable[..., tuple[Door, str]]) -> None:
    here, image_id = large(signing_keys=(f"k:{SIGNING_KEY}",))
    now = int(here.container.now())
    for left_s, longest_s in ((100, 100), (100_000, 600)):
        answer = here.http(rest("GET", "/resize", query=signed(image_id, now + left_s)))
        assert 0 < max_age(answer) <= longest_s
        assert longest_s - 60 < linked_s(answer) <= longest_s, "the link to the bucket ends as well"


def test_who_needs_no_signature_follows_a_link_that_has_expired(large: Callable[..., tuple[Door, str]]) -> None:
    """A link to the bucket that lives for no longer than a second may be dead on arrival."""
    here, image_id = large(signing_keys=(f"k:{SIGNING_KEY}",), api_keys=(KEY_HASH,), public=False)
    query = signed(image_id, int(here.container.now()) - 100)
    assert here.http(rest("GET", "/resize", query=query)).status == 403
    answer = here.http(rest("GET", "/resize", query=query, headers=KEYED))
    assert (followed(answer, 302).status_code, linked_s(answer)) == (200, 600)
    assert answer.headers["cache-control"] == ["no-store"]


def test_a_redirect_to_a_result_of_a_preset_is_kept_no_longer_than_the_result(
    large: Callable[..., tuple[Door, str]],
) -> None:
    here, image_id = large(presets=("big:width=280",), url_max_age_s=90.0)
    assert max_age(here.http(rest("GET", "/resize", query=f"id={image_id}&preset=big"))) == 90


def test_a_large_result_that_may_not_be_stored_is_refused(large: Callable[..., tuple[Door, str]]) -> None:
    here, image_id = large(public=False, unsigned="all", api_keys=(KEY_HASH,))
    event = rest("GET", "/resize", query=f"id={image_id}&width=280")
    refused = here.http(event)
    assert (refused.status, refused.json["code"]) == (422, "output_too_large")
    assert list(here.container.backends.storage.keys("derived/")) == []
    assert followed(here.http(rest("GET", "/resize", query=f"id={image_id}&width=280", headers=KEYED)), 302).ok


def test_the_link_names_the_object_and_its_life(large: Callable[..., tuple[Door, str]]) -> None:
    here, image_id = large()
    answer = here.http(rest("GET", f"/images/{image_id}/original"))
    assert urlsplit(answer.headers["location"][0]).path.endswith(keys.original(image_id))
    assert linked_s(answer) == 600
