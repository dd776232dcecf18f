"""What goes to the runtime and what comes back: headers, whole replies, the limit on their size, and the end."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import pytest

from lab.containers.outcomes import Outcome
from lab.containers.runtime_api import CallerHeaders, Invocation, RuntimeApi
from lab.containers.timeline import ContainerState
from tests.support.lab.fleet_client import MakeFleet
from tests.support.lab.gateway_shapes import raw
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


def test_what_no_header_can_carry_reaches_no_container(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    pid = client.value("where")["pid"]
    for text in ("{}\r\nContent-Length: 2\r\n\r\n{}", '"é"', "\0"):
        with pytest.raises(ValueError, match="expected printable ASCII"):
            client.fleet.invoke(client.function, b"{}", caller=CallerHeaders(client_context=text))
    assert client.value("where")["pid"] == pid


def posted(address: str, reply: bytes) -> bytes:
    head = b"POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\n"
    return raw(int(address.partition(":")[2]), head + reply, ends=True)[0]


def test_a_reply_that_ends_early_is_none() -> None:
    api = RuntimeApi(response_bytes=100)
    invocation = Invocation(request_id="id", event=b"{}", deadline=0.0, arn="arn")
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(api.invoke, invocation, timeout_s=20.0)
        api.next()
        assert posted(api.address, b"Content-Length: 50\r\n\r\n[1, 2") == b""
        assert posted(api.address, b"Content-Length: x\r\n\r\n[1, 2").startswith(b"HTTP/1.1 400 ")
        assert posted(api.address, b"Content-Length: 6\r\n\r\n[1, 2]").startswith(b"HTTP/1.1 202 ")
        assert reply.result().payload == b"[1, 2]"
    api.close()


def test_closing_releases_every_worker_that_waits() -> None:
    api = RuntimeApi(response_bytes=1)
    released: SimpleQueue[object] = SimpleQueue()
    for _ in range(3):
        threading.Thread(target=lambda: released.put(api.next()), daemon=True).start()
    api.close()
    assert [released.get(timeout=20) for _ in range(3)] == [None] * 3
