"""Links to our own routes: they work as they are, below a prefix and below the public URL."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from app.views.links import srcset


def test_links_lead_somewhere(http: FlaskClient, image_id: str) -> None:
    links = http.get(f"/images/{image_id}").get_json()["links"]
    for link in (links["original"], links["resize"].replace("{width}", "40"), links["delete"]):
        assert http.get(link).status_code == 200


def test_links_begin_with_the_public_url(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(public_url="https://img.example.com/base/")
    image = http.post("/upload", data=photo).get_json()["images"][0]
    assert image["url"] == f"https://img.example.com/base/images/{image['id']}"


def test_links_keep_the_prefix_below_which_we_run(http: FlaskClient, photo: bytes) -> None:
    image = http.post("/upload", data=photo, environ_overrides={"SCRIPT_NAME": "/dev"}).get_json()["images"][0]
    assert image["url"] == f"http://localhost/dev/images/{image['id']}"


def test_srcset_escapes_urls_and_falls_back_to_the_widest() -> None:
    html = srcset([{"width": 40, "url": "/resize?id=a&width=40"}, {"width": 90, "url": "/resize?id=a&width=90"}])
    assert html.startswith('<img src="/resize?id=a&amp;width=90" srcset="/resize?id=a&amp;width=40 40w, ')
    assert "&width" not in html
