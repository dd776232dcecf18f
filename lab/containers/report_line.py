"""The lines that Lambda itself writes into a log: INIT_START, START, END, REPORT, INIT_REPORT, the timeout message.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime

import msgspec

from lab.account.function import REGION
from lab.traits import MIB


class InvocationReport(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one invocation; ``init_ms`` is set when it was a cold start.

    ``status`` is empty, ``timeout`` or ``error``, as Lambda writes it; ``error_type`` comes with ``error``.
    """

    request_id: str
    duration_ms: float
    memory_mb: int
    peak_bytes: int
    init_ms: float | None = None
    bill_init: bool = True
    status: str = ""
    error_type: str = ""

    @property
    def billed_ms(self) -> int:
        """Return the milliseconds on the bill, rounded up; since August 2025 INIT is among them.

        https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
        """
        return math.ceil(self.duration_ms + (self.init_ms or 0.0) * self.bill_init)

    @property
    def max_memory_mb(self) -> int:
        """Return the peak, at most the memory size: a function above it is killed."""
        return min(math.ceil(self.peak_bytes / MIB), self.memory_mb)

    def line(self) -> str:
        """Return the REPORT line."""
        fields = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.duration_ms:.2f} ms",
            f"Billed Duration: {self.billed_ms} ms",
            f"Memory Size: {self.memory_mb} MB",
            f"Max Memory Used: {self.max_memory_mb} MB",
            f"Init Duration: {self.init_ms:.2f} ms" if self.init_ms is not None else "",
            f"Status: {self.status}" if self.status else "",
            f"Error Type: {self.error_type}" if self.error_type else "",
        ]
        return "".join(f"{field}\t" for field in fields if field)


def init_start_line(runtime: str) -> str:
    """Return the line that opens INIT; ``runtime`` is ``python3.13``, or empty where the version is unknown.

    On AWS it names the build of the runtime, here that there is none.
    """
    version = f"{runtime.replace('python', 'python:') or 'unknown'}.lab"
    build = hashlib.sha256(version.encode()).hexdigest()
    return f"INIT_START Runtime Version: {version}\tRuntime Version ARN: arn:aws:lambda:{REGION}::runtime:{build}"


def start_line(request_id: str, version: str) -> str:
    """Return the line that opens an invocation."""
    return f"START RequestId: {request_id} Version: {version}"


def end_line(request_id: str) -> str:
    """Return the line that closes an invocation."""
    return f"END RequestId: {request_id}"


def init_report_line(duration_ms: float, *, phase: str, status: str, error_type: str = "") -> str:
    """Return the line of an INIT that failed; ``phase`` is ``init``, or ``invoke`` when it was retried."""
    error = f"\tError Type: {error_type}" if error_type else ""
    return f"INIT_REPORT Init Duration: {duration_ms:.2f} ms\tPhase: {phase}\tStatus: {status}{error}"


def timeout_line(request_id: str, timeout_s: float, now: datetime | None = None) -> str:
    """Return the line of an invocation that took too long."""
    return f"{timestamp(now)} {request_id} Task timed out after {timeout_s:.2f} seconds"


def timestamp(now: datetime | None = None) -> str:
    """Return a time in UTC as Lambda writes it, to the millisecond."""
    return f"{now or datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
