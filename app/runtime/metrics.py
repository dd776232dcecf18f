"""Metrics inside the log line of a request or event, in CloudWatch's embedded metric format.

CloudWatch extracts them from the log, so nothing is sent and no request waits. The format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from typing import Any, Final

NAMESPACE: Final = "Monolambda"
SERVICE: Final = "monolambda"
# per route, and once for all requests together: an alarm cannot search, it needs a single metric
PER_ROUTE: Final = ("service", "function", "route")
WHOLE: Final = ("service", "function")
# takes the place of the method in the route of a request
EVENT: Final = "EVENT "
UNITS: Final = (
    ("Requests", "Count"),
    ("Duration", "Milliseconds"),
    ("Errors", "Count"),
    ("SourceErrors", "Count"),
    ("ColdStarts", "Count"),
)


def document(
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

    Counts of zero are left out, because every metric that is sent within an hour is billed. Events count for
    their route only: nobody waits for them, and alarms are about what callers experience.
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
