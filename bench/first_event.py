"""One process, one event: ``python -P bench/first_event.py EVENT RESULT``, with a package on PYTHONPATH.

Calls ``wsgi.handler`` as Lambda's runtime does, and writes the body of the answer. Imports nothing of
the bench, which the process that is measured does not have.
"""

import base64
import json
import os
import sys


class Context:
    """What the runtime passes beside the event."""

    aws_request_id = "11111111-2222-4333-8444-555555555555"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return 29_000


def main(source: str, result: str) -> None:
    """Import the package's handler, hand it the event, and write what it answered."""
    with open(source, encoding="ascii") as file:
        event = json.load(file)
    from wsgi import handler

    answer = handler(event, Context())
    if answer["statusCode"] != 200 or not answer["isBase64Encoded"]:
        raise RuntimeError(f"expected 200 and an image, received {str(answer)[:500]}")
    with open(result, "wb") as file:
        file.write(base64.b64decode(answer["body"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
    # a container is never unwound: what that takes is no part of a start
    os._exit(0)
