"""The function invokes itself for real: the lab's Invoke API, AWS's runtime client in each container, one bucket."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from lab.package import from_tree
from lab.stand import Lab, Options
from tests import drawing
from tests.live.conftest import free_port
from tests.storage.s3_server import S3

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
    }
    function = from_tree(handler="wsgi.handler", environment=environment, memory_mb=1769)
    with Lab(lambda directory: [function], Options(invoke_port=port, retry_scale=0.01)) as running:
        yield running


def invoke(lab: Lab, event: Any) -> Any:
    return json.loads(lab.invoke(json.dumps(event).encode()).payload)


def test_a_deferred_resize_is_made_by_another_invocation(lab: Lab) -> None:
    headers = {"Prefer": "respond-async", "Content-Type": "image/jpeg"}
    with urlopen(Request(f"{lab.url}/resize?width=80", data=PHOTO, headers=headers), timeout=WAIT_S) as answer:
        assert answer.status == 202
        place = answer.headers["Location"]
    state: dict[str, Any] = {"status": "queued"}
    end = time.monotonic() + WAIT_S
    while state["status"] in ("queued", "running") and time.monotonic() < end:
        with urlopen(f"{lab.url}{place.partition('/dev')[2]}", timeout=WAIT_S) as told:
            state = json.load(told)
        time.sleep(0.05)
    assert state["status"] == "done", state
    assert state["result"]["width"] == 80


def test_a_ping_keeps_as_many_containers_as_asked(lab: Lab) -> None:
    assert invoke(lab, {"warm": 3})["warm"] == 3
    end = time.monotonic() + WAIT_S
    while len(lab.fleet.containers) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert len(lab.fleet.containers) >= 2
