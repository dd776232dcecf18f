"""One process, one event: ``python -P first_event.py EVENT RESULT``, with a package on PYTHONPATH.

Calls ``wsgi.handler`` as Lambda's runtime does and writes the body of its response, or what it returns for an event
that is no request. Imports nothing of the benchmark, which the measured process does not have. With a third argument
it stays, for warm requests.
"""

import json
import os
import sys
import time
from base64 import b64decode
from types import SimpleNamespace

# What the runtime passes beside the event.
CONTEXT = SimpleNamespace(aws_request_id="measured", get_remaining_time_in_millis=lambda: 29_000)


def main(source: str, result: str) -> None:
    """Import the package's handler, pass it the event, and write what it responds."""
    with open(source, encoding="ascii") as file:
        event = json.load(file)
    from wsgi import handler

    response = handler(event, CONTEXT)
    if response.get("statusCode", response.get("status")) != 200:
        raise RuntimeError(f"expected 200, received {str(response)[:500]}")
    body = response["body"] if "body" in response else json.dumps(response)
    with open(result, "wb") as file:
        file.write(b64decode(body) if response.get("isBase64Encoded") else body.encode())


def work(source: str) -> None:
    """Answer each line ``loop COUNT`` with the CPU seconds of that many events, until standard input ends."""
    from wsgi import handler

    with open(source, encoding="ascii") as file:
        event = json.load(file)
    for line in sys.stdin:
        start = time.process_time()
        for _ in range(int(line.split()[1])):
            handler(event, CONTEXT)
        print(json.dumps({"cpu_s": time.process_time() - start}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
    if len(sys.argv) > 3:
        work(sys.argv[1])
    # Lambda never shuts an interpreter down in order, so that time is no part of a start
    os._exit(0)
