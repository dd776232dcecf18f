"""The page of what an upload did: it has an address, which anybody can write, and reloading it sends nothing again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from app.container import Container
from app.core import errors
from app.storage import keys
from app.views import uploaded
from tests.conftest import FakeClock
from tests.support import drawing
from tests.support.http_client import ABSENT, HTML, form, problem, put
from tests.support.watched_storage import WatchedStorage

WORDS = b"words"


def pictures(count: int) -> list[tuple[str, bytes]]:
    return [(f"{number}.png", drawing.encoded(drawing.photo(20 + number, 10), "PNG")) for number in range(count)]


def upload(http: FlaskClient, *files: tuple[str, bytes]) -> str:
    """Return the address that a browser is sent to."""
    answer = http.post("/upload", headers=HTML, **form(*files))
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_a_browser_reads_which_file_failed_and_may_reload(http: FlaskClient, photo: bytes) -> None:
    address = upload(http, ("a.jpg", photo), ("<b>ö</b>.txt", WORDS))
    for _ in range(2):
        page = http.get(address, headers=HTML)
        assert page.status_code == 200
        assert "1 uploaded, 1 failed" in page.text
        assert "&lt;b&gt;ö&lt;/b&gt;.txt" in page.text
        assert errors.UnsupportedMediaType.title in page.text
        assert "<b>" not in page.text


def test_an_image_that_is_too_large_to_be_resized_has_no_preview(
    client: Callable[..., FlaskClient], photo: bytes
) -> None:
    """As after a limit was lowered."""
    small = drawing.encoded(drawing.photo(20, 10), "PNG")
    address = upload(client(), ("a.jpg", photo), ("b.png", small))
    page = client(max_source_pixels=200).get(address, headers=HTML).text
    assert ("160×120 JPEG" in page, "20×10 PNG" in page, page.count("<img")) == (True, True, 1)


def test_more_than_it_lists_has_an_address_too(http: FlaskClient) -> None:
    """Long names of many files fit in what gateways take of an address."""
    bad = [("ö" * 200 + str(number), WORDS) for number in range(12)]
    address = upload(http, *pictures(22), *bad)
    assert len(address) < 6000
    page = http.get(address, headers=HTML).text
    assert "22 uploaded, 12 failed" in page
    assert page.count("<img") == 20
    assert page.count("<strong>" + "ö" * 40 + "</strong>") == 10
    assert "The other 2 are among" in page
    assert "And 2 more." in page


def test_an_image_that_was_sent_under_two_names_is_one(http: FlaskClient, photo: bytes) -> None:
    address = upload(http, ("a.jpg", photo), ("b.jpg", photo), *pictures(1))
    page = http.get(address, headers=HTML).text
    assert "<h1>2 uploaded</h1>" in page
    assert "Was stored already" not in page, "it was not, before this upload"
    again = http.get(upload(http, ("a.jpg", photo), ("b.jpg", photo)), headers=HTML).text
    assert "<h1>1 uploaded</h1>" in again
    assert "Was stored already" in again


def test_an_image_that_is_named_again_is_read_once(client: Callable[..., FlaskClient], watched: WatchedStorage) -> None:
    http = client(stored_in=watched)
    stored = put(http, pictures(1)[0][1])
    watched.calls.clear()
    page = http.get("/?uploaded=" + ",".join([stored] * 20), headers=HTML).text
    assert watched.calls["get"] == 1
    assert page.count("<img") == 1


def test_what_cannot_be_read_does_not_hide_the_others(
    client: Callable[..., FlaskClient], watched: WatchedStorage
) -> None:
    """A lost original, and one that is no image any more."""
    http = client(stored_in=watched)
    first, lost, damaged = (put(http, data) for _, data in pictures(3))
    watched.put(keys.original(lost), b"", media_type="image/png")
    watched.put(keys.original(damaged), WORDS, media_type="image/png")
    page = http.get(f"/?uploaded={first},{lost},{damaged}", headers=HTML)
    assert page.status_code == 200
    assert "<h1>3 uploaded</h1>" in page.text
    assert page.text.count("<img") == 1
    assert "2 of them cannot be read now." in page.text


def test_a_list_that_takes_too_long_ends_with_the_deadline(
    client: Callable[..., FlaskClient],
    make_container: Callable[..., Container],
    watched: WatchedStorage,
    clock: FakeClock,
) -> None:
    http = client(make_container(stored_in=watched, clock=clock, deadline_s=10.0))
    stored = [put(http, data) for _, data in pictures(3)]
    watched.calls.clear()
    watched.before = lambda method, key: clock.advance(6.0) if method == "get" else None
    problem(http.get("/?uploaded=" + ",".join(stored)), 503, "deadline_exceeded")
    assert watched.calls["get"] == 2


def test_the_script_of_the_page_knows_the_bounds(http: FlaskClient) -> None:
    (most,) = re.findall("data-most='([^']*)'", http.get("/", headers=HTML).text)
    assert json.loads(most) == uploaded.MOST


@pytest.mark.parametrize(
    "query",
    [
        "failed=own words:" + "x" * 5000,
        "failed=" + quote("<script>alert(1)</script>"),
        "failed=:&failed=",
        "more=-1&more_failed=1e9",
        "more=<b>&known=<b>",
        "more=" + "9" * 5000,
        "&".join(["failed=busy:a"] * 60),
    ],
)
def test_an_address_that_anybody_wrote_is_text_within_bounds(http: FlaskClient, query: str) -> None:
    stored = put(http, pictures(1)[0][1])
    page = http.get(f"/?uploaded={stored},{ABSENT},<b>&{query}", headers=HTML)
    assert page.status_code == 200
    assert "1 uploaded" in page.text
    assert not re.search(r"<b>|<script>|own words|x{41}|9{4}", page.text)
    assert page.text.count("<strong>") <= 10
