"""The limit on the size of responses, and the end."""

from __future__ import annotations

import json
import threading
from queue import SimpleQueue
from typing import Any

from lab.containers.outcomes import Outcome
from lab.containers.runtime_api import RuntimeApi
from lab.containers.timeline import ContainerState
from tests.support.lab.fleet_client import MakeFleet
from tests.support.waiting import wait_until


def body(outcome: Outcome) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(outcome.payload)
    return decoded


def test_a_response_above_the_limit_is_an_error_and_ends_the_runtime(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    limit = client.fleet.traits.response_bytes
    assert len(client.value("big", bytes=limit - 2)) == limit - 2
    outcome = client.invoke("big", bytes=limit - 1)
    assert body(outcome) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    wait_until(lambda: client.fleet.timeline.since(0)[-1].state is ContainerState.KILLED)


def test_closing_releases_every_worker_that_waits() -> None:
    api = RuntimeApi(response_bytes=1)
    released: SimpleQueue[object] = SimpleQueue()
    for _ in range(3):
        threading.Thread(target=lambda: released.put(api.next()), daemon=True).start()
    api.close()
    assert [released.get(timeout=20) for _ in range(3)] == [None] * 3
