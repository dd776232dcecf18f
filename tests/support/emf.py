"""Reads log lines in CloudWatch's embedded metric format (EMF), and fails where CloudWatch would refuse them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
"""

from __future__ import annotations

from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec

# AWS has documented two limits; this is the lower one
MAX_BYTES = 256 * 1024
UNITS = {"Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Percent", "Count", "None"}
NAME = {"type": "string", "minLength": 1, "maxLength": 255}
METRIC = {"type": "object", "required": ["Name"], "properties": {"Name": NAME, "Unit": {"enum": sorted(UNITS)}}}
DIRECTIVE = {
    "type": "object",
    "required": ["Namespace", "Dimensions", "Metrics"],
    "additionalProperties": False,
    "properties": {
        "Namespace": NAME,
        "Dimensions": {"type": "array", "minItems": 1, "items": {"type": "array", "maxItems": 9, "items": NAME}},
        "Metrics": {"type": "array", "maxItems": 100, "items": METRIC},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {"type": "array", "items": DIRECTIVE},
            },
        }
    },
}


class Metric(msgspec.Struct, frozen=True):
    """One value as CloudWatch stores it."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]
    value: float


def emitted_metrics(line: dict[str, Any]) -> list[Metric]:
    """Return the metrics that CloudWatch reads from a log line; fail if it would refuse one."""
    jsonschema.validate(line, SCHEMA)
    assert len(msgspec.json.encode(line)) <= MAX_BYTES
    return [
        Metric(
            directive["Namespace"],
            metric["Name"],
            metric.get("Unit", "None"),
            tuple((name, _dimension(line[name])) for name in names),
            _number(line[metric["Name"]]),
        )
        for directive in line["_aws"]["CloudWatchMetrics"]
        for names in directive["Dimensions"]
        for metric in directive["Metrics"]
    ]


def _dimension(value: object) -> str:
    assert isinstance(value, str)
    assert value.isascii()
    assert 1 <= len(value) <= 1024
    assert value.strip()
    assert not value.startswith(":")
    return value


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    assert not isinstance(value, bool)
    return value
