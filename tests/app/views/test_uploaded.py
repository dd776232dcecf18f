"""The page of what an upload did: it has an address, which anybody can write, and reloading it sends nothing again."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from app.core import errors
from tests.support import drawing
from tests.support.http_client import ABSENT, HTML, form, put

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
