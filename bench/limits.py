"""Experiment: how much memory the whole process takes for the largest inputs and results that it accepts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.limits_sources import KINDS, LONG, LONG_FRAMES, MOVING
from bench.stand import Stand
from measurement.processes import clean_environment
from measurement.results import Experiment, Figure, Limit, Spread
from measurement.stamps import ROOT

MIB = 1024 * 1024
LIMIT = Limit(512)
# What app/runtime/admission.py leaves for images of MONOLAMBDA_MEMORY_MB=512, and of the 30 seconds of a request.
MEMORY, SECONDS = 384 * MIB, 29.0
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
    "Each in a fresh process: the app takes an upload and answers one `GET /resize` of it, with default settings but a "
    "body as large as a source may be (32 MiB). The source is the largest of its kind, up to 50 MP, whose resize to "
    "480 wide is not refused beforehand; or 2 MP of noise, or a GIF of 60 frames, to the widest result that is not. "
    "Peak resident memory of the whole process."
)


def run(stand: Stand) -> Experiment:
    """Measure the largest source of each kind, and the largest result of each kind."""
    most, widest = (2e6, 2000) if stand.quick else (50e6, 8192)
    with TemporaryDirectory() as folder:
        path = Path(folder, "source")
        sources = [_source(name, draw, most, path) for name, draw in {**KINDS, **MOVING}.items()]
        path.write_bytes(KINDS["noise PNG"](2e6))
        results = [_result(wanted, path, widest) for wanted in RESULTS]
        path.write_bytes(LONG())
        moving = f"{LONG_FRAMES} frames, "
        results += [_result({"format": name}, path, widest // 4, moving) for name in ("gif", "webp", "avif", "png")]
    figures = tuple(figure for part in (*sources, *results) for figure in part)
    return Experiment(title="Limits", method=METHOD, figures=figures)


def _source(name: str, draw: Callable[[float], bytes], pixels: float, path: Path) -> list[Figure]:
    """Draw smaller and smaller until it is accepted; the header tells beforehand how much smaller."""
    wanted = {"width": 480}
    while True:
        data = draw(pixels)
        share = _share(data, wanted)
        if share <= 1:
            path.write_bytes(data)
            found = _answered(path, wanted)
            if found["status"] == "200":
                return _figures(f"{name} of {pixels / 1e6:.1f} MP", found)
            share = 1.1
        pixels *= min(0.95, 0.98 / share)


def _result(wanted: Mapping[str, Any], path: Path, widest: int, kind: str = "") -> list[Figure]:
    for width in range(widest, 0, -64):
        asked = {**wanted, "width": width, "upscale": "true"}
        if _share(path.read_bytes(), asked) <= 1:
            found = _answered(path, asked)
            if found["status"] == "200":
                return _figures(f"{kind}to {' '.join(f'{name}={value}' for name, value in asked.items())}", found)
    raise RuntimeError(f"no width is accepted for {wanted}")


def _share(data: bytes, wanted: Mapping[str, Any]) -> float:
    """Return how many times over the limits the request is by our own estimate, at most 1 when it is accepted."""
    from app import imaging, options
    from app.config import Limits
    from app.errors import ServiceError

    if len(data) > Limits().max_source_bytes:
        return len(data) / Limits().max_source_bytes
    try:
        cost = imaging.prepare(data, options.parse(wanted.items()), Limits()).cost
    except ServiceError:
        return 1.05
    return max(cost.memory_bytes / MEMORY, cost.cpu_s / SECONDS)


def _answered(path: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    command = [sys.executable, "-m", "bench.limits_worker", str(path), query]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{query} of {path}: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _figures(case: str, found: Mapping[str, Any]) -> list[Figure]:
    spread = Spread.of([found["peak"] / MIB], digits=1)
    return [Figure(case=case, measure="whole process", unit="MiB", spread=spread, limit=LIMIT)]
