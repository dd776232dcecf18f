"""Clients that send requests at once, each over a connection that it keeps, and note every answer that is wrong."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from itertools import chain
from typing import Final

import msgspec

from bench.load.mix import Call

CLIENTS: Final = 4
_PATIENCE_S: Final = 30.0


class AnsweredCall(msgspec.Struct, frozen=True):
    """One request that was no attack: its milliseconds, and what was wrong with its answer."""

    ms: float
    error: str = ""


def send_all(port: int, prefix: str, calls: Sequence[Call]) -> list[AnsweredCall]:
    """Send the calls, shared among the clients; return the outcomes of those that were no attacks."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = [calls[number::CLIENTS] for number in range(CLIENTS)]
        return list(chain.from_iterable(pool.map(lambda share: _client(port, prefix, share), shares)))


def _client(port: int, prefix: str, calls: Sequence[Call]) -> list[AnsweredCall]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)) as connection:
        outcomes = []
        for call in calls:
            if call.attack:
                _attack(port, call.attack)
            else:
                outcomes.append(_outcome(connection, prefix, call))
        return outcomes


def _outcome(connection: HTTPConnection, prefix: str, call: Call) -> AnsweredCall:
    began = time.perf_counter()
    try:
        connection.request(call.method, prefix + call.path, call.body or None)
        answer = connection.getresponse()
        body = answer.read()
        wrong = answer.status != call.status
        error = f"{call.method} {call.path}: expected {call.status}, received {answer.status} {body[:200]!r}"
    except (OSError, HTTPException) as exc:
        connection.close()
        wrong, error = True, f"{call.method} {call.path}: {exc!r}"
    return AnsweredCall(1000 * (time.perf_counter() - began), error if wrong else "")


def _attack(port: int, data: bytes) -> None:
    """Send the bytes, look at the beginning of an answer, and hang up."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2) as sock:
        sock.sendall(data)
        sock.recv(1024)
