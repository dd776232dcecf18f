"""Experiment: the memory of the whole process for the largest inputs and results that it accepts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app import imaging, options
from app.core.config import Limits
from app.core.errors import ServiceError
from app.runtime.admission import BASE_MB
from bench.limits.large_images import ANIMATED, LONG_ANIMATION, LONG_FRAMES, STILL
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from measurement.figures import Figure, Spread, Target
from measurement.processes import clean_environment
from measurement.stamps import ROOT

MIB = 1024 * 1024
TARGET = Target(420)
# what is left for images of the default memory, and of the 30 seconds of a request
MAX_MEMORY_BYTES, MAX_CPU_S = (Limits().memory_mb - BASE_MB) * MIB, 29.0
RESULTS: tuple[Mapping[str, Any], ...] = (
    {"format": "jpeg"},
    {"format": "png"},
    {"format": "webp"},
    {"format": "webp", "lossless": "true"},
    {"format": "avif"},
    {"format": "gif"},
    {"format": "tiff"},
    {"format": "png", "rotate": 33},
    {"format": "jpeg", "blur": 20},
    {"format": "jpeg", "radius": "max", "pad": 100},
)
METHOD = (
    "Each in a fresh process: the app takes an upload and answers one `GET /resize` of it, with default settings "
    "except for a body as large as a source may be (32 MiB). The source is the largest of its kind, up to 50 MP, "
    "whose resize to 480 wide is not refused beforehand; or it is 2 MP of noise or a GIF of 60 frames, to the widest "
    "result that is not refused. Peak resident memory of the whole process."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure the largest source of each kind, and the largest result of each kind."""
    max_pixels, max_width = (2e6, 2000) if config.quick else (50e6, 8192)
    with TemporaryDirectory() as folder:
        path = Path(folder, "source")
        figures = [_largest_source(name, draw, max_pixels, path) for name, draw in {**STILL, **ANIMATED}.items()]
        path.write_bytes(STILL["noise PNG"](2e6))
        figures += [_largest_result(query, path, max_width) for query in RESULTS]
        path.write_bytes(LONG_ANIMATION())
        prefix = f"{LONG_FRAMES} frames, "
        formats = ("gif", "webp", "avif", "png")
        figures += [_largest_result({"format": name}, path, max_width // 4, prefix) for name in formats]
    return ExperimentResult(title="Limits", method=METHOD, figures=tuple(figures))


def _largest_source(name: str, draw: Callable[[float], bytes], pixels: float, path: Path) -> Figure:
    """Draw smaller and smaller images until one is accepted; the estimate tells how much smaller to draw."""
    query = {"width": 480}
    while True:
        data = draw(pixels)
        load = _load(data, query)
        if load <= 1:
            path.write_bytes(data)
            answer = _resize(path, query)
            if answer["status"] == "200":
                return _figure(f"{name} of {pixels / 1e6:.1f} MP", answer)
            load = 1.1
        pixels *= min(0.95, 0.98 / load)


def _largest_result(query: Mapping[str, Any], path: Path, max_width: int, prefix: str = "") -> Figure:
    for width in range(max_width, 0, -64):
        widened = {**query, "width": width, "upscale": "true"}
        if _load(path.read_bytes(), widened) <= 1:
            answer = _resize(path, widened)
            if answer["status"] == "200":
                return _figure(f"{prefix}to {' '.join(f'{name}={value}' for name, value in widened.items())}", answer)
    raise RuntimeError(f"no width is accepted for {query}")


def _load(data: bytes, query: Mapping[str, Any]) -> float:
    """Return the request's share of the limits by our own estimate: at most 1 when it is accepted."""
    if len(data) > Limits().max_source_bytes:
        return len(data) / Limits().max_source_bytes
    try:
        cost = imaging.prepare(data, options.parse(query.items()), Limits()).cost
    except ServiceError:
        return 1.05
    return max(cost.memory_bytes / MAX_MEMORY_BYTES, cost.cpu_s / MAX_CPU_S)


def _resize(path: Path, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the output of bench/limits/worker.py: the status and the peak of memory."""
    text = "&".join(f"{name}={value}" for name, value in query.items())
    command = [sys.executable, "-m", "bench.limits.worker", str(path), text]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{text} of {path}: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _figure(case: str, answer: Mapping[str, Any]) -> Figure:
    spread = Spread.of([answer["peak_bytes"] / MIB], digits=1)
    return Figure(case=case, measure="whole process", unit="MiB", spread=spread, target=TARGET)
