"""The figures of a process as Prometheus reads them."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from tests.support import drawing
from tests.support.door import Door
from tests.support.http_client import KEY_HASH, KEYED, problem, put
from tests.support.http_events import rest

# https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
SAMPLE = re.compile(r'([a-z_]+)\{([a-z]+="(?:[^"\\\\]|\\\\.)*"(?:,[a-z]+="(?:[^"\\\\]|\\\\.)*")*)\} (-?[0-9.e+-]+)')


def samples(text: str) -> dict[tuple[str, str], float]:
    """Return the value of each sample by its name and its labels, ``container`` left out; every line must be right."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            labels = ",".join(part for part in match[2].split(",") if not part.startswith("container="))
            found[match[1], labels] = float(match[3])
    return found


def test_requests_are_counted_by_route(http: FlaskClient) -> None:
    stored = put(http, drawing.encoded(drawing.photo(80, 60), "JPEG"))
    for _ in range(3):
        assert http.get(f"/resize?id={stored}&w=40").status_code == 200
    answer = http.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    found = samples(answer.text)
    assert found["monolambda_requests_total", 'route="GET /resize"'] == 3
    assert found["monolambda_cache_hits_total", ""] == 2
    assert found["monolambda_storage_up", ""] == 1
    assert found["monolambda_errors_total", 'route="GET /resize"'] == 0
    assert found["monolambda_request_duration_seconds", 'route="GET /resize",quantile="0.95"'] > 0
    assert found["monolambda_memory_bytes", 'kind="used"'] > 1_000_000


def test_a_figure_has_every_digit(http: FlaskClient) -> None:
    """One that is rounded to six stands still from a million on."""
    large = drawing.encoded(drawing.noise(800, 600), "PNG")
    answer = http.get(f"/resize?id={put(http, large)}&width=790")
    kept = http.get("/status").get_json()["cache"]["bytes"]
    assert kept > len(answer.data) > 1_000_000
    assert samples(http.get("/metrics").text)["monolambda_cache_bytes", ""] == kept


def test_every_metric_has_help_and_a_type(http: FlaskClient) -> None:
    text = http.get("/metrics").text
    names = {name for name, _ in samples(text)}
    assert names <= set(re.findall(r"^# HELP (\S+) \S", text, re.MULTILINE))
    assert names <= set(re.findall(r"^# TYPE (\S+) (?:counter|gauge)$", text, re.MULTILINE))
    counters = set(re.findall(r"^# TYPE (\S+) counter$", text, re.MULTILINE))
    assert {name for name in names if name.endswith("_total")} == counters & names


def test_a_method_that_a_caller_made_up_breaks_no_line(http: FlaskClient) -> None:
    http.open("/nowhere", method='A"B')
    assert samples(http.get("/metrics").text)


def test_strangers_get_no_figures(client: Callable[..., FlaskClient]) -> None:
    http = client(api_keys=(KEY_HASH,))
    problem(http.get("/metrics"), 401, "unauthorized")
    assert http.get("/metrics", headers=KEYED).status_code == 200


def test_on_lambda_it_says_where_the_metrics_are(door: Callable[..., Door]) -> None:
    answer = door().http(rest("GET", "/metrics"))
    assert answer.status == 404
    assert "CloudWatch" in answer.json["detail"]
