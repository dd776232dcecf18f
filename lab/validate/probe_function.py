"""The function that is probed: it reports facts about its container, and fails in the way that it is asked to.

Deploy this file alone: it imports nothing but the standard library of Python 3.11 or newer. It reports the names
of environment variables, and the values only of those that are no secret.
"""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Event = dict[str, Any]

# raised with every change of what an action does or reports
VERSION = 1
CONTAINER = os.urandom(8).hex()
_TICK_S = 0.01
_SHOWN = (
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "LANG",
    "TZ",
)
_DIRECTORIES = ("/", "/dev/shm", "/tmp", "/var/tmp")  # noqa: S108
_seen: list[str] = []
_ticks: list[float] = []


def handler(event: Event, context: Any) -> Any:
    """Do what the event asks for; HTTP requests ask in the query."""
    if "requestContext" in event:
        query = event.get("queryStringParameters") or {}
        return _HTTP[query.get("do", "event")](event)
    _seen.append(context.aws_request_id)
    if event.get("mark"):
        Path(tempfile.gettempdir(), event["mark"]).touch()
    return _ACTIONS[event["do"]](event, context)


def _facts(event: Event, context: Any) -> Any:
    return {
        "probe": VERSION,
        "environment": sorted(os.environ),
        "values": {name: os.environ.get(name) for name in _SHOWN},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "runtime_client": getattr(sys.modules.get("awslambdaric"), "__version__", ""),
        "temp": tempfile.gettempdir(),
        "temp_bytes": _size(tempfile.gettempdir()),
        "writable": [path for path in _DIRECTORIES if os.access(path, os.W_OK)],
        "package_writable": os.access(Path(__file__).parent, os.W_OK),
        "semaphores": _has_semaphores(),
        "context": _context(context),
    }


def _context(context: Any) -> dict[str, Any]:
    names = ("function_name", "function_version", "memory_limit_in_mb", "log_group_name", "log_stream_name")
    client = context.client_context
    return {
        **{name: getattr(context, name, None) for name in names},
        "invoked_function_arn": context.invoked_function_arn,
        "aws_request_id": context.aws_request_id,
        "has_identity": hasattr(context, "identity"),
        "client": client.custom if client else None,
        "remaining_ms": [context.get_remaining_time_in_millis(), _later(context)],
    }


def _later(context: Any) -> int:
    time.sleep(0.05)
    return int(context.get_remaining_time_in_millis())


def _size(path: str) -> int:
    size = os.statvfs(path)
    return size.f_frsize * size.f_blocks


def _has_semaphores() -> bool:
    try:
        multiprocessing.get_context("fork").Lock()
    except OSError:
        return False
    return True


def _state(event: Event, context: Any) -> Any:
    """Return what this container remembers, and keep it busy for as long as the event says."""
    ticks = len(_ticks)
    if event.get("ticks"):
        threading.Thread(target=_tick, args=(event["ticks"],), daemon=True).start()
    time.sleep(event.get("seconds", 0))
    return {
        "container": CONTAINER,
        "request_id": context.aws_request_id,
        "seen": _seen,
        "ticks": ticks,
        "marks": [path.name for path in Path(tempfile.gettempdir()).glob("probe-*")],
    }


def _tick(count: int) -> None:
    for _ in range(count):
        _ticks.append(time.monotonic())
        time.sleep(_TICK_S)


def _raise(event: Event, context: Any) -> Any:
    raise ValueError("as the event asked")


def _exit(event: Event, context: Any) -> Any:
    os._exit(3)


def _sleep(event: Event, context: Any) -> Any:
    time.sleep(event["seconds"])


def _fill(event: Event, context: Any) -> Any:
    """Take more memory than the function has, in steps, so that the platform sees it grow."""
    blocks = []
    for _ in range(2 * int(context.memory_limit_in_mb) // 16):
        blocks.append(b"x" * (16 * 1024 * 1024))
        time.sleep(0.005)
    time.sleep(1)
    return len(blocks)


def _print(event: Event, context: Any) -> Any:
    print("x" * event["bytes"])


_ACTIONS: dict[str, Callable[[Event, Any], Any]] = {
    "facts": _facts,
    "state": _state,
    "raise": _raise,
    "exit": _exit,
    "sleep": _sleep,
    "fill": _fill,
    "print": _print,
    "length": lambda event, context: len(event["text"]),
    "answer": lambda event, context: "x" * (event["bytes"] - 2),
}


def _http_event(event: Event) -> Any:
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(event)}


def _http_echo(event: Event) -> Any:
    body = event.get("body") or ""
    encoded = body if event.get("isBase64Encoded") else base64.b64encode(body.encode()).decode()
    headers = {"Content-Type": "application/octet-stream"}
    return {"statusCode": 200, "headers": headers, "body": encoded, "isBase64Encoded": True}


def _http_headers(event: Event) -> Any:
    names = ("Authorization", "Connection", "Date", "Server", "Via", "WWW-Authenticate", "X-Other")
    cookies = ["a=1", "b=2"]
    several = {"cookies": cookies} if event.get("version") == "2.0" else {"multiValueHeaders": {"Set-Cookie": cookies}}
    return {"statusCode": 200, "headers": dict.fromkeys(names, "probe"), "body": "", **several}


def _http_raise(event: Event) -> Any:
    raise ValueError("as the request asked")


_HTTP: dict[str, Callable[[Event], Any]] = {
    "event": _http_event,
    "echo": _http_echo,
    "headers": _http_headers,
    "raise": _http_raise,
    "plain": lambda event: {"plain": "JSON"},
}
