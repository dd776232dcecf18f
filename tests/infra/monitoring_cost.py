"""What monitoring a stage sends to CloudWatch: metrics, and bytes of log per request.

``python -m tests.infra.monitoring_cost`` runs the handler as Lambda does, on every route, and prints what
``docs/cost.md`` says.
"""

from __future__ import annotations

import io
import re
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median
from uuid import uuid4

import msgspec

from app.container import Container
from app.core.config import Settings
from app.runtime.log import Log
from infra.deploy.access_log import FORMAT
from infra.template import Resolver, load
from lab.containers.report_line import InvocationReport, end_line, start_line
from tests.support.aws_events import keep_warm
from tests.support.door import ON_LAMBDA, Door
from tests.support.drawing import encoded, photo
from tests.support.emf import emitted_metrics
from tests.support.http_events import rest

PHOTO = encoded(photo(320, 240), "JPEG")
NO_IMAGE = b"no image"


class MonitoringUse(msgspec.Struct, frozen=True):
    """What CloudWatch counts: of a stage with only healthy requests, and when every route failed once as well.

    ``log_bytes`` are of one request: the app's line, Lambda's three, and that of API Gateway's access log.
    """

    routes: int
    healthy_metrics: int
    most_metrics: int
    log_bytes: int
    alarms: int


def measure() -> MonitoringUse:
    """Use the routes once, with a path that matches none, and count."""
    text = io.StringIO()
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(storage=str(Path(directory)), secret="s" * 32, public=True)
        with closing(Container(settings, ON_LAMBDA, log=Log("info", stream=text))) as container:
            door = Door(container, text)
            door(keep_warm())  # which pays for the cold start
            uploaded = door.http(rest("POST", "/upload", body=PHOTO, headers={"Content-Type": "image/jpeg"}))
            image = uploaded.json["images"][0]["id"]
            for method, path, query in (
                *(("GET", path, "") for path in ("/", "/healthz", "/status", "/docs", "/nothing")),
                ("GET", "/resize", f"id={image}&width=80"),
                ("GET", "/info", f"id={image}"),
                ("GET", "/srcset", f"id={image}&widths=80,160"),
                ("GET", f"/images/{image}", ""),
                ("GET", f"/images/{image}/original", ""),
                ("GET", f"/images/{image}/delete", ""),
                ("POST", "/resize", "width=80"),
                ("POST", "/info", ""),
                ("DELETE", f"/images/{image}", ""),
            ):
                body = PHOTO if method == "POST" else b""
                door.http(rest(method, path, query=query, body=body, headers={"Content-Type": "image/jpeg"}))
            lines = [line for line in door.log() if "_aws" in line]
    metrics = {(each.name, each.dimensions) for line in lines for each in emitted_metrics(line)}
    routes = {value for _, dimensions in metrics for name, value in dimensions if name == "route"}
    requests = [line for line in lines if not str(line.get("route", "")).startswith("EVENT")]
    resources = Resolver(load(), {"Stage": "dev", "Bucket": "images", "DeployBucket": "deploy"}).resources()
    alarms = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    return MonitoringUse(
        routes=len(routes),
        healthy_metrics=len(metrics),
        most_metrics=5 * (len(routes) + 1),
        log_bytes=round(median(len(msgspec.json.encode(line)) for line in requests)) + _of_the_platform(),
        alarms=sum(max(1, sum("MetricStat" in query for query in alarm.get("Metrics", []))) for alarm in alarms),
    )


def _of_the_platform() -> int:
    """Return the bytes of the lines that Lambda and API Gateway write about a request."""
    request_id = str(uuid4())
    report = InvocationReport(request_id=request_id, duration_ms=123.45, memory_mb=1769, peak_bytes=150 * 2**20)
    lines = (start_line(request_id, "$LATEST"), end_line(request_id), report.line(), _filled_in())
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html: 26 bytes a line
    return sum(len(line) + 26 for line in lines) + 26


def _filled_in() -> str:
    """Return the access log's line with values as long as those of a request."""
    values = {"requestId": "i" * 36, "extendedRequestId": "e" * 16, "requestTime": "26/Nov/2026:12:00:00 +0000"}
    values |= {
        "identity.sourceIp": "203.0.113.9",
        "path": "/dev/resize",
        "httpMethod": "GET",
        "responseLength": "51234",
    }
    return re.sub(r"\$context\.([\w.]+)", lambda found: values.get(found[1], "123"), FORMAT)


if __name__ == "__main__":
    print(measure())
