"""The function invokes itself for real: the lab's Invoke API, AWS's runtime client in each container, one bucket."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from lab.accounts.package import from_tree
from lab.local_lambda import Lab, Options
from tests.live.conftest import free_port
from tests.support import drawing
from tests.support.origin import Exchange, Origin, ok
from tests.support.s3.server import S3

WAIT_S = 30.0
PHOTO = drawing.encoded(drawing.photo(320, 240), "JPEG")


@pytest.fixture(scope="module")
def lab(s3: S3) -> Iterator[Lab]:
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
    with Lab(lambda directory: [function], Options(invoke_port=port, retry_scale=0.01)) as running:
        yield running


def invoke(lab: Lab, event: Any) -> Any:
    return json.loads(lab.invoke(json.dumps(event).encode()).payload)


def defer(lab: Lab, path: str, body: bytes, media_type: str) -> str:
    """Ask for deferred work and return where its state is told."""
    headers = {"Prefer": "respond-async", "Content-Type": media_type}
    with urlopen(Request(f"{lab.url}{path}", data=body, headers=headers), timeout=WAIT_S) as answer:
        assert answer.status == 202
        place: str = answer.headers["Location"]
    return lab.url + place.partition("/dev")[2]


def ended(place: str) -> dict[str, Any]:
    """Return the state of a job once it is done or has failed."""
    state: dict[str, Any] = {"status": "queued"}
    end = time.monotonic() + WAIT_S
    while state["status"] in ("queued", "running") and time.monotonic() < end:
        with urlopen(place, timeout=WAIT_S) as told:
            state = json.load(told)
        time.sleep(0.05)
    return state


def test_a_deferred_resize_is_made_by_another_invocation(lab: Lab) -> None:
    state = ended(defer(lab, "/resize?width=80", PHOTO, "image/jpeg"))
    assert state["status"] == "done", state
    assert state["result"]["width"] == 80


def test_a_job_whose_container_dies_is_run_again_by_the_platform(lab: Lab) -> None:
    """The source kills whoever works for it, twice: each retry has the request id of the attempt that died."""
    answered, third = threading.Event(), threading.Event()

    def deadly(exchange: Exchange) -> bool:
        answered.wait(WAIT_S)  # whoever took the order is among those that are killed
        if len(origin.requests) < 3:
            for container in lab.fleet.containers:
                container.kill()
            return False
        third.set()
        return ok(PHOTO)(exchange)

    with Origin() as origin:
        origin.routes["/a.jpg"] = deadly
        asked = json.dumps({"url": origin.url("/a.jpg"), "width": 81}).encode()
        place = defer(lab, "/resize", asked, "application/json")
        answered.set()
        assert third.wait(WAIT_S), "the platform gave up"
        state = ended(place)
    assert (state["status"], state["attempts"]) == ("done", 3), state
    assert state["result"]["width"] == 81


def test_a_ping_keeps_as_many_containers_as_asked(lab: Lab) -> None:
    assert invoke(lab, {"warm": 3})["warm"] == 3
    end = time.monotonic() + WAIT_S
    while len(lab.fleet.containers) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert len(lab.fleet.containers) >= 2
