"""The function invokes itself through the lab's Invoke API, with real containers and one bucket, to run jobs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from lab.account.package import from_tree
from lab.local_lambda import LocalLambda, Options
from measurement.processes import free_port
from tests.support import drawing
from tests.support.origin import Exchange, Origin, ok
from tests.support.s3.server import S3
from tests.support.waiting import wait_until

WAIT_S = 30.0
PHOTO = drawing.encoded(drawing.photo(320, 240), "JPEG")


@pytest.fixture(scope="module")
def lab(s3: S3) -> Iterator[LocalLambda]:
    port = free_port()
    environment = {
        **s3.environ(),
        "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{port}",
        "MONOLAMBDA_STORAGE": f"s3://{s3.bucket()}/dev",
        "MONOLAMBDA_SECRET": "s" * 32,
        "MONOLAMBDA_PUBLIC": "true",
        "MONOLAMBDA_SOURCE_NETWORKS": "127.0.0.0/8",
    }
    function = from_tree(handler="wsgi.handler", environment=environment, memory_mb=1769)
    with LocalLambda(lambda directory: [function], Options(invoke_port=port, retry_scale=0.01)) as running:
        yield running


def invoke(lab: LocalLambda, event: Any) -> Any:
    return json.loads(lab.invoke(json.dumps(event).encode()).payload)


def defer(lab: LocalLambda, path: str, body: bytes, media_type: str) -> str:
    """Request a deferred resize and return the URL of its status."""
    headers = {"Prefer": "respond-async", "Content-Type": media_type}
    with urlopen(Request(f"{lab.url}{path}", data=body, headers=headers), timeout=WAIT_S) as answer:
        assert answer.status == 202
        place: str = answer.headers["Location"]
    return lab.url + place.partition("/dev")[2]


def finished(place: str) -> dict[str, Any]:
    """Wait until a job is done or has failed, and return its status."""
    state: dict[str, Any] = {"status": "queued"}
    end = time.monotonic() + WAIT_S
    while state["status"] in ("queued", "running") and time.monotonic() < end:
        with urlopen(place, timeout=WAIT_S) as response:
            state = json.load(response)
        time.sleep(0.05)
    return state


def test_another_invocation_runs_a_deferred_resize(lab: LocalLambda) -> None:
    state = finished(defer(lab, "/resize?width=80", PHOTO, "image/jpeg"))
    assert state["status"] == "done", state
    assert state["result"]["width"] == 80


def test_a_job_whose_container_dies_is_retried(lab: LocalLambda) -> None:
    """The source kills the container that fetches it, twice; each retry has the request id of the killed attempt."""
    answered, third = threading.Event(), threading.Event()

    def deadly(exchange: Exchange) -> bool:
        answered.wait(WAIT_S)  # the container that accepted the request is killed too
        if len(origin.requests) < 3:
            for container in lab.fleet.containers:
                container.kill()
            return False
        third.set()
        return ok(PHOTO)(exchange)

    with Origin() as origin:
        origin.routes["/a.jpg"] = deadly
        request = json.dumps({"url": origin.url("/a.jpg"), "width": 81}).encode()
        place = defer(lab, "/resize", request, "application/json")
        answered.set()
        assert third.wait(WAIT_S), "Lambda gave up"
        state = finished(place)
    assert (state["status"], state["attempts"]) == ("done", 3), state
    assert state["result"]["width"] == 81


def test_a_keep_warm_event_starts_the_requested_number_of_containers(lab: LocalLambda) -> None:
    counts: list[int] = []
    # all are held until one moment, which a machine under load may miss
    while 3 not in counts and len(counts) < 5:
        lab.fleet.end_containers()
        wait_until(lambda: not lab.fleet.containers)
        assert invoke(lab, {"warm": 3})["warm"] == 3
        wait_until(lambda: not lab.queue.pending)
        counts.append(len(lab.fleet.containers))
    assert 3 in counts, counts
