"""Storages, sources and clocks that fail, seen through HTTP: each request gets an answer, and nothing is lost by it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.container import Container
from app.storage import Storage, keys
from tests.conftest import FakeClock, MakeS3Storage
from tests.support import drawing
from tests.support.http_client import problem, put
from tests.support.origin import Origin, ok
from tests.support.s3.faults import Fault, drop_request, drop_response, error, truncate_body
from tests.support.s3.server import S3
from tests.support.threads import run_concurrently
from tests.support.waiting import wait_until
from tests.support.watched_storage import WatchedStorage
from tests.support.wsgi_server import App, Environ

Make = Callable[..., Container]
PHOTO = drawing.encoded(drawing.photo(64, 48), "JPEG")
OTHER = drawing.encoded(drawing.photo(48, 64), "JPEG")
DAY_S = 86_400


class Outage:
    """WSGI middleware that lets every request fail the same way while there is a ``fault``."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.over = threading.Event()
        self.hanging: list[str] = []

    def wrap(self, app: App) -> App:
        def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
            return self.fault(app, environ, start_response) if self.fault else app(environ, start_response)

        return serve

    def hang(self, app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer when the outage is over."""
        self.hanging.append(environ["PATH_INFO"])
        self.over.wait(30)
        try:
            return app(environ, start_response)
        finally:
            self.hanging.pop()


@pytest.fixture(scope="module")
def outage() -> Outage:
    return Outage()


@pytest.fixture(scope="module")
def failing_s3(outage: Outage) -> Iterator[S3]:
    with S3(middleware=outage.wrap) as running:
        yield running


@pytest.fixture
def bucket(failing_s3: S3, make_s3_storage: MakeS3Storage, outage: Outage) -> Iterator[Storage]:
    yield make_s3_storage(failing_s3, client={"read_s": 0.5, "attempts": 1})
    outage.fault = None
    outage.over.set()


FAULTS: dict[str, Callable[[Outage], Fault]] = {
    "refuses": lambda outage: error(503, "SlowDown"),
    "denies": lambda outage: error(403, "AccessDenied"),
    "resets": lambda outage: drop_request,
    "answers half": lambda outage: truncate_body,
    "hangs": lambda outage: outage.hang,
}


def requests(http: FlaskClient, image_id: str) -> Iterator[TestResponse]:
    """Send one request of each kind that needs the storage."""
    yield http.get(f"/resize?id={image_id}&width=20")
    yield http.post("/upload", data=OTHER, content_type="image/jpeg")
    yield http.get(f"/images/{image_id}")
    yield http.get(f"/images/{image_id}/original")
    yield http.delete(f"/images/{image_id}")
    yield http.post("/resize?width=20", data=OTHER, content_type="image/jpeg", headers={"Prefer": "respond-async"})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_storage_that_fails_is_503_and_loses_nothing(
    make_container: Make, bucket: Storage, outage: Outage, fault: str
) -> None:
    container = make_container(stored_in=bucket)
    http = create_app(container).test_client()
    image_id = put(http, PHOTO)
    outage.over.clear()
    outage.fault = FAULTS[fault](outage)
    for answer in requests(http, image_id):
        members = problem(answer, 503, "storage_unavailable")
        assert answer.headers["Retry-After"]
        assert "Error" not in members["detail"]
    assert http.get("/status").get_json()["status"] == "degraded"
    outage.fault = None
    outage.over.set()
    # what hung is answered first, so that it takes no time from what is asked for now
    wait_until(lambda: not outage.hanging)
    assert bucket.get(keys.original(image_id)) == PHOTO
    resized, uploaded, *rest = [answer.status_code for answer in requests(http, image_id)]
    assert (resized, rest) == (200, [200, 200, 204, 202])
    assert uploaded == 201 or (uploaded == 200 and fault == "hangs"), "a write may arrive after we gave up"
    # on a busy machine even a healthy storage may be too slow for a client of so little patience
    wait_until(lambda: http.get("/status").get_json()["status"] == "ok")


def test_an_upload_whose_answer_from_the_storage_was_lost_is_there(
    make_container: Make, bucket: Storage, outage: Outage
) -> None:
    http = create_app(make_container(stored_in=bucket)).test_client()
    outage.fault = drop_response
    problem(http.post("/upload", data=PHOTO, content_type="image/jpeg"), 503, "storage_unavailable")
    outage.fault = None
    answer = http.post("/upload", data=PHOTO, content_type="image/jpeg")
    assert answer.status_code == 200, "the first one had stored it"
    assert bucket.get(keys.original(answer.get_json()["images"][0]["id"])) == PHOTO


@pytest.mark.parametrize("path", ["/resize?id={id}&width=20", "/info?id={id}", "/images/{id}"])
def test_an_image_that_is_lost_between_the_check_and_the_reading_is_not_found(
    make_container: Make, watched: WatchedStorage, path: str
) -> None:
    http = create_app(make_container(stored_in=watched)).test_client()
    image_id = put(http, PHOTO)

    def lose(method: str, key: str) -> None:
        if method == "get" and key == keys.original(image_id):
            watched.inner.delete(key)

    watched.before = lose
    problem(http.get(path.format(id=image_id)), 404, "not_found")
    watched.passes()
    assert put(http, PHOTO) == image_id
    assert http.get(path.format(id=image_id)).status_code == 200


@pytest.mark.parametrize("place", ["local", "s3"])
def test_uploads_of_the_same_bytes_at_once_store_one_image(
    make_container: Make, request: pytest.FixtureRequest, place: str
) -> None:
    """Each client talks to a container of its own."""
    if place == "s3":
        storage: Storage = request.getfixturevalue("make_s3_storage")(request.getfixturevalue("s3"))
    else:
        storage = request.getfixturevalue("watched")
    clients = [create_app(make_container(stored_in=storage, secret="s" * 32)).test_client() for _ in range(5)]
    send = [partial(http.post, "/upload", data=PHOTO, content_type="image/jpeg") for http in clients]
    answers = run_concurrently(*send)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    (image_id,) = {answer.get_json()["images"][0]["id"] for answer in answers}
    assert list(storage.keys("")) == [keys.original(image_id)]
    assert storage.get(keys.original(image_id)) == PHOTO


@pytest.mark.parametrize("jump_s", [-400 * DAY_S, -DAY_S, DAY_S, 400 * DAY_S])
def test_a_clock_that_jumps_loses_no_image(make_container: Make, clock: FakeClock, jump_s: float) -> None:
    """A machine may start with a wrong clock, and have it set while requests run."""
    clock.seconds = time.time()
    http = create_app(make_container(now=clock)).test_client()
    image_id = put(http, PHOTO)
    assert http.get(f"/resize?id={image_id}&width=20").status_code == 200
    clock.advance(jump_s)
    for _ in range(2):
        http.post("/upload/presign", json={"content_type": "image/jpeg", "bytes": 9})  # which also tidies up
    answers = [http.get(f"/resize?id={image_id}&width={width}") for width in (20, 21)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert http.get(f"/images/{image_id}/original").data == PHOTO
    assert put(http, OTHER) != image_id
    assert http.get("/status").get_json()["status"] == "ok"


def test_a_source_that_disappears_is_remembered_only_as_long_as_it_may_be(
    client: Callable[..., FlaskClient], origin: Origin
) -> None:
    """Its bytes are kept as a result; without asking it again no other result can be made."""
    origin.routes["/a.jpg"] = ok(PHOTO)
    http = client(source_networks=("127.0.0.0/8",))
    query = {"url": origin.url("/a.jpg"), "width": "20"}
    assert http.get("/resize", query_string=query).status_code == 200
    del origin.routes["/a.jpg"]
    assert http.get("/resize", query_string=query).status_code == 200
    problem(http.get("/resize", query_string={**query, "width": "21"}), 404, "source_not_found")
