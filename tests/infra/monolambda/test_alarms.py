"""Alarms and the dashboard read the metrics that the app writes, and the launch checklist names every alarm."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from app.container import Container
from app.runtime import metrics
from app.runtime.log import Log
from infra.package.build import ROOT
from tests.infra.monolambda.resources import resources
from tests.support.door import ON_LAMBDA, Door
from tests.support.drawing import encoded, photo
from tests.support.emf import Metric, emitted_metrics
from tests.support.http_events import rest

PNG = encoded(photo(40, 30), "PNG")
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, and the same page of SQS and of Logs
METRICS_OF_AWS = {
    *(("AWS/Lambda", name) for name in ("Invocations", "Errors", "Throttles", "ConcurrentExecutions")),
    *(("AWS/Lambda", name) for name in ("AsyncEventsDropped", "DeadLetterErrors")),
    *(("AWS/SQS", name) for name in ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage")),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    *(("AWS/ApiGateway", name) for name in ("Count", "4XXError", "5XXError", "Latency")),
    ("AWS/Logs", "EMFValidationErrors"),
}

# namespace, metric name, names of the dimensions
MetricName = tuple[str, str, tuple[str, ...]]


@pytest.fixture
def written(make_container: Callable[..., Container]) -> set[Metric]:
    """Return the metrics of a function that starts cold, answers, fails, and has a source fail."""
    log = io.StringIO()
    # no secret, so that an upload cannot be stored
    container = make_container(
        platform=ON_LAMBDA, log=Log("info", stream=log), public=True, source_networks=("127.0.0.0/8",)
    )
    function = Door(container, log)
    assert function.http(rest("POST", "/upload", body=PNG)).status == 503
    assert function.http(rest("GET", "/resize", query="url=http://127.0.0.1:9/a.png")).status == 502
    return {metric for line in function.log() if "_aws" in line for metric in emitted_metrics(line)}


def _alarms() -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in resources().items() if each["Type"] == "AWS::CloudWatch::Alarm"}


def _watched() -> dict[str, set[MetricName]]:
    """Return the metrics that each alarm reads, and under "Dashboard" those that the dashboard shows."""
    found: dict[str, set[MetricName]] = {"Dashboard": set(_shown())}
    for name, alarm in _alarms().items():
        queries = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
        found[name] = {
            (each["Namespace"], each["MetricName"], tuple(dimension["Name"] for dimension in each["Dimensions"]))
            for each in queries or [alarm]
        }
    return found


def _shown() -> list[MetricName]:
    body = json.loads(resources()["Dashboard"]["Properties"]["DashboardBody"])
    return [_shown_metric(metric) for widget in body["widgets"] for metric in widget["properties"]["metrics"]]


def _shown_metric(metric: list[Any]) -> MetricName:
    """Read a metric of a widget, which is written out or is a search expression."""
    if isinstance(metric[0], dict):
        match = re.match(r"SEARCH\('\{([^}]+)\}.* MetricName=\"(\w+)\"'", metric[0]["expression"])
        assert match, metric
        namespace, *dimensions = match[1].split(",")
        return namespace, match[2], tuple(dimensions)
    return metric[0], metric[1], (metric[2],)


def test_alarms_and_dashboard_read_metrics_that_the_app_writes(written: set[Metric]) -> None:
    names = {(metric.namespace, metric.name, tuple(name for name, _ in metric.dimensions)) for metric in written}
    ours = {each for several in _watched().values() for each in several if not each[0].startswith("AWS/")}
    assert ours <= names
    # and no metric per route is written that nobody reads
    per_route = {each for each in names if "route" in each[2]}
    assert per_route == {each for each in ours if "route" in each[2]}
    assert {name for _, name, _ in per_route} == {name for name, _ in metrics.UNITS}


def test_metrics_of_aws_have_the_names_aws_gives_them() -> None:
    theirs = {each[:2] for several in _watched().values() for each in several if each[0].startswith("AWS/")}
    assert theirs == METRICS_OF_AWS


def test_alarms_read_values_and_units_that_the_app_writes(written: set[Metric]) -> None:
    for name in ("Faults", "Slow"):
        alarm = _alarms()[name]
        dimensions = tuple((each["Name"], each["Value"]) for each in alarm["Dimensions"])
        assert dimensions in {metric.dimensions for metric in written}
        units = {metric.unit for metric in written if metric.name == alarm["MetricName"]}
        assert alarm.get("Unit", next(iter(units))) in units


@pytest.mark.parametrize("name", list(_alarms()))
def test_every_alarm_notifies_somebody_and_is_in_the_launch_checklist(name: str) -> None:
    alarm = _alarms()[name]
    assert alarm["AlarmActions"] == ["${Alerts}"]
    assert alarm["TreatMissingData"] == "notBreaching"  # no traffic is no reason to wake anybody
    assert alarm["AlarmDescription"]
    assert f"`{name}`" in (ROOT / "docs" / "launch.md").read_text()


def test_every_line_of_the_launch_checklist_names_a_test_or_an_alarm() -> None:
    table = (ROOT / "docs" / "launch.md").read_text().partition("| before you launch")[2].partition("\n\n")[0]
    rows = [line.strip().strip("|").split(" | ") for line in table.splitlines()[2:]]
    assert len(rows) > 10
    for item, kept_by in rows:
        names = re.findall(r"`([^`]+)`", kept_by)
        assert names, item
        for name in names:
            assert (ROOT / name).is_file() if "/" in name else name in _alarms(), name
