"""``/metrics``: the figures of this process in the text format of Prometheus, for servers.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from flask import Blueprint, Response

from app.core.config import MIB
from app.core.errors import NotFound
from app.runtime import allocator
from app.views import current_request

if TYPE_CHECKING:
    from app.container import Container

_MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_QUANTILES: Final = {"p50_ms": "0.5", "p95_ms": "0.95"}


class _Metric(msgspec.Struct, frozen=True):
    """One metric: its help text, and the value of each set of labels."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    values: Sequence[tuple[Mapping[str, str], float]]


def blueprint(container: Container) -> Blueprint:
    """Return the route ``/metrics``."""
    bp = Blueprint("prometheus", __name__)

    @bp.get("/metrics")
    def show() -> Response:
        """Return counts and gauges; the label ``container`` tells processes on one port apart."""
        container.access.require_full(current_request.grant(container.access), "GET /metrics")
        if container.platform.mode == "lambda":
            raise NotFound("a scraper would meet another container each time; on Lambda the metrics are in CloudWatch")
        text = "".join(_lines(metric, container.id) for metric in _metrics(container))
        return Response(text, content_type=_MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    return bp


def _lines(metric: _Metric, container_id: str) -> str:
    name = f"monolambda_{metric.name}"
    head = f"# HELP {name} {metric.help}\n# TYPE {name} {metric.kind}\n"
    samples = [(_labels({"container": container_id, **labels}), value) for labels, value in metric.values]
    return head + "".join(f"{name}{{{labels}}} {_number(value)}\n" for labels, value in samples)


def _number(value: float) -> str:
    """Return every digit: a counter that is rounded stands still."""
    return str(int(value)) if value == int(value) else repr(value)


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _metrics(container: Container) -> Iterator[_Metric]:
    health = msgspec.to_builtins(container.services.health.report())
    yield from _of_routes(container)
    refused = container.rate_limit.refused if container.rate_limit else 0
    yield _single("rate_limited_total", "counter", "Requests refused by the rate limit.", refused)
    yield _single("storage_up", "gauge", "1 while the storage takes a write.", health["storage"]["ok"])
    yield _single("storage_failures_total", "counter", "Results that could not be kept.", health["storage"]["failures"])
    yield _single("cache_hits_total", "counter", "Results found in memory.", health["cache"]["hits"])
    yield _single("cache_misses_total", "counter", "Results not found in memory.", health["cache"]["misses"])
    yield _single("cache_bytes", "gauge", "Bytes of results in memory.", health["cache"]["bytes"])
    opened = [({"pool": name}, stats["opened"]) for name, stats in health["pools"].items()]
    yield _Metric("connections_opened_total", "counter", "Connections opened, by pool.", opened)
    memory = [({"kind": name}, value * MIB) for name, value in allocator.memory_mb().items()]
    yield _Metric("memory_bytes", "gauge", "Resident memory, now and at its peak.", memory)


def _of_routes(container: Container) -> Iterator[_Metric]:
    figures = container.telemetry.routes.figures()
    for name, text, field in (
        ("requests_total", "Requests answered, by route.", "count"),
        ("errors_total", "Failures of ours, by route.", "errors"),
        ("source_errors_total", "Failures of URL sources, by route.", "source_errors"),
    ):
        values = [({"route": route}, getattr(each, field)) for route, each in figures.items()]
        yield _Metric(name, "counter", text, values)
    durations = [
        ({"route": route, "quantile": quantile}, getattr(each, field) / 1000)
        for route, each in figures.items()
        for field, quantile in _QUANTILES.items()
    ]
    yield _Metric("request_duration_seconds", "gauge", "Quantiles of recent durations, by route.", durations)


def _single(name: str, kind: Literal["counter", "gauge"], text: str, value: float) -> _Metric:
    return _Metric(name, kind, text, [({}, value)])
