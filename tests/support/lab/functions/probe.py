"""A function that does what its event says; it runs in the lab's containers, never in the tests' own process."""

import base64
import json
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

Event = dict[str, Any]

LOADED = time.time()
SEEN: list[str] = []


def wait_for(path: str) -> None:
    """Wait for a file that the test makes, but not forever, so that a broken test ends."""
    for _ in range(2000):
        if Path(path).exists():
            return
        time.sleep(0.01)


def count_forever(path: str) -> None:
    with open(path, "a", buffering=1) as out:
        while True:
            out.write("x\n")
            time.sleep(0.001)


def do_echo(event: Event, context: Any) -> Any:
    return event.get("value")


def do_where(event: Event, context: Any) -> Any:
    SEEN.append(context.aws_request_id)
    return {
        "pid": os.getpid(),
        "temp": tempfile.gettempdir(),
        "seen": len(SEEN),
        "arn": context.invoked_function_arn,
        "version": context.function_version,
        "environment": sorted(os.environ),
        "client": context.client_context and context.client_context.custom,
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        "log_stream": context.log_stream_name,
    }


def do_hold(event: Event, context: Any) -> Any:
    Path(event["started"]).write_text(str(os.getpid()))
    wait_for(event["until"])
    return {"pid": os.getpid()}


def do_raise(event: Event, context: Any) -> Any:
    raise ValueError(event.get("text", "asked for"))


def do_exit(event: Event, context: Any) -> Any:
    os._exit(event.get("code", 3))


def do_wait(event: Event, context: Any) -> Any:
    time.sleep(event["seconds"])


def do_hang(event: Event, context: Any) -> Any:
    time.sleep(60)


def do_compute(event: Event, context: Any) -> Any:
    continued: list[int] = []
    signal.signal(signal.SIGCONT, lambda number, frame: continued.append(number))
    cpu, wall = time.process_time(), time.monotonic()
    while time.process_time() - cpu < event["cpu_s"]:
        sum(range(1000))
    return {"wall_s": time.monotonic() - wall, "stops": len(continued)}


def do_fill(event: Event, context: Any) -> Any:
    block = b"x" * (event["mb"] * 1024 * 1024)
    if event.get("hold"):
        time.sleep(30)
    return len(block)


def do_big(event: Event, context: Any) -> Any:
    return "x" * event["bytes"]


def do_later(event: Event, context: Any) -> Any:
    threading.Thread(target=count_forever, args=(event["path"],), daemon=True).start()
    return {"pid": os.getpid()}


def do_keep(event: Event, context: Any) -> Any:
    path = Path(tempfile.gettempdir(), "kept")
    before = path.exists()
    path.write_text("here")
    return {"before": before, "temp": str(path.parent)}


def do_write(event: Event, context: Any) -> Any:
    Path(event["path"]).write_text("x")


def do_print(event: Event, context: Any) -> Any:
    print("x" * event.get("bytes", 0) + event["text"])


def do_limit(event: Event, context: Any) -> Any:
    return resource.getrlimit(resource.RLIMIT_NOFILE)


def do_flaky(event: Event, context: Any) -> Any:
    attempts = Path(event["attempts"])
    with attempts.open("a") as out:
        out.write(context.aws_request_id + "\n")
    if len(attempts.read_text().splitlines()) <= event["failures"]:
        raise RuntimeError("not yet")
    return "at last"


def do_left(event: Event, context: Any) -> Any:
    return context.get_remaining_time_in_millis()


def handler(event: Any, context: Any) -> Any:
    return globals()["do_" + event["do"]](event, context)


def proxy(event: Any, context: Any) -> Any:
    """Respond to an HTTP event by echoing the body, unless the query says otherwise."""
    query = event.get("queryStringParameters") or {}
    if "do" in query:
        return globals()["http_" + query["do"]](event)
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/octet-stream"},
        "body": event.get("body") or "",
        "isBase64Encoded": event.get("isBase64Encoded", False),
    }


def http_event(event: Event) -> Any:
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(event)}


def http_cookies(event: Event) -> Any:
    if event.get("version") == "2.0":
        return {"statusCode": 201, "cookies": ["a=1", "b=2"], "headers": {"X-One": "1"}, "body": ""}
    return {"statusCode": 201, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "headers": {"X-One": "1"}}


def http_compute(event: Event) -> Any:
    return {"statusCode": 200, "body": json.dumps(do_compute({"cpu_s": 0.1}, None))}


def http_malformed(event: Event) -> Any:
    return {"status": 200}


def http_malformed_json(event: Event) -> Any:
    return {"statusCode": "none"}


def http_status(event: Event) -> Any:
    return {"statusCode": int(event["queryStringParameters"]["status"]), "body": "the function's own"}


def http_refuse(event: Event) -> Any:
    return {"statusCode": 401, "headers": {"WWW-Authenticate": 'Bearer realm="probe"'}, "body": ""}


def http_trace(event: Event) -> Any:
    return {"statusCode": 200, "body": os.environ["_X_AMZN_TRACE_ID"]}


def http_raise(event: Event) -> Any:
    raise ValueError("no")


def http_exit(event: Event) -> Any:
    os._exit(3)


def http_hang(event: Event) -> Any:
    time.sleep(60)


def http_hold(event: Event) -> Any:
    query = event["queryStringParameters"]
    do_hold(query, None)
    return {"statusCode": 200, "body": "held"}


def http_answer(event: Event) -> Any:
    body = event["body"]
    return json.loads(base64.b64decode(body) if event["isBase64Encoded"] else body)


def http_inject(event: Event) -> Any:
    return {"statusCode": 200, "headers": {"X-Bad": "a\r\nX-Injected: b"}, "body": ""}


print("loaded", file=sys.stderr)
