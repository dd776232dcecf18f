"""``wsgi.handler`` in a process of its own: reads one event a line, and answers each with one line of JSON."""

from __future__ import annotations

import json
import sys

import wsgi
from measurement.lambda_context import LambdaContext


def main() -> None:
    """Answer events until standard input ends."""
    for line in sys.stdin:
        answer = wsgi.handler(json.loads(line), LambdaContext())
        print(json.dumps({"status": answer["statusCode"], "bytes": len(answer["body"]), "body": answer["body"][:500]}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
