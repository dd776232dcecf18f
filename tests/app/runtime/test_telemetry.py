from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.runtime.telemetry import Log, RouteStats, memory_mb


def add(stats: RouteStats, *milliseconds: float, route: str = "GET /") -> None:
    for duration in milliseconds:
        stats.add(route, duration / 1000, error=False, source_error=False)


@pytest.mark.parametrize(
    ("samples", "p50", "p95"),
    [
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([3, 1, 2], 2, 3),
        (range(1, 21), 10, 19),
        (range(1, 101), 50, 95),
        ([5] * 99 + [1000], 5, 5),
    ],
)
def test_percentiles_are_nearest_rank(samples: Any, p50: float, p95: float) -> None:
    stats = RouteStats()
    add(stats, *samples)
    found = stats.figures()["GET /"]
    assert (found.p50_ms, found.p95_ms, found.count) == (p50, p95, len(samples))


def test_only_the_latest_requests_make_the_percentiles() -> None:
    stats = RouteStats()
    add(stats, *[1000] * 600, *[1] * 512)
    found = stats.figures()["GET /"]
    assert (found.count, found.p95_ms) == (1112, 1)


def test_errors_and_source_errors_are_counted_separately() -> None:
    stats = RouteStats()
    for error, source_error in [(True, False), (False, True), (False, True), (False, False)]:
        stats.add("GET /resize", 0.001, error=error, source_error=source_error)
    add(stats, 1)
    found = stats.figures()
    assert list(found) == ["GET /", "GET /resize"]
    assert (found["GET /resize"].count, found["GET /resize"].errors, found["GET /resize"].source_errors) == (4, 1, 2)
    assert (found["GET /"].errors, found["GET /"].source_errors) == (0, 0)


def test_unknown_routes_do_not_fill_the_memory() -> None:
    stats = RouteStats()
    for n in range(5000):
        add(stats, 1, route=f"WORD{n} /resize")
    figures = stats.figures()
    assert len(figures) < 200
    assert sum(route.count for route in figures.values()) == 5000


def test_threads_lose_no_count() -> None:
    stats = RouteStats()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: add(stats, *range(500)), range(8)))
    assert stats.figures()["GET /"].count == 4000


def lines(level: str, *entries: tuple[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    stream = io.StringIO()
    log = Log(level, stream=stream)
    for at, fields in entries:
        log.write(at, fields)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object() -> None:
    assert lines("info", ("info", {"route": "/a\nb", "ms": {"total": 1.5}, "code": None, "é": "\ud800"})) == [
        {"level": "info", "route": "/a\nb", "ms": {"total": 1.5}, "code": None, "é": "\ud800"}
    ]


def test_values_without_a_json_form_are_written_as_text() -> None:
    assert lines("info", ("info", {"error": ValueError("broken")}))[0]["error"] == "broken"


@pytest.mark.parametrize(("level", "written"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_lines_below_the_level_are_left_out(level: str, written: int) -> None:
    assert len(lines(level, *[(at, {}) for at in ("debug", "info", "warning", "error")])) == written


def test_a_full_disk_below_the_log_fails_no_request() -> None:
    with open("/dev/full", "w") as stream, open(os.devnull, "w") as elsewhere:
        Log("info", stream=stream).write("info", {"event": "a request"})
        with pytest.raises(OSError, match="No space left"):
            stream.flush()
        os.dup2(elsewhere.fileno(), stream.fileno())  # so that it can be closed


def test_a_bug_is_written_with_its_traceback() -> None:
    stream = io.StringIO()
    try:
        raise KeyError("inner words")
    except KeyError as exc:
        Log("error", stream=stream).bug(exc, request_id="r")
    line = json.loads(stream.getvalue())
    assert (line["level"], line["event"], line["request_id"]) == ("error", "bug", "r")
    assert line["trace"].endswith("KeyError: 'inner words'\n")
    assert "test_telemetry.py" in line["trace"]


class Pieces(io.StringIO):
    """Keeps every write apart, as the operating system would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.flushed = 0

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return len(text)

    def flush(self) -> None:
        self.flushed = len(self.pieces)


def test_threads_do_not_write_into_each_others_lines() -> None:
    stream = Pieces()
    log = Log("info", stream=stream)
    threads = [threading.Thread(target=log.write, args=("info", {"n": n})) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(piece)["n"] for piece in stream.pieces) == [0, 1, 2, 3]
    assert all(piece.endswith("}\n") for piece in stream.pieces)
    assert stream.flushed == 4


def test_the_default_stream_is_the_current_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    Log("info").write("info", {"event": "x"})
    written = capsys.readouterr()
    assert (json.loads(written.err)["event"], written.out) == ("x", "")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_in_mebibytes() -> None:
    found = memory_mb()
    assert set(found) == {"used", "peak"}
    assert 5 < found["used"] <= found["peak"] + 1 < 10_000
