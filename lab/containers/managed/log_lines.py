"""The lines that Lambda writes into the log of a function on Managed Instances: always JSON.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-python-runtime.html and, for the records,
https://github.com/aws/aws-lambda-runtime-interface-emulator (internal/lambda-managed-instances/interop)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from lab.containers.environment import MANAGED
from lab.containers.report_line import InvocationReport


class ManagedReport(InvocationReport, frozen=True, kw_only=True):
    """An invocation on Managed Instances: without a bill of its own, because instances are paid by the hour."""

    @property
    def billed_ms(self) -> int:
        """Return 0."""
        return 0

    def line(self) -> str:
        """Return the report, which has neither billed duration nor memory."""
        metrics = {"durationMs": round(self.duration_ms, 3)}
        return platform_line("report", _with_status({"requestId": self.request_id, "metrics": metrics}, self))


def invocation_start_line(request_id: str, version: str) -> str:
    """Return the line that opens an invocation; lines of others may follow before its report."""
    return platform_line("start", {"requestId": request_id, "version": version})


def init_report_line(duration_ms: float, *, status: str, error_type: str = "") -> str:
    """Return the line that ends INIT, which belongs to no invocation."""
    record: dict[str, object] = {
        "initializationType": MANAGED,
        "phase": "init",
        "status": status,
        "metrics": {"durationMs": round(duration_ms, 3)},
    }
    return platform_line("initReport", record | ({"errorType": error_type} if error_type else {}))


def platform_line(kind: str, record: Mapping[str, object]) -> str:
    """Return one event of the platform as a line of JSON."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return msgspec.json.encode({"time": time, "type": f"platform.{kind}", "record": record}).decode()


def _with_status(record: dict[str, object], report: InvocationReport) -> dict[str, object]:
    named = {"errorType": report.error_type} if report.error_type else {}
    return {**record, "status": report.status or "success", **named}
