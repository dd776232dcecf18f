"""One process, one event: ``python -P first_event.py EVENT RESULT``, with a package on PYTHONPATH.

Calls ``wsgi.handler`` as Lambda's runtime does and writes the body of its response. Imports nothing of the
benchmark, which the measured process does not have.
"""

import base64
import json
import os
import sys
from types import SimpleNamespace

# What the runtime passes beside the event.
CONTEXT = SimpleNamespace(aws_request_id="measured", get_remaining_time_in_millis=lambda: 29_000)


def main(source: str, result: str) -> None:
    """Import the package's handler, pass it the event, and write the body of the response."""
    with open(source, encoding="ascii") as file:
        event = json.load(file)
    from wsgi import handler

    response = handler(event, CONTEXT)
    if response["statusCode"] != 200 or not response["isBase64Encoded"]:
        raise RuntimeError(f"expected 200 and an image, received {str(response)[:500]}")
    with open(result, "wb") as file:
        file.write(base64.b64decode(response["body"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
    # Lambda never shuts an interpreter down in order, so that time is no part of a start
    os._exit(0)
