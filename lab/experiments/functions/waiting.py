"""A function that waits, like one that calls a database: it needs no CPU, so that many can run at once."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

_TIMEOUT_S = 20.0
# stands for a slow import: seconds added to every cold start
time.sleep(float(os.environ.get("INIT_S", "0")))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Wait ``wait_s`` seconds."""
    time.sleep(event.get("wait_s", 0.0))
    return {"container": os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")}


def proxy(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Wait behind a gateway: ``?wait_s=0.1``."""
    query = event.get("queryStringParameters") or {}
    return {"statusCode": 200, "body": json.dumps(handler({"wait_s": float(query.get("wait_s", 0))}, context))}


def wsgi(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Wait as a WSGI app; with ``?together=8`` first until so many requests are in hand, counted for each ``time``."""
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    with _IN_HAND.one_more(int(query.get("together", 0)), query.get("time", "")) as most:
        handler({"wait_s": float(query.get("wait_s", 0))}, None)
        answer = {"process": os.getpid(), "in_hand": most()}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]


class _InHand:
    """Counts the requests that this process has in hand, each in a thread of its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._now = self._most = 0
        self._time = ""

    @contextmanager
    def one_more(self, together: int, time: str) -> Iterator[Callable[[], int]]:
        """Count one more, wait until there are as many as ``together``, and yield what tells the most this time."""
        with self._changed:
            if time != self._time:
                self._time, self._most = time, self._now
            self._now += 1
            self._most = max(self._most, self._now)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._most >= together, _TIMEOUT_S)
        try:
            yield lambda: self._most
        finally:
            with self._changed:
                self._now -= 1


_IN_HAND = _InHand()
