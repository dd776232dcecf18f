"""Pings to many containers, sent as slowly as AWS takes them: each reaches a container of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from lab.containers.timeline import ContainerState
from lab.local_lambda import LocalLambda
from measurement.processes import free_port
from tests.live.test_gateways import serve
from tests.support.s3.server import S3
from tests.support.waiting import wait_until

WARM = 6
# in all twice as long as 75 ms, for which a ping alone is held
SEND_S = 0.03
ROUNDS = 3


@contextmanager
def slow_door(port: int) -> Iterator[str]:
    """Yield the address of an Invoke API that takes its time with each event, as one far away does."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            event = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(SEND_S)
            answer = requests.post(
                f"http://127.0.0.1:{port}{self.path}", data=event, headers=dict(self.headers), timeout=30
            )
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def pinged(lab: LocalLambda) -> list[str]:
    """Return the container of each ping of one round."""
    seen = max((change.sequence for change in lab.timeline.since(0)), default=0)
    answer = lab.invoke(b'{"warm": %d}' % WARM)
    assert b'"warm":%d' % WARM in answer.payload.replace(b" ", b"")
    wait_until(lambda: not lab.queue.pending)
    wait_until(lambda: lab.timeline.states()[ContainerState.SERVE] == 0)
    return [change.container for change in lab.timeline.since(seen) if change.state is ContainerState.SERVE]


def test_each_ping_reaches_a_container_of_its_own(s3: S3) -> None:
    """Also when all are warm, and so are free again soon. A machine under load may need another try."""
    cold: list[int] = []
    warm: list[int] = []
    while len(cold) < ROUNDS and WARM not in cold:
        port = free_port()
        with slow_door(port) as url, serve(s3, "v1", port, AWS_ENDPOINT_URL_LAMBDA=url) as lab:
            cold.append(len(set(pinged(lab))))
            while len(warm) < ROUNDS and WARM not in warm:
                warm.append(len(set(pinged(lab))))
    assert WARM in cold, cold
    assert WARM in warm, warm
