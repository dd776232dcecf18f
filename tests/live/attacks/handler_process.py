"""``wsgi.handler`` in a process of its own: reads one event a line, and answers each with one line of JSON.

As Lambda's runtime client does, it parses the event before the handler is called; ``cpu_s`` is what the handler takes.
"""

from __future__ import annotations

import json
import sys
import time

import wsgi
from measurement.lambda_context import LambdaContext


def main() -> None:
    """Answer events until standard input ends."""
    for line in sys.stdin:
        event = json.loads(line)
        begun = time.process_time()
        answer = wsgi.handler(event, LambdaContext())
        cpu_s = time.process_time() - begun
        body = answer["body"]
        print(json.dumps({"status": answer["statusCode"], "bytes": len(body), "body": body[:500], "cpu_s": cpu_s}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
