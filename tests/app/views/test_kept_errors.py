"""Which errors a cache that many share may keep: those that everybody gets who asks for the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from app.access import signing
from tests.support.http_client import ABSENT, HTML, KEY, KEY_HASH, KEYED, SIGNING_KEY, problem

KEPT = "public, max-age=0, s-maxage=10"
LOCKED: dict[str, Any] = {"api_keys": (KEY_HASH,), "signing_keys": (f"web:{SIGNING_KEY}",), "unsigned": "none"}


def _signed(*pairs: tuple[str, str]) -> str:
    return "/resize?" + urlencode([*pairs, ("s", signing.sign("web", SIGNING_KEY.encode(), "/resize", pairs))])


@pytest.fixture
def locked(client: Callable[..., FlaskClient]) -> FlaskClient:
    return client(**LOCKED)


def _wrong_links() -> dict[str, str]:
    return {
        "options": _signed(("id", ABSENT), ("w", "wide")),
        "expires": _signed(("id", ABSENT), ("expires", "soon")),
        "nothing there": _signed(("id", ABSENT)),
        "too many parameters": "/resize?" + "w=1&" * 200,
        "too long": "/resize?url=" + "x" * 33_000,
    }


@pytest.mark.parametrize("path", _wrong_links().values(), ids=_wrong_links())
def test_an_error_that_everybody_gets_is_kept_for_ten_seconds(locked: FlaskClient, path: str) -> None:
    """By caches that many share, and in JSON: a page says who has signed in."""
    answer = locked.get(path)
    assert answer.status_code in (400, 404, 414)
    assert answer.headers["Cache-Control"] == KEPT
    keyed = locked.get(path, headers=KEYED)
    assert keyed.status_code == answer.status_code
    assert keyed.get_json(force=True)["detail"] == answer.get_json(force=True)["detail"]
    page = locked.get(path, headers=HTML)
    assert page.headers["Cache-Control"] == ("no-store" if page.mimetype == "text/html" else KEPT)


@pytest.mark.parametrize("path", ["/resize?id=0", "/info?id=0&s=web.x", "/images/0/original", "/nowhere"])
def test_no_other_error_is_kept(locked: FlaskClient, path: str) -> None:
    """Who has a session, of which a cache sees nothing, may get another answer."""
    assert locked.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [_signed(("id", ABSENT), ("expires", "1")), f"/resize?id={ABSENT}&s=web.x"])
def test_a_wrong_signature_is_kept_for_nobody(locked: FlaskClient, path: str) -> None:
    """Who sends a key needs none, and a cache may not see the key."""
    answer = locked.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (403, "no-store")
    assert locked.get(path, headers=KEYED).status_code == 404


@pytest.mark.parametrize(
    ("settings", "host", "status", "cached"),
    [
        ({}, "evil.example", 404, "no-store"),
        ({}, "img.example", 404, "no-store"),
        ({"public_url": "https://img.example"}, "evil.example", 404, KEPT),
        ({"public_url": "https://img.example"}, "img.example", 404, KEPT),
        ({"trusted_hosts": ("img.example",)}, "evil.example", 400, "no-store"),
        ({"trusted_hosts": ("img.example",)}, "img.example", 404, KEPT),
    ],
)
def test_an_error_with_a_link_to_any_host_is_kept_for_nobody(
    client: Callable[..., FlaskClient], settings: dict[str, Any], host: str, status: int, cached: str
) -> None:
    """The type of a problem is a link, and a cache would show it to others."""
    http = client(**{**LOCKED, "trusted_hosts": ("*",), **settings})
    answer = http.get(_signed(("id", ABSENT)), headers={"Host": host})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, cached)
    assert settings == {} or "evil" not in answer.text


def test_a_host_that_is_blocked_for_strangers_is_kept_for_nobody(client: Callable[..., FlaskClient]) -> None:
    answer = client(**{**LOCKED, "unsigned": "all"}).get("/resize?url=https://example.com/a.jpg")
    problem(answer, 403, "source_blocked")
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_came_with_credentials_is_kept_for_nobody(locked: FlaskClient) -> None:
    path = f"/resize?id={ABSENT}&w=wide"
    assert locked.get(path, headers=KEYED).headers["Cache-Control"] == "no-store"
    assert locked.get(path, headers={"X-Monolambda-Key": KEY}).headers["Cache-Control"] == "no-store"
    assert locked.post("/login", data={"key": KEY}, headers={"Origin": "http://localhost"}).status_code == 303
    answer = locked.get(path)
    problem(answer, 400, "invalid_parameter")
    assert answer.headers["Cache-Control"] == "no-store"
