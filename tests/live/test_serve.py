"""``make serve`` as it is started: slow clients, processes that share a storage and a limit, a stop under load."""

from __future__ import annotations

import json
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.live.test_servers import send, upload
from tests.support.app_server import WAIT_S, Server, running, serve
from tests.support.waiting import wait_until

HEAD = b"HTTP/1.1\r\nHost: localhost\r\n"
SLOW = [
    b"",
    b"GET /healthz HT",
    b"GET /healthz " + HEAD + b"X: ",
    b"POST /resize?w=40 " + HEAD + b"Content-Length: 9000000\r\n\r\n\xff\xd8\xff",
    b"POST /upload " + HEAD + b"Content-Length: 90000000\r\n\r\n\xff\xd8\xff",
    b"POST /upload " + HEAD + b"Authorization: Bearer guess\r\nContent-Length: 9000000\r\n\r\nx",
    b"POST /upload " + HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
    b"GET /docs " + HEAD + b"\r\n",  # and takes nothing of the answer
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(serve, tmp_path_factory.mktemp("serve")) as started:
        yield started


def containers(server: Server, ask: Callable[[], str | None], *, tries: int = 400) -> dict[str, str]:
    """Ask over new connections until both processes have answered; return the answer of each."""
    found: dict[str, str] = {}
    for _ in range(tries):
        answer, body = send(server, "GET", ask() or "/healthz")
        found[answer.getheader("X-Container-Id") or ""] = f"{answer.status} {body[:200].decode(errors='replace')}"
        if len(found) == 2:
            break
    return found


def test_two_hundred_slow_clients_keep_nobody_from_being_answered(shared: Server) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", shared.port))) for _ in range(200)]
        for number, sock in enumerate(slow):
            sock.sendall(SLOW[number % len(SLOW)])
        answered = [send(shared, "GET", "/healthz")[0].status for _ in range(50)]
    assert answered == [200] * 50


def test_kept_connections_are_shared_by_the_processes(shared: Server) -> None:
    """A process that took them all would leave the other core with nothing to do."""
    wait_until(lambda: len(containers(shared, lambda: None)) == 2)  # the first that is ready begins alone
    for _ in range(5):
        with ExitStack() as stack:
            clients = [stack.enter_context(closing(HTTPConnection("127.0.0.1", shared.port))) for _ in range(4)]
            for client in clients:
                client.connect()
            answered: Counter[str | None] = Counter()
            for client in clients:
                client.request("GET", "/healthz")
                answer = client.getresponse()
                answer.read()
                answered[answer.getheader("X-Container-Id")] += 1
        assert sorted(answered.values()) == [2, 2]


def test_both_processes_know_the_same_images_and_jobs(shared: Server, large_photo: bytes) -> None:
    image_id = upload(shared, large_photo)
    ask = json.dumps({"id": image_id, "width": 300}).encode()
    answer, body = send(shared, "POST", "/resize", ask, Prefer="respond-async", Content_Type="application/json")
    assert answer.status == 202, body
    job = answer.getheader("Location") or ""

    def is_done_everywhere() -> bool:
        states = containers(shared, lambda: job)
        return len(states) == 2 and all('"done"' in state for state in states.values())

    wait_until(is_done_everywhere)
    described = containers(shared, lambda: f"/images/{image_id}")
    assert [state[:4] for state in described.values()] == ["200 "] * 2
    ids = {upload(shared, large_photo) for _ in range(10)}
    assert ids == {image_id}, "the processes have different secrets"


def test_a_picture_that_many_want_at_once_is_made_once_in_a_process(shared: Server, large_photo: bytes) -> None:
    path = f"/resize?id={upload(shared, large_photo)}&w=1500&format=webp"
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: send(shared, "GET", path)[0], range(12)))
    made = Counter(answer.getheader("X-Container-Id") for answer in answers if answer.getheader("X-Cache") == "miss")
    assert {answer.status for answer in answers} == {200}
    assert set(made.values()) == {1}


def test_the_rate_limit_is_one_for_all_processes(tmp_path: Path) -> None:
    with running(serve, tmp_path, MONOLAMBDA_RATE_LIMIT="0.001", MONOLAMBDA_RATE_BURST="60") as server:
        seen = [send(server, "GET", "/docs")[0] for _ in range(100)]
        assert len({answer.getheader("X-Container-Id") for answer in seen}) == 2
        assert sum(answer.status == 200 for answer in seen) == 60
        assert int(seen[-1].getheader("Retry-After") or 0) > 900
        assert send(server, "GET", "/healthz")[0].status == 200
    assert len(list(tmp_path.glob("monolambda-*.rates"))) == 1, "one table, in the directory for temporary files"


def test_a_stop_loses_no_request(tmp_path: Path, large_photo: bytes) -> None:
    """The requests have begun to arrive when the server is told to stop, and arrive completely only later."""
    with running(serve, tmp_path) as server:
        arriving = [begin_resize(server, len(large_photo)) for _ in range(12)]
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: _is_refused(server.port))
        with ThreadPoolExecutor(len(arriving)) as clients:
            answers = list(clients.map(lambda sock: finish(sock, large_photo), arriving))
        assert [answer for answer in answers if answer[:15] != b"HTTP/1.1 200 OK"] == []
        assert len(answers) == 12
        assert server.process.wait(WAIT_S) == 0


def begin_resize(server: Server, size: int) -> socket.socket:
    """Send the headers of a request for a resize, and wait until the server wants its body."""
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S)
    sock.sendall(b"POST /resize?w=600 " + HEAD + f"Content-Length: {size}\r\nExpect: 100-continue\r\n\r\n".encode())
    assert b"100 Continue" in sock.recv(1024)
    return sock


def _is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionError:
        return True
    return False


def finish(sock: socket.socket, body: bytes) -> bytes:
    """Send the body, and return everything that is answered."""
    with sock:
        sock.sendall(body)
        answer = b""
        while block := sock.recv(65536):
            answer += block
    return answer


def test_connections_are_kept(shared: Server) -> None:
    connection = HTTPConnection("127.0.0.1", shared.port, timeout=WAIT_S)
    try:
        for _ in range(3):
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"ok\n")
        assert connection.sock is not None
    finally:
        connection.close()
