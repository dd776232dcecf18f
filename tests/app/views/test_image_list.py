"""The list of stored images, a page at a time, for those who hold a key."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.conftest import MakeS3Storage
from tests.support import drawing
from tests.support.http_client import HTML, KEY_HASH, KEYED, named, problem, put
from tests.support.s3.server import S3


def stored_in(http: FlaskClient, count: int) -> set[str]:
    return {put(http, drawing.encoded(drawing.photo(20 + n, 20), "JPEG")) for n in range(count)}


def listed(http: FlaskClient, query: str) -> list[list[str]]:
    """Return the ids of each page, following the links."""
    pages, url = [], f"/images?{query}"
    while url:
        body = http.get(url).get_json()
        pages.append([image["id"] for image in body["images"]])
        url = body.get("next", "")
    return pages


@pytest.mark.parametrize("kind", ["directory", "bucket"])
def test_every_image_is_on_one_page(
    client: Callable[..., FlaskClient],
    make_container: Callable[..., Container],
    make_s3_storage: MakeS3Storage,
    s3: S3,
    kind: str,
) -> None:
    http = client(make_container(stored_in=make_s3_storage(s3)) if kind == "bucket" else make_container())
    ids = stored_in(http, 5)
    pages = listed(http, "limit=2")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(image for page in pages for image in page) == sorted(ids)
    assert listed(http, "limit=5") == [sorted(ids)]


@pytest.mark.parametrize("kind", ["directory", "bucket"])
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_what_is_no_image_of_ours_is_passed_over(
    client: Callable[..., FlaskClient],
    make_container: Callable[..., Container],
    make_s3_storage: MakeS3Storage,
    s3: S3,
    kind: str,
    limit: int,
) -> None:
    """Its name was a cursor that leads nowhere, or back to the first page."""
    container = make_container(stored_in=make_s3_storage(s3)) if kind == "bucket" else make_container()
    http, storage = client(container), container.backends.storage
    ids = sorted(stored_in(http, 4))
    for name in (
        ids[0] + ".bak",
        ids[1] + ".jpg",
        ids[2].upper(),
        "photo.jpg",
        "zz",
        *([""] if kind == "bucket" else []),
    ):
        storage.put("originals/" + name, b"stray", media_type="image/jpeg")
    assert [each for page in listed(http, f"limit={limit}") for each in page] == ids


def test_an_image_has_its_link_its_size_and_its_time(http: FlaskClient) -> None:
    data = drawing.encoded(drawing.photo(40, 30), "JPEG")
    image_id = put(http, data)
    (image,) = http.get("/images").get_json()["images"]
    assert image["id"] == image_id
    assert image["url"].endswith(f"/images/{image_id}")
    assert image["bytes"] == len(data)
    assert image["created"] > 1_700_000_000


def test_a_cursor_need_not_exist_any_more(http: FlaskClient) -> None:
    ids = sorted(stored_in(http, 3))
    http.delete(f"/images/{ids[0]}")
    assert listed(http, f"cursor={ids[0]}") == [ids[1:]]


@pytest.mark.parametrize("cursor", ["x", "%00", "0" * 33, "../" + "0" * 29])
def test_a_cursor_that_is_no_id_is_named(http: FlaskClient, cursor: str) -> None:
    assert named(http.get(f"/images?cursor={cursor}")) == ["cursor"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=%D9%A1", "limit=1&limit=2", "limit="])
def test_a_wrong_limit_is_named(http: FlaskClient, query: str) -> None:
    assert "limit" in named(http.get(f"/images?{query}"))


def test_other_parameters_are_named(http: FlaskClient) -> None:
    assert named(http.get("/images?page=2&cursor=a&cursor=b")) == ["page", "cursor", "cursor"]


def test_strangers_get_no_list(client: Callable[..., FlaskClient]) -> None:
    http = client(api_keys=(KEY_HASH,))
    problem(http.get("/images"), 401, "unauthorized")
    assert http.get("/images", headers=KEYED).get_json() == {"images": []}


def test_people_see_thumbnails(http: FlaskClient) -> None:
    assert "Nothing is stored yet" in http.get("/images", headers=HTML).text
    image_id = put(http, drawing.encoded(drawing.photo(40, 30), "JPEG"))
    put(http, drawing.encoded(drawing.photo(41, 30), "JPEG"))
    page = http.get("/images?limit=1", headers=HTML).text
    assert "More images" in page
    assert f"/images/{image_id}" in http.get("/images", headers=HTML).text
