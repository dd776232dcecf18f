"""Pages for people: they need no script, and their policy allows no script but our own files."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import options
from app.core import errors, formats
from tests.support.http_client import HTML, form

PAGES = ["/", "/docs", "/status", "/images/{id}", "/images/{id}/delete", "/nowhere", "/resize?w=x", "/images/x"]


class Page(HTMLParser):
    """What a page loads, runs and asks."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def upload(http: FlaskClient, *files: tuple[str, bytes], **fields: str) -> TestResponse:
    """Send a form as a browser does, and go where the answer leads."""
    return http.post("/upload", headers=HTML, follow_redirects=True, **form(*files, **fields))


def pages(http: FlaskClient, image_id: str, photo: bytes) -> list[tuple[str, Page]]:
    texts = [(path, http.get(path.format(id=image_id), headers=HTML)) for path in PAGES]
    texts.append(("uploaded", upload(http, ("a.jpg", photo), ("b", b"words"))))
    texts.append(("refused", upload(http, ("b", b"words"))))
    texts.append(("not fetched", upload(http, url="http://127.0.0.1:9/a.jpg")))
    for _, answer in texts:
        assert answer.mimetype == "text/html"
    return [(path, Page(answer.text)) for path, answer in texts]


def test_nothing_inline_and_nothing_from_elsewhere(http: FlaskClient, image_id: str, photo: bytes) -> None:
    for path, page in pages(http, image_id, photo):
        assert all(script["src"] and script["type"] == "module" for script in page.all("script")), path
        assert not page.all("style"), path
        for tag, attributes in page.tags:
            assert "style" not in attributes, (path, tag)
            assert not [name for name in attributes if name.startswith("on")], (path, tag)
            for name in ("src", "action", "href"):
                assert attributes.get(name, "/").startswith(("/", "#", "http://localhost/", "data:image/svg+xml,")), (
                    path,
                    attributes,
                )


def test_policy_of_pages(http: FlaskClient, image_id: str) -> None:
    for path in PAGES:
        policy = http.get(path.format(id=image_id), headers=HTML).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob: data:")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_every_page_is_usable_by_all(http: FlaskClient, image_id: str, photo: bytes) -> None:
    for path, page in pages(http, image_id, photo):
        assert page.all("html")[0]["lang"] == "en", path
        assert len(page.all("h1")) == 1, path
        assert len(page.all("title")) == 1, path
        assert all(image.get("alt") for image in page.all("img")), path
        labelled = {label.get("for") for label in page.all("label")}
        assert all(field["id"] in labelled for field in page.all("input")), path


def test_upload_form_needs_no_script(http: FlaskClient) -> None:
    page = Page(http.get("/", headers=HTML).text)
    (sent, fetched), (field, url) = page.all("form"), page.all("input")
    assert (fetched["action"], fetched["method"], url["name"]) == ("/upload", "post", "url")
    assert (sent["action"], sent["method"], sent["enctype"]) == ("/upload", "post", "multipart/form-data")
    assert (field["name"], field["type"]) == ("file", "file")
    assert "multiple" in field
    assert field["accept"].split(",") == formats.readable_types()


def test_style_sheet_is_served(http: FlaskClient) -> None:
    (sheet,) = [link for link in Page(http.get("/").text).all("link") if link["rel"] == "stylesheet"]
    answer = http.get(sheet["href"])
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    answer.close()


def test_links_work_below_a_prefix(http: FlaskClient) -> None:
    page = Page(http.get("/", environ_overrides={"SCRIPT_NAME": "/dev"}).text)
    assert page.all("form")[0]["action"] == "/dev/upload"
    (sheet,) = [link["href"] for link in page.all("link") if link["rel"] == "stylesheet"]
    assert re.fullmatch(r"/dev/static/\w+/style\.css", sheet)


def test_docs_list_every_option_and_error(http: FlaskClient) -> None:
    ids = {attributes.get("id") for _, attributes in Page(http.get("/docs").text).tags}
    assert {f"option-{name}" for name in options.TYPES} <= ids
    assert {f"error-{leaf.code}" for leaf in errors.leaves()} <= ids
