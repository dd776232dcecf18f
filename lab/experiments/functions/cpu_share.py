"""The app limited to the share of a CPU that Lambda gives its memory setting.

At 1,769 MB a function has one vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
Where the kernel has no CPU clock per process (macOS) the app runs unhindered, and so does INIT everywhere, as on
Lambda: the app is loaded before the quota begins.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import wsgi

SHARE: Final = int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) / 1769
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
if sys.platform == "linux" and SHARE < 1:
    quota = Path(__file__).with_name("cpu_quota.py")
    subprocess.Popen([sys.executable, "-S", "-E", str(quota), str(os.getpid()), str(SHARE)])  # noqa: S603
