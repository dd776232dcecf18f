"""Links to our own routes: where they begin, and what a description of an image offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.container import Container
from app.core.config import Settings
from app.service import Image
from app.views import links

IMAGE = Image(id="0" * 32, format="jpeg", width=900, height=600, frames=1, bytes=7, created=1.23456)


@pytest.fixture
def app(make_container: Callable[..., Container]) -> Flask:
    return create_app(make_container(trusted_hosts=("*",)))


@pytest.fixture
def settings(app: Flask) -> Iterator[Settings]:
    """Return settings, within a request below a stage prefix."""
    with app.test_request_context("/status", base_url="https://img.example/dev"):
        yield Settings()


def test_links_lead_somewhere(http: FlaskClient, image_id: str) -> None:
    offered = http.get(f"/images/{image_id}").get_json()["links"]
    for link in (offered["original"], offered["resize"].replace("{width}", "40"), offered["delete"]):
        assert http.get(link).status_code == 200


def test_a_link_begins_where_the_request_was_sent(settings: Settings) -> None:
    assert links.absolute(settings, "pages.docs") == "https://img.example/dev/docs"


@pytest.mark.parametrize("base", ["https://cdn.example/pictures", "https://cdn.example/pictures/"])
def test_a_link_begins_with_the_public_url_where_that_is_set(settings: Settings, base: str) -> None:
    public = msgspec.structs.replace(settings, public_url=base)
    assert links.absolute(public, "pages.docs") == "https://cdn.example/pictures/docs"


def test_the_type_of_a_problem_is_a_place_in_the_docs(app: Flask, settings: Settings) -> None:
    url = urlsplit(links.error_type(settings, "busy"))
    assert (url.path, url.fragment) == ("/dev/docs", "error-busy")
    assert f'id="{url.fragment}"' in app.test_client().get("/docs").text


def test_a_description_has_the_facts_and_where_to_go_from_there(settings: Settings) -> None:
    described = links.describe(settings, IMAGE)
    assert {name: described[name] for name in ("id", "format", "width", "height", "frames", "bytes")} == {
        name: value for name, value in msgspec.to_builtins(IMAGE).items() if name != "created"
    }
    assert described["created"] == 1.235
    assert described["url"] == f"https://img.example/dev/images/{IMAGE.id}"
    assert described["links"] == {
        "original": f"{described['url']}/original",
        "resize": f"https://img.example/dev/resize?id={IMAGE.id}&width={{width}}",
        "delete": f"{described['url']}/delete",
    }


@pytest.mark.parametrize(
    ("widths", "offered"),
    [((480, 640), [480, 640]), ((640, 480, 2000), [480, 640, 900]), ((1000, 2000), [900]), ((900,), [900])],
)
def test_no_rendition_is_wider_than_the_image(settings: Settings, widths: tuple[int, ...], offered: list[int]) -> None:
    made = links.renditions(msgspec.structs.replace(settings, widths=widths), IMAGE, lambda parameters: "")
    assert [each["width"] for each in made] == offered
    for each in made:
        assert parse_qs(urlsplit(each["url"]).query) == {"id": [IMAGE.id], "width": [str(each["width"])]}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.attributes: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append(dict(attrs))


def _tags(html: str) -> list[dict[str, str | None]]:
    """Return the attributes of every tag."""
    parser = _Tags()
    parser.feed(html)
    return parser.attributes


def test_a_srcset_is_html_that_offers_every_width(settings: Settings) -> None:
    made = links.renditions(msgspec.structs.replace(settings, widths=(480, 640)), IMAGE, lambda parameters: "")
    (attributes,) = _tags(links.srcset(made))
    assert attributes["src"] == made[-1]["url"]
    assert attributes["srcset"] == f"{made[0]['url']} 480w, {made[1]['url']} 640w"
