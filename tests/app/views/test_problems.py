"""Problems: the same content as JSON and as a page, and of a bug only its request id."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.support.http_client import ABSENT, HTML
from tests.support.watched_storage import WatchedStorage


def test_a_bug_is_reported_without_its_message(client: Callable[..., FlaskClient], watched: WatchedStorage) -> None:
    def fail(called: str, key: str) -> None:
        raise KeyError("inner words")

    watched.before = fail
    for accept in ({}, HTML):
        answer = client(stored_in=watched).get(f"/resize?id={ABSENT}", headers=accept)
        assert answer.status_code == 500
        assert "internal_error" in answer.text
        assert "inner words" not in answer.text


@pytest.mark.parametrize(
    ("host", "trusted", "expected"),
    [
        ("evil.example", ("localhost",), "a host in MONOLAMBDA_TRUSTED_HOSTS"),
        ("a..b", ("localhost",), "a host in MONOLAMBDA_TRUSTED_HOSTS"),
        ("a..b", ("*",), "the name of a host"),
    ],
)
def test_a_wrong_host_is_told_without_a_link(
    client: Callable[..., FlaskClient], host: str, trusted: tuple[str, ...], expected: str
) -> None:
    answer = client(trusted_hosts=trusted).get("/docs", headers={"Host": host, **HTML})
    members = answer.get_json(force=True)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store")
    assert (members["type"], members["errors"][0]["parameter"]) == ("about:blank", "Host")
    assert members["detail"] == f"Host: expected {expected}"


@pytest.mark.parametrize(("host", "trusted"), [("evil.example", "localhost"), ("a..b", "*")])
def test_another_error_is_told_to_a_wrong_host_as_it_is(
    make_container: Callable[..., Container], host: str, trusted: str
) -> None:
    """A bug of ours is no mistake in the Host."""
    from app import create_app

    container = make_container(trusted_hosts=(trusted,))

    def fail() -> bool:
        raise KeyError("inner words")

    container.begin = fail  # type: ignore[method-assign]
    answer = create_app(container).test_client().get("/docs", headers={"Host": host})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (500, "no-store")
    assert "inner words" not in answer.text
    assert answer.get_json(force=True)["type"] == "about:blank"


def test_a_broken_answer_is_our_fault(make_container: Callable[..., Container]) -> None:
    """What fails while a problem is being written is a 500 in the log, not a 400 of the caller's."""
    from app import create_app
    from app.core.errors import NotFound

    app = create_app(make_container())

    def broken() -> str:
        raise NotFound("\ud800")

    app.add_url_rule("/broken", "broken", broken)
    assert app.test_client().get("/broken").status_code in (404, 500)


@pytest.mark.parametrize("path", ["/resize?w=x", "/nowhere", "/resize?id=1"])
def test_problem_links_to_its_line_in_the_docs(http: FlaskClient, path: str) -> None:
    base, _, anchor = http.get(path).get_json(force=True)["type"].partition("#")
    assert f'id="{anchor}"' in http.get(base).text


def test_problem_page_says_the_same_words(http: FlaskClient) -> None:
    members = http.get("/resize?widht=3").get_json(force=True)
    page = http.get("/resize?widht=3", headers=HTML)
    assert page.status_code == 400
    assert members["code"] in page.text
    assert "did you mean &#39;width&#39;?" in page.text
