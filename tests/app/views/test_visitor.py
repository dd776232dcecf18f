"""Pages offer what the visitor may do, even the page of an error about who they are."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from tests.support.http_client import HTML, KEY_HASH


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


def test_pages_are_kept_by_no_shared_cache(client: Callable[..., FlaskClient]) -> None:
    answer = client().get("/", headers=HTML)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in answer.headers["Vary"]
