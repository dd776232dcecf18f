"""Direct invocation: the same resize, with the codes of HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PIL import ExifTags

from tests.support.door import Door
from tests.support.drawing import author, encoded, opened, photo
from tests.support.watched_storage import WatchedStorage

JPEG = encoded(photo(320, 240), "JPEG")


WRAPS = [lambda event: event, lambda event: {"metadata": {"trace": 1}, "data": event}]


@pytest.mark.parametrize("wrap", WRAPS)
def test_a_direct_invocation_resizes_and_describes(door: Callable[..., Door], wrap: Callable[[Any], Any]) -> None:
    here = door(public=False)
    here.container.backends.storage.put("inbox/a b.jpg", JPEG, media_type="image/jpeg")
    answer = here(wrap({"key": "inbox/a b.jpg", "width": 100, "format": "png"}))
    assert (answer["status"], answer["code"]) == (200, 0)
    assert (answer["data"]["width"], answer["data"]["height"], answer["data"]["format"]) == (100, 75, "png")
    again = here(wrap({"id": answer["data"]["id"], "width": 50}))
    assert again["data"]["width"] == 50


@pytest.mark.parametrize("wrap", WRAPS)
def test_metadata_is_also_an_option(door: Callable[..., Door], wrap: Callable[[Any], Any]) -> None:
    here = door()
    signed = encoded(photo(320, 240), "JPEG", exif=author("A. Nother"))
    here.container.backends.storage.put("inbox/a.jpg", signed, media_type="image/jpeg")
    answer = here(wrap({"key": "inbox/a.jpg", "width": 100, "metadata": "all"}))
    assert answer.get("status") == 200, answer
    result = here.container.services.images.read(answer["data"]["id"])
    assert opened(result).getexif()[ExifTags.Base.Artist] == "A. Nother"


DIRECT_ERRORS = [
    ({"id": "0" * 32}, 404, "not_found"),
    ({"id": "0" * 32, "width": "abc", "hight": 3}, 400, "invalid_parameter"),
    ({"id": "0" * 32, "url": "https://example.com"}, 400, "invalid_parameter"),
    ({"key": "originals/" + "0" * 32}, 404, "not_found"),
    ({"key": "inbox/../originals/" + "0" * 32}, 404, "not_found"),
    ({"url": "http://169.254.169.254/latest/meta-data"}, 403, "source_blocked"),
    ({"url": "file:///etc/passwd"}, 400, "invalid_parameter"),
]


@pytest.mark.parametrize(("event", "status", "code"), DIRECT_ERRORS)
def test_direct_errors_have_the_codes_of_http(door: Callable[..., Door], event: Any, status: int, code: str) -> None:
    answer = door()(event)
    assert (answer["status"], answer["code"]) == (status, code)
    assert answer["message"]


def test_a_result_may_be_too_large_to_be_a_source(door: Callable[..., Door]) -> None:
    here = door(max_source_pixels=320 * 240)
    here.container.backends.storage.put("inbox/a.jpg", JPEG, media_type="image/jpeg")
    answer = here({"key": "inbox/a.jpg", "width": 400, "upscale": True})
    assert (answer["status"], answer["data"]["width"]) == (200, 400)


def test_an_object_of_the_inbox_is_a_source_like_any_other(door: Callable[..., Door], watched: WatchedStorage) -> None:
    here = door(max_source_bytes=len(JPEG) - 1, stored_in=watched)
    watched.put("inbox/a.jpg", JPEG, media_type="image/jpeg")
    answer = here({"key": "inbox/a.jpg", "width": 50})
    assert (answer["status"], answer["code"]) == (413, "source_too_large")
    assert "get" not in watched.calls
