"""The app, which tells with each response how much CPU it took, and how often the lab stopped it for its share.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

from __future__ import annotations

import signal
import time
from typing import Any, Final

import wsgi

STOPS: Final[list[int]] = []


def handler(event: dict[str, Any], context: Any) -> Any:
    """Respond as the app does, with headers for the CPU and time that took in ms, and how often it was stopped."""
    STOPS.clear()
    cpu, wall = time.process_time(), time.perf_counter()
    response = wsgi.handler(event, context)
    response["multiValueHeaders"]["X-Cpu-Ms"] = [f"{1000 * (time.process_time() - cpu):.3f}"]
    response["multiValueHeaders"]["X-Wall-Ms"] = [f"{1000 * (time.perf_counter() - wall):.3f}"]
    response["multiValueHeaders"]["X-Stops"] = [str(len(STOPS))]
    return response


# a stopped process gets this signal when it continues
signal.signal(signal.SIGCONT, lambda number, frame: STOPS.append(number))
