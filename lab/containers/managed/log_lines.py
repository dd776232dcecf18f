"""The lines that Lambda writes into the log of a function on Managed Instances: always JSON.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-python-runtime.html and, for the records,
https://github.com/aws/aws-lambda-runtime-interface-emulator (internal/lambda-managed-instances/interop)
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from lab.containers.environment import MANAGED
from lab.containers.report_line import InvocationReport, timestamp


class ManagedReport(InvocationReport, frozen=True, kw_only=True):
    """An invocation on Managed Instances: without a bill of its own, because instances are paid by the hour."""

    @property
    def billed_ms(self) -> int:
        """Return 0."""
        return 0

    def line(self) -> str:
        """Return the report, which has neither billed duration nor memory."""
        metrics = {"durationMs": round(self.duration_ms, 3)}
        record = {"requestId": self.request_id, "metrics": metrics, "status": self.status or "success"}
        return _platform_line("report", record | _error(self.error_type))


def invocation_start_line(request_id: str, version: str) -> str:
    """Return the line that opens an invocation; lines of others may follow before its report."""
    return _platform_line("start", {"requestId": request_id, "version": version})


def init_report_line(duration_ms: float, *, status: str, error_type: str = "") -> str:
    """Return the line that ends INIT, which belongs to no invocation."""
    record: dict[str, object] = {
        "initializationType": MANAGED,
        "phase": "init",
        "status": status,
        "metrics": {"durationMs": round(duration_ms, 3)},
    }
    return _platform_line("initReport", record | _error(error_type))


def _platform_line(kind: str, record: Mapping[str, object]) -> str:
    """Return one event of the platform as a line of JSON."""
    return msgspec.json.encode({"time": timestamp(), "type": f"platform.{kind}", "record": record}).decode()


def _error(error_type: str) -> dict[str, object]:
    return {"errorType": error_type} if error_type else {}
