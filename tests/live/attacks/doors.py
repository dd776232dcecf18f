"""The doors that attacks go through: servers on a socket, and the handler in a process of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec

from tests.live.attacks.requests import Attack
from tests.support import http_events
from tests.support.app_server import ROOT, WAIT_S, Command, Server, running
from tests.support.process_cost import Cost, measured

Event = dict[str, Any]
MakeEvent = Callable[..., Event]
EVENTS: Mapping[str, MakeEvent] = {
    "REST API": http_events.rest,
    "HTTP API": http_events.http_api,
    "load balancer": http_events.alb,
}


class Answer(msgspec.Struct, frozen=True):
    """How an attack was answered, and at what cost; ``handler_cpu_s`` leaves out what Lambda's runtime client does."""

    status: int
    bytes: int
    text: str
    cost: Cost
    handler_cpu_s: float = 0.0


class Door(Protocol):
    """Takes attacks, one at a time."""

    def send(self, attack: Attack) -> Answer:
        """Send the request, and measure what it costs the process that answers it."""


class SocketDoor(msgspec.Struct, frozen=True):
    """A server and its workers."""

    server: Server

    def send(self, attack: Attack) -> Answer:
        with measured([self.server.process.pid, *self.server.children()]) as cost:
            raw = _exchanged(self.server.port, _request(attack))
        head, _, body = raw.partition(b"\r\n\r\n")
        return Answer(int(head.split(b" ")[1]), len(raw), body[:500].decode(errors="replace"), cost)


class EventDoor(msgspec.Struct, frozen=True):
    """The handler in a process of its own, and the shape of its events."""

    process: subprocess.Popen[str]
    make: MakeEvent

    def send(self, attack: Attack) -> Answer:
        headers = dict(attack.headers)
        event = self.make(attack.method, attack.path, query=attack.query, headers=headers, body=attack.body())
        with measured([self.process.pid]) as cost:
            answer = self.ask(event)
        return Answer(answer["status"], answer["bytes"], answer["body"], cost, answer["cpu_s"])

    def ask(self, event: Event) -> dict[str, Any]:
        """Return status, length and beginning of the answer."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(event) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def socket_door(command: Command, directory: Path, **settings: str) -> Iterator[SocketDoor]:
    """Run a server until the block ends."""
    with running(command, directory, **settings) as server:
        yield SocketDoor(server)


@contextmanager
def event_process(directory: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run the handler as Lambda would, until the block ends; its log is the file ``log``."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MONOLAMBDA_")}
    environ |= {"AWS_LAMBDA_FUNCTION_NAME": "monolambda-dev", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769"}
    environ |= {"MONOLAMBDA_STORAGE": str(directory / "storage"), "TMPDIR": str(directory)}
    environ |= {"MONOLAMBDA_SECRET": "s" * 32, **settings}
    command = [sys.executable, "-m", "tests.live.attacks.handler_process"]
    pipe = subprocess.PIPE
    with (
        (directory / "log").open("wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=environ, stdin=pipe, stdout=pipe, stderr=log, text=True) as process,
    ):
        try:
            yield process
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(WAIT_S)


def _request(attack: Attack) -> bytes:
    target = attack.path + (f"?{attack.query}" if attack.query else "")
    lines = [f"{attack.method} {target} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in attack.headers]
    body = attack.body()
    if attack.method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _exchanged(port: int, request: bytes) -> bytes:
    """Send the request and return everything that is answered, however early that begins."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as sock:
        with suppress(ConnectionError):  # answered before all of it was read
            sock.sendall(request)
        with suppress(ConnectionError):
            while not _is_complete(received) and (block := sock.recv(65536)):
                received += block
    return received


def _is_complete(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: ([0-9]+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])
