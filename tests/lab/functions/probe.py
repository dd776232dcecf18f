"""A function that does what its event asks for; runs in the lab's containers, never in the tests' own process."""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

LOADED = time.time()
SEEN = []


def wait_for(path):
    """Wait until the test makes a file; give up after a while, so that a broken test ends."""
    for _ in range(2000):
        if Path(path).exists():
            return
        time.sleep(0.01)


def count_forever(path):
    with open(path, "a", buffering=1) as out:
        while True:
            out.write("x\n")
            time.sleep(0.001)


def do_echo(event, context):
    return event.get("value")


def do_where(event, context):
    SEEN.append(context.aws_request_id)
    return {
        "pid": os.getpid(),
        "temp": tempfile.gettempdir(),
        "seen": len(SEEN),
        "arn": context.invoked_function_arn,
        "version": context.function_version,
        "environment": sorted(os.environ),
        "client": context.client_context and context.client_context.custom,
    }


def do_hold(event, context):
    Path(event["started"]).write_text(str(os.getpid()))
    wait_for(event["until"])
    return {"pid": os.getpid()}


def do_raise(event, context):
    raise ValueError(event.get("text", "asked for"))


def do_exit(event, context):
    os._exit(event.get("code", 3))


def do_wait(event, context):
    time.sleep(event["seconds"])


def do_hang(event, context):
    time.sleep(60)


def do_fill(event, context):
    block = b"x" * (event["mb"] * 1024 * 1024)
    if event.get("hold"):
        time.sleep(30)
    return len(block)


def do_big(event, context):
    return "x" * event["bytes"]


def do_later(event, context):
    threading.Thread(target=count_forever, args=(event["path"],), daemon=True).start()
    return {"pid": os.getpid()}


def do_keep(event, context):
    path = Path(tempfile.gettempdir(), "kept")
    before = path.exists()
    path.write_text("here")
    return {"before": before, "temp": str(path.parent)}


def do_write(event, context):
    Path(__file__).with_name("written").write_text("x")


def do_print(event, context):
    print("x" * event.get("bytes", 0) + event["text"])


def do_flaky(event, context):
    attempts = Path(event["attempts"])
    with attempts.open("a") as out:
        out.write(context.aws_request_id + "\n")
    if len(attempts.read_text().splitlines()) <= event["failures"]:
        raise RuntimeError("not yet")
    return "at last"


def do_left(event, context):
    return context.get_remaining_time_in_millis()


def handler(event, context):
    return globals()["do_" + event["do"]](event, context)


def proxy(event, context):
    """Answer an HTTP event: the body is what came, unless a query says otherwise."""
    query = event.get("queryStringParameters") or {}
    if "do" in query:
        return globals()["http_" + query["do"]](event)
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/octet-stream"},
        "body": event.get("body") or "",
        "isBase64Encoded": event.get("isBase64Encoded", False),
    }


def http_event(event):
    import json

    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(event)}


def http_cookies(event):
    if event.get("version") == "2.0":
        return {"statusCode": 201, "cookies": ["a=1", "b=2"], "headers": {"X-One": "1"}, "body": ""}
    return {"statusCode": 201, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "headers": {"X-One": "1"}}


def http_malformed(event):
    return {"status": 200}


def http_raise(event):
    raise ValueError("no")


def http_hang(event):
    time.sleep(60)


def http_hold(event):
    query = event["queryStringParameters"]
    do_hold(query, None)
    return {"statusCode": 200, "body": "held"}


def http_inject(event):
    return {"statusCode": 200, "headers": {"X-Bad": "a\r\nX-Injected: b"}, "body": ""}


print("loaded", file=sys.stderr)
