"""Metrics of one request or event inside its log line, in CloudWatch's embedded metric format.

CloudWatch takes them out of the log by itself, so nothing is sent and nobody waits. The format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from typing import Any, Final

NAMESPACE: Final = "Monolambda"
SERVICE: Final = "monolambda"
# per route, and once over all that somebody waits for: an alarm cannot search, it needs one metric
PER_ROUTE: Final = ("service", "function", "route")
WHOLE: Final = ("service", "function")
# what a route of an event begins with, where others have a method
EVENT: Final = "EVENT "
UNITS: Final = (
    ("Requests", "Count"),
    ("Duration", "Milliseconds"),
    ("Errors", "Count"),
    ("SourceErrors", "Count"),
    ("ColdStarts", "Count"),
)


def document(  # one request has that many facts
    function: str,
    route: str,
    *,
    now: float,
    seconds: float,
    error: bool = False,
    source_error: bool = False,
    cold: bool = False,
) -> dict[str, Any]:
    """Return the members to add to a log line; ``now`` is in Unix seconds.

    A count of nothing is left out: every metric that is sent within an hour is paid for. Events count for
    their route alone, since nobody waits for them and alarms tell of what callers meet.
    """
    counts = {"Requests": 1, "Errors": int(error), "SourceErrors": int(source_error), "ColdStarts": int(cold)}
    values = {"Duration": round(1000 * seconds, 3), **{name: count for name, count in counts.items() if count}}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(names) for names in ((PER_ROUTE,) if route.startswith(EVENT) else (PER_ROUTE, WHOLE))],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in UNITS if name in values],
    }
    metadata = {"Timestamp": round(1000 * now), "CloudWatchMetrics": [directive]}
    return {"_aws": metadata, "service": SERVICE, "function": function, "route": route, **values}
