"""The platform's lines as JSON."""

from __future__ import annotations

import json

from lab.containers.managed.log_lines import init_report_line


def test_a_failed_init_names_its_error() -> None:
    line = json.loads(init_report_line(12.3456, status="error", error_type="Runtime.ExitError"))
    assert line["type"] == "platform.initReport"
    assert line["record"] == {
        "initializationType": "lambda-managed-instances",
        "phase": "init",
        "status": "error",
        "metrics": {"durationMs": 12.346},
        "errorType": "Runtime.ExitError",
    }
