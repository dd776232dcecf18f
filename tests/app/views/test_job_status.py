"""Jobs over HTTP, run by threads of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.container import Container
from app.core.config import Platform
from app.core.deadline import Deadline
from app.storage import keys
from tests.support import drawing
from tests.support.http_client import ABSENT, HTML, KEY_HASH, KEYED, named, problem, put
from tests.support.waiting import wait_until
from tests.support.watched_storage import WatchedStorage

ASYNC = {"Prefer": "respond-async"}
JPEG = {"content_type": "image/jpeg"}


def state(http: FlaskClient, answer: TestResponse, **headers: str) -> dict[str, Any]:
    """Wait for the job of a 202 and return its last state."""
    assert answer.status_code == 202, answer.text
    end = time.monotonic() + 20
    while time.monotonic() < end:
        polled = http.get(answer.headers["Location"], headers=headers)
        assert polled.status_code == 200, polled.text
        assert polled.headers["Cache-Control"] == "no-store"
        found: dict[str, Any] = polled.get_json()
        if found["status"] in ("done", "failed"):
            assert "Retry-After" not in polled.headers
            return found
        time.sleep(0.02)
    raise AssertionError(f"the job did not end: {found}")


def test_the_answer_comes_at_once_and_the_image_later(http: FlaskClient, photo: bytes) -> None:
    answer = http.post("/resize?width=40&format=png", data=photo, headers=ASYNC, **JPEG)
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert answer.headers["Location"].startswith("http://localhost/status/")
    assert answer.headers["Retry-After"] == "1"
    done = state(http, answer)
    assert (done["status"], done["attempts"]) == ("done", 1)
    assert (done["result"]["width"], done["result"]["format"]) == (40, "png")
    original = http.get(done["result"]["links"]["original"])
    assert drawing.opened(original.data).size == (40, 30)


def test_the_page_of_a_result_that_is_too_large_to_be_a_source_shows_no_preview(
    client: Callable[..., FlaskClient], photo: bytes
) -> None:
    http = client(max_source_pixels=160 * 120)
    answer = http.post("/resize?width=320&upscale=true", data=photo, headers=ASYNC, **JPEG)
    assert state(http, answer)["result"]["width"] == 320
    page = http.get(answer.headers["Location"], headers=HTML).text
    assert ("320×240 JPEG" in page, "/resize" in page) == (True, False)


@pytest.mark.parametrize(
    "prefer",
    ["respond-async, wait=10", "wait=5;x=1,Respond-Async", "handling=lenient, respond-async; a=1", 'respond-async=""'],
)
def test_the_preference_may_be_one_of_several(http: FlaskClient, photo: bytes, prefer: str) -> None:
    assert http.post("/resize?width=40", data=photo, headers={"Prefer": prefer}, **JPEG).status_code == 202


@pytest.mark.parametrize(
    "prefer", ["", "return=minimal", "x-respond-async", "respond-asynchronously", "respond-async=0"]
)
def test_other_preferences_do_not_defer(http: FlaskClient, photo: bytes, prefer: str) -> None:
    assert http.post("/resize?width=40", data=photo, headers={"Prefer": prefer}, **JPEG).status_code == 200


def test_an_id_and_a_token_can_be_deferred(http: FlaskClient, image_id: str, photo: bytes) -> None:
    accepted = http.post("/resize", json={"id": image_id, "width": 30}, headers=ASYNC)
    assert state(http, accepted)["result"]["width"] == 30
    invitation = http.post("/upload/presign", json={"content_type": "image/jpeg", "bytes": len(photo)}).get_json()
    http.post(invitation["url"], data={"file": (BytesIO(photo), "a.jpg")})
    accepted = http.post("/resize", json={"token": invitation["token"], "width": 30}, headers=ASYNC)
    assert state(http, accepted)["result"]["width"] == 30


def test_a_second_request_joins_the_first(
    client: Callable[..., FlaskClient], watched: WatchedStorage, photo: bytes
) -> None:
    http, wait = client(stored_in=watched), threading.Event()
    reads: list[str] = []

    def hold(method: str, key: str) -> None:
        if method == "get" and key.endswith(".body"):
            reads.append(key)
            assert wait.wait(20)

    watched.before = hold
    answers = [http.post("/resize?width=40", data=photo, headers=ASYNC, **JPEG) for _ in range(3)]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    wait.set()
    assert state(http, answers[0])["attempts"] == 1
    again = http.post("/resize?width=40&download=a.jpg", data=photo, headers=ASYNC, **JPEG)
    assert again.get_json()["status"] == "done"
    assert len(reads) == 1


def test_a_damaged_record_is_replaced(
    client: Callable[..., FlaskClient], watched: WatchedStorage, photo: bytes
) -> None:
    http = client(stored_in=watched)
    location = http.post("/resize?width=40", data=photo, headers=ASYNC, **JPEG).headers["Location"]
    state(http, http.post("/resize?width=40", data=photo, headers=ASYNC, **JPEG))
    watched.put(keys.job(location.rpartition("/")[2]), b'{"order":' * 100_000, media_type=keys.JSON)
    assert http.get(location).status_code == 404
    again = http.post("/resize?width=40", data=photo, headers=ASYNC, **JPEG)
    assert again.headers["Location"] == location
    assert state(http, again)["status"] == "done"


def test_different_requests_get_different_jobs(http: FlaskClient, photo: bytes, image_id: str) -> None:
    places = {
        http.post("/resize?width=40", data=photo, headers=ASYNC, **JPEG).headers["Location"],
        http.post("/resize?width=41", data=photo, headers=ASYNC, **JPEG).headers["Location"],
        http.post("/resize?width=40&fit=cover", data=photo, headers=ASYNC, **JPEG).headers["Location"],
        http.post("/resize", json={"id": image_id, "width": 40}, headers=ASYNC).headers["Location"],
    }
    assert len(places) == 4


def test_errors_that_can_be_found_at_once_are(http: FlaskClient) -> None:
    ask = http.post
    assert named(ask("/resize", json={"id": ABSENT, "width": "x"}, headers=ASYNC)) == ["width"]
    problem(ask("/resize", json={"id": ABSENT}, headers=ASYNC), 404, "not_found")
    problem(ask("/resize", json={"url": "file:///etc/passwd"}, headers=ASYNC), 400, "invalid_parameter")
    problem(ask("/resize", data=b"no image", headers=ASYNC), 415, "unsupported_media_type")


def test_a_failure_carries_its_problem_and_may_be_tried_again(http: FlaskClient, photo: bytes) -> None:
    broken = photo[: len(photo) // 3]
    for _ in range(2):
        failed = state(http, http.post("/resize?width=40", data=broken, headers=ASYNC, **JPEG))
        assert (failed["status"], failed["attempts"]) == ("failed", 1)
        assert failed["problem"]["code"] == "undecodable_image"
        assert failed["problem"]["type"].endswith("/docs#error-undecodable_image")


def test_deleting_an_image_deletes_its_jobs(http: FlaskClient, image_id: str) -> None:
    answer = http.post("/resize", json={"id": image_id, "width": 30}, headers=ASYNC)
    state(http, answer)
    assert http.delete(f"/images/{image_id}").status_code == 204
    problem(http.get(answer.headers["Location"]), 404, "not_found")


def test_a_running_job_does_not_outlive_its_image(
    make_container: Callable[..., Container], watched: WatchedStorage, photo: bytes
) -> None:
    container = make_container(stored_in=watched)
    http = create_app(container).test_client()
    image_id = put(http, photo)
    deleted = threading.Event()

    def delete_before_the_end(method: str, key: str) -> None:
        if method == "put_new" and key.startswith(keys.ORIGINALS) and not deleted.is_set():
            deleted.set()
            assert http.delete(f"/images/{image_id}").status_code == 204

    watched.before = delete_before_the_end
    http.post("/resize", json={"id": image_id, "width": 30}, headers=ASYNC)
    assert deleted.wait(20)
    container.close()
    assert list(watched.keys("")) == []


def test_a_deleted_result_is_null_and_can_be_made_again(http: FlaskClient, photo: bytes) -> None:
    def ask() -> TestResponse:
        return http.post("/resize?width=40", data=photo, headers=ASYNC, **JPEG)

    first = ask()
    made = state(http, first)["result"]["id"]
    http.delete(f"/images/{made}")
    assert http.get(first.headers["Location"]).get_json()["result"] is None
    assert state(http, ask())["result"]["id"] == made


def test_a_full_queue_is_busy(client: Callable[..., FlaskClient], watched: WatchedStorage, photo: bytes) -> None:
    http, wait = client(stored_in=watched, job_queue=1), threading.Event()

    def hold(method: str, key: str) -> None:
        if method == "get" and key.endswith(".body"):
            assert wait.wait(20)

    watched.before = hold
    answers = [http.post(f"/resize?width={40 + n}", data=photo, headers=ASYNC, **JPEG) for n in range(5)]
    refused = [answer for answer in answers if answer.status_code != 202]
    assert refused
    problem(refused[0], 429, "busy")
    wait.set()
    for answer in answers:
        if answer.status_code == 202:
            assert state(http, answer)["status"] == "done"


def test_jobs_wait_for_their_turn_and_take_no_turn_of_a_request(
    make_container: Callable[..., Container], client: Callable[..., FlaskClient], image_id: str
) -> None:
    """In one of many processes, which decodes one image at a time; its requests have no patience here."""
    container = make_container(platform=Platform(processes=10_000))
    http, admission = client(container), container.services.renderer.admission
    admission._patience_s = 0.0
    request, later = Deadline.after(60), Deadline.after(60, deferred=True)

    def defer(width: int) -> TestResponse:
        answer = http.post("/resize", json={"id": image_id, "width": width}, headers=ASYNC)
        assert answer.status_code == 202, answer.text
        return answer

    with admission.admit(admission._memory, 0.0, later):
        jobs = [defer(40), defer(41)]
        wait_until(lambda: admission.waiting == 1)
        problem(http.get(f"/resize?id={image_id}&width=42"), 429, "busy")
        assert [thread.name for thread in threading.enumerate() if thread.name.startswith("jobs-")] == ["jobs-0"]
    with admission.admit(0, 0.0, request):
        jobs.append(defer(43))
        ended = [state(http, job) for job in jobs]
    assert [(job["status"], job["attempts"]) for job in ended] == [("done", 1)] * 3
    with admission.admit(0, 0.0, later):
        assert http.get(f"/resize?id={image_id}&width=44").status_code == 200


def test_only_a_key_defers_and_polls(client: Callable[..., FlaskClient], photo: bytes) -> None:
    http = client(api_keys=(KEY_HASH,))
    problem(http.post("/resize?width=40", data=photo, headers=ASYNC, **JPEG), 401, "unauthorized")
    answer = http.post("/resize?width=40", data=photo, headers={**ASYNC, **KEYED}, **JPEG)
    problem(http.get(answer.headers["Location"]), 401, "unauthorized")
    assert state(http, answer, **KEYED)["status"] == "done"


@pytest.mark.parametrize("job", [ABSENT, "x", "of", "../originals"])
def test_an_unknown_job(http: FlaskClient, job: str) -> None:
    problem(http.get(f"/status/{job}"), 404, "not_found")


def test_a_browser_gets_a_page(http: FlaskClient, photo: bytes) -> None:
    answer = http.post("/resize?width=40", data=photo, headers=ASYNC, **JPEG)
    state(http, answer)
    page = http.get(answer.headers["Location"], headers=HTML)
    assert page.mimetype == "text/html"
    assert "Done" in page.text
    assert "http-equiv" not in page.text
    assert "refresh.js" not in page.text


def test_the_page_of_an_unfinished_job_polls_and_reloads_without_script(
    client: Callable[..., FlaskClient], watched: WatchedStorage, photo: bytes
) -> None:
    http, wait = client(stored_in=watched), threading.Event()

    def hold(method: str, key: str) -> None:
        if method == "get" and key.endswith(".body"):
            assert wait.wait(20)

    watched.before = hold
    answer = http.post("/resize?width=40", data=photo, headers=ASYNC, **JPEG)
    page = http.get(answer.headers["Location"], headers=HTML)
    assert page.headers["Retry-After"] == "1"
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page.text
    assert "/refresh.js" in page.text
    assert "Refresh" not in page.headers, "it would reload the page under the script"
    wait.set()
    assert state(http, answer)["status"] == "done"
