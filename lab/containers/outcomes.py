"""The outcome of an invocation, and Lambda's wording for the ways it can fail."""

from __future__ import annotations

from typing import Final

import msgspec

from lab.containers.report_line import InvocationReport
from lab.containers.runtime_api import TOO_LARGE, Reply
from lab.errors import Failure, Timeout

OUT_OF_MEMORY: Final = "Runtime.OutOfMemory"
EXIT_ERROR: Final = "Runtime.ExitError"
TIMED_OUT: Final = "Sandbox.Timedout"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of an invocation, and its error type when that is an error.

    ``log_tail`` is the last 4 KB that this invocation logged. ``cpu_ms`` is the CPU that it used until its reply, where
    the kernel tells; ``waited_ms`` is how long it waited for a core, in a lab that holds it to its share.
    """

    request_id: str
    payload: bytes
    error_type: str
    report: InvocationReport
    version: str
    container: str
    cold: bool
    log_tail: bytes
    cpu_ms: float = 0.0
    waited_ms: float = 0.0


def timed_out(request_id: str, timeout_s: float) -> Reply:
    """Return the reply to an invocation that took too long."""
    return _platform_error(request_id, TIMED_OUT, f"Task timed out after {timeout_s:.2f} seconds")


def exited(request_id: str, how: str, killed_for: str) -> Reply:
    """Return the reply to an invocation during which the process ended."""
    return _platform_error(request_id, killed_for or EXIT_ERROR, how)


def init_status(failure: Failure, killed_for: str) -> tuple[str, str]:
    """Return Status and Error Type of an INIT that failed."""
    if isinstance(failure, Timeout):
        return "timeout", ""
    return "error", getattr(failure, "error_type", killed_for or EXIT_ERROR)


def report_status(reply: Reply, status: str) -> tuple[str, str]:
    """Return Status and Error Type for the REPORT line; both are empty when the function itself raised."""
    if reply.error_type == TOO_LARGE:
        # the runtime client exits when its response is refused
        return "error", EXIT_ERROR
    return status, reply.error_type if status == "error" else ""


def _platform_error(request_id: str, error_type: str, message: str) -> Reply:
    body = {"errorType": error_type, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    return Reply(msgspec.json.encode(body), error_type)
