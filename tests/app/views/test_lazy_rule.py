from __future__ import annotations

from collections.abc import Callable

from flask import url_for
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app import create_app
from app.container import Container
from tests.support.call_counts import counted


def test_urls_are_those_of_any_rule(http: FlaskClient) -> None:
    with http.application.test_request_context():
        assert url_for("images.show", image_id="ä b") == "/images/%C3%A4%20b"
        assert url_for("resize.get", id="x", width=3, rule="r") == "/resize?id=x&width=3&rule=r"


def test_a_start_compiles_no_builders(make_container: Callable[..., Container]) -> None:
    container = make_container()
    with counted(Rule._compile_builder) as calls:
        app = create_app(container)
    assert not calls
    with app.test_request_context(), counted(Rule._compile_builder) as calls:
        for _ in range(3):
            url_for("images.show", image_id="x")
    assert calls == {"_compile_builder": 1}
