"""What a caller wants to read, by the header Accept."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.errors import NotAcceptable
from app.views import negotiation


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("text/html;q=0.5, application/json", False),
        ("application/json", False),
        ("*/*", False),
        ("", False),
        ("TEXT/HTML, */*;q=0.8", True),
        ("text/html, */*", True),
        ("text/*", True),
        ("application/json, text/plain, */*", False),
        ("text/html;q=0.5, application/json;q=0.2, */*;q=0.8", True),
        ("text/html;q=0.2, */*;q=0.8", False),
        ("application/json;q=0, */*", True),
        ("text/html;q=0, */*", False),
    ],
)
def test_a_page_is_for_those_who_prefer_it(accept: str, page: bool) -> None:
    with Flask(__name__).test_request_context(headers={"Accept": accept}):
        assert negotiation.prefers_html() is page
        negotiation.require_acceptable()


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0, application/json;q=0, */*", "text/plain, image/*"])
def test_who_takes_neither_json_nor_a_page_is_refused(accept: str) -> None:
    with Flask(__name__).test_request_context(headers={"Accept": accept}), pytest.raises(NotAcceptable):
        negotiation.require_acceptable()


@pytest.mark.parametrize(
    ("accept", "only_json"),
    [
        ("application/json", True),
        ("Application/JSON", True),
        ("application/json, text/plain", True),
        ("application/*, image/svg+xml", True),
        ("application/json, image/*;q=0, */*;q=0.1", True),
        ("application/json, text/plain, */*", False),
        ("application/json, image/*;q=0.1", False),
        ("application/json, Image/WebP", False),
        ("application/json;q=0", False),
        ("application/json;q=0, */*", False),
        ("text/html", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_json_is_for_those_who_take_no_image(accept: str, only_json: bool) -> None:
    with Flask(__name__).test_request_context(headers={"Accept": accept}):
        assert negotiation.accepts_only_json() is only_json


@pytest.mark.parametrize(
    ("accept", "ranked"),
    [
        ("image/avif,image/webp,image/apng,*/*;q=0.8", ("avif", "webp")),
        ("image/webp,image/avif", ("avif", "webp")),
        ("IMAGE/AVIF, Image/WebP", ("avif", "webp")),
        ("image/avif;q=0.4,image/webp;q=0.9", ("webp", "avif")),
        ("image/avif;q=0,image/webp", ("webp",)),
        ("image/webp;q=0.5,image/jpeg", ("jpeg", "webp")),
        ("image/webp;q=0.5,*/*", ("jpeg", "png", "gif", "webp")),
        ("image/webp,image/*;q=0.5", ("webp",)),
        ("image/*", ()),
        ("*/*", ()),
        ("", ()),
    ],
)
def test_formats_follow_the_weights(accept: str, ranked: tuple[str, ...]) -> None:
    with Flask(__name__).test_request_context(headers={"Accept": accept}):
        assert negotiation.accepted_formats() == ranked
