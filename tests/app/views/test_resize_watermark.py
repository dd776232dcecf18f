"""Deleting a watermark takes every result that shows it out of sight."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.container import Container
from app.storage import keys
from tests.app.views.test_job_status import ASYNC, state
from tests.conftest import FakeClock
from tests.support import drawing
from tests.support.http_client import problem, put
from tests.support.origin import Origin, ok
from tests.support.watched_storage import WatchedStorage

Make = Callable[..., Container]
STAMP = drawing.encoded(drawing.quadrants(), "PNG")


@pytest.fixture
def stamp(http: FlaskClient) -> str:
    return put(http, STAMP)


@pytest.fixture
def path(image_id: str, stamp: str) -> str:
    return f"/resize?id={image_id}&w=80&watermark={stamp}"


def fresh(http: FlaskClient, path: str) -> str:
    """Have the result made, see that it is kept, and return its validator."""
    assert [http.get(path).headers["X-Cache"] for _ in range(2)] == ["miss", "memory"]
    return http.get(path).headers["ETag"]


def test_a_result_is_not_served_without_its_watermark(http: FlaskClient, path: str, stamp: str) -> None:
    validator = fresh(http, path)
    assert http.delete(f"/images/{stamp}").status_code == 204
    for headers in ({}, {"If-None-Match": validator}, {"If-None-Match": "*"}):
        problem(http.get(path, headers=headers), 404, "not_found")
    for method in (http.head, http.get):
        assert method(path.replace("w=80", "w=81")).status_code == 404
    problem(http.post("/resize", json={"id": path[11:43], "width": 80, "watermark": stamp}), 404, "not_found")
    # its bytes again are the same image, and make the same result
    assert put(http, STAMP) == stamp
    assert http.get(path, headers={"If-None-Match": validator}).status_code == 304


def test_results_without_the_watermark_stay(http: FlaskClient, path: str, stamp: str) -> None:
    plain = path.partition("&watermark")[0]
    validator = fresh(http, plain)
    http.delete(f"/images/{stamp}")
    assert http.get(plain).headers["X-Cache"] == "memory"
    assert http.get(plain, headers={"If-None-Match": validator}).status_code == 304


def test_another_container_notices_within_the_recheck(
    client: Callable[..., FlaskClient], make_container: Make, clock: FakeClock, path: str, stamp: str, http: FlaskClient
) -> None:
    other = client(make_container(now=clock, recheck_s=30.0))
    validator = other.get(path).headers["ETag"]
    http.delete(f"/images/{stamp}")
    clock.advance(29)
    assert other.get(path).headers["X-Cache"] == "memory"
    assert other.get(path, headers={"If-None-Match": validator}).status_code == 304
    clock.advance(2)
    for headers in ({}, {"If-None-Match": validator}):
        problem(other.get(path, headers=headers), 404, "not_found")


def test_a_new_container_finds_nothing_in_the_storage(
    client: Callable[..., FlaskClient], path: str, stamp: str, http: FlaskClient
) -> None:
    fresh(http, path)
    assert client().get(path).headers["X-Cache"] == "storage"
    http.delete(f"/images/{stamp}")
    problem(client().get(path), 404, "not_found")


def test_a_result_of_a_url_is_not_served_without_its_watermark(
    client: Callable[..., FlaskClient], origin: Origin, photo: bytes
) -> None:
    origin.routes["/a"] = ok(photo)
    http = client(source_networks=("127.0.0.0/8",))
    stamp = put(http, STAMP)
    path = f"/resize?url={origin.url('/a')}&w=80&watermark={stamp}"
    validator = fresh(http, path)
    http.delete(f"/images/{stamp}")
    for headers in ({}, {"If-None-Match": validator}):
        problem(http.get(path, headers=headers), 404, "not_found")


def test_a_watermark_is_looked_up_as_rarely_as_the_image(
    client: Callable[..., FlaskClient], watched: WatchedStorage, path: str
) -> None:
    other = client(stored_in=watched)
    for _ in range(3):
        other.get(path)
    before = dict(watched.calls)
    other.get(path)
    assert dict(watched.calls) == before


def test_jobs_are_deleted_with_their_watermark(http: FlaskClient, image_id: str, stamp: str) -> None:
    request = {"id": image_id, "width": 30, "watermark": stamp}
    answer = http.post("/resize", json=request, headers=ASYNC)
    assert state(http, answer)["status"] == "done"
    http.delete(f"/images/{stamp}")
    problem(http.get(answer.headers["Location"]), 404, "not_found")
    problem(http.post("/resize", json=request, headers=ASYNC), 404, "not_found")


def test_a_running_job_does_not_outlive_its_watermark(
    make_container: Make, watched: WatchedStorage, photo: bytes
) -> None:
    container = make_container(stored_in=watched)
    http = create_app(container).test_client()
    image_id, stamp = put(http, photo), put(http, STAMP)
    deleted = threading.Event()

    def delete_before_the_end(method: str, key: str) -> None:
        if method == "put_new" and key.startswith(keys.ORIGINALS) and not deleted.is_set():
            deleted.set()
            assert http.delete(f"/images/{stamp}").status_code == 204

    watched.before = delete_before_the_end
    http.post("/resize", json={"id": image_id, "width": 30, "watermark": stamp}, headers=ASYNC)
    assert deleted.wait(20)
    container.close()
    assert list(watched.keys(keys.ORIGINALS)) == [keys.original(image_id)]
