"""Pages offer what the visitor may do, even the page of an error about who they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.support.http_client import HTML, KEY, KEY_HASH, KEYED, SIGNING_KEY, put


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


@pytest.mark.parametrize("signed", [False, True], ids=["plain", "signed"])
@pytest.mark.parametrize("originals", ["key", "public"])
@pytest.mark.parametrize(
    ("unsigned", "query", "shown"),
    [
        ("none", "", 0),
        ("presets", "", 0),
        ("presets", "preset=thumb", 1),
        ("presets", "preset=none", 0),
        ("all", "", 4),
        ("all", "preset=thumb", 4),
    ],
)
def test_every_link_of_a_strangers_page_works_for_strangers(
    client: Callable[..., FlaskClient],
    make_container: Callable[..., Container],
    photo: bytes,
    *,
    unsigned: str,
    query: str,
    shown: int,
    originals: str,
    signed: bool,
) -> None:
    """The signature of a page signs none of its links, and hides none that need no signature."""
    settings = {"unsigned": unsigned, "originals": originals, "presets": ("thumb:width=24&height=24&fit=cover",)}
    container = make_container(api_keys=(KEY_HASH,), signing_keys=(f"a:{SIGNING_KEY}",), **settings)
    http = client(container)
    path = f"/images/{put(http, photo, **KEYED)}"
    pairs = parse_qsl(query)
    if signed:
        pairs.append(("s", container.access.sign(path, pairs)))
    answer = http.get(path, query_string=pairs, headers=HTML)
    assert answer.status_code == (400 if query == "preset=none" else 200)
    page = unescape(unescape(answer.text))  # html is shown as text
    found = set(re.findall(r'[" ](?:http://localhost)?(/(?:resize|info|images)[^"\s]*)', page.replace("'", '"')))
    found.discard(path)
    assert len([link for link in found if link.startswith("/resize")]) >= shown
    assert ('id="editor"' in page) == (unsigned == "all")
    assert (f"{path}/original" in found) == (originals == "public")
    assert [link for link in found if http.get(link).status_code != 200] == []


@pytest.mark.parametrize("unsigned", ["none", "presets", "all"])
@pytest.mark.parametrize(
    ("settings", "headers", "key"),
    [
        ({}, {}, ""),
        ({"public": True}, {}, ""),
        ({"api_keys": (KEY_HASH,)}, KEYED, ""),
        ({"api_keys": (KEY_HASH,)}, {}, KEY),
    ],
    ids=["local", "open", "key", "session"],
)
def test_who_may_do_everything_is_offered_everything(
    client: Callable[..., FlaskClient],
    photo: bytes,
    settings: dict[str, Any],
    headers: dict[str, str],
    key: str,
    unsigned: str,
) -> None:
    http = client(unsigned=unsigned, **settings)
    path = f"/images/{put(http, photo, **KEYED)}"
    if key:
        assert http.post("/login", data={"key": key}, headers={"Origin": "http://localhost"}).status_code == 303
    page = http.get(path, headers={**HTML, **headers}).text
    assert 'id="editor"' in page
    assert f'href="{path}/original"' in page
    assert f'href="{path}/delete"' in page


def test_pages_are_kept_by_no_shared_cache(client: Callable[..., FlaskClient]) -> None:
    answer = client().get("/", headers=HTML)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in answer.headers["Vary"]
