"""Pages offer what the visitor may do, even the page of an error about who they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.support.http_client import HTML, KEY_HASH, KEYED, put


def test_an_error_about_the_visitor_has_a_page(client: Callable[..., FlaskClient]) -> None:
    http = client(api_keys=(KEY_HASH,))
    answer = http.get("/images", headers={**HTML, "Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert "Sign in" in answer.text


def test_keys_that_cannot_be_read_do_not_break_a_page(client: Callable[..., FlaskClient]) -> None:
    """Nor does a page say that there are none, and that nobody can sign in."""
    http = client(api_keys=("ssm:/nobody/made/this",), read_secrets=lambda names: {})
    for path in ("/", "/docs", "/login"):
        answer = http.get(path, headers=HTML)
        assert answer.status_code == 200
        assert "Sign in" in answer.text
        assert "no API key is configured" not in answer.text
    assert http.post("/login", data={"key": "any"}, headers=HTML).status_code == 503


@pytest.mark.parametrize("originals", ["key", "public"])
@pytest.mark.parametrize(
    ("unsigned", "query", "shown"),
    [
        ("none", "", 0),
        ("presets", "", 0),
        ("presets", "?preset=thumb", 1),
        ("presets", "?preset=none", 0),
        ("all", "", 4),
        ("all", "?preset=thumb", 4),
    ],
)
def test_every_link_of_a_strangers_page_works_for_strangers(
    client: Callable[..., FlaskClient], photo: bytes, unsigned: str, query: str, shown: int, originals: str
) -> None:
    settings = {"unsigned": unsigned, "originals": originals, "presets": ("thumb:width=24&height=24&fit=cover",)}
    http = client(api_keys=(KEY_HASH,), **settings)
    image_id = put(http, photo, **KEYED)
    page = unescape(unescape(http.get(f"/images/{image_id}{query}", headers=HTML).text))  # html is shown as text
    found = set(re.findall(r'[" ](?:http://localhost)?(/(?:resize|info|images)[^"\s]*)', page.replace("'", '"')))
    found.discard(f"/images/{image_id}")
    assert len([link for link in found if link.startswith("/resize")]) >= shown
    assert (f"/images/{image_id}/original" in found) == (originals == "public")
    assert [link for link in found if http.get(link).status_code != 200] == []


def test_pages_are_kept_by_no_shared_cache(client: Callable[..., FlaskClient]) -> None:
    answer = client().get("/", headers=HTML)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in answer.headers["Vary"]
