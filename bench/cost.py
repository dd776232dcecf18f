"""Experiment: what the cost model says before decoding beside what it then takes, for the worst content."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
from PIL import Image

from bench.measure import clean_environment
from bench.results import Experiment, Figure, Limit, Spread
from bench.setup import ROOT
from bench.stand import Stand

MIB = 1024 * 1024
# Said over taken: never under by more than a fifth.
UNDER = Limit(1 / 1.2, "at least")
METHOD = (
    "Noise, which costs every codec most, in a fresh process per row: CPU time and memory over the loaded process, as "
    "estimated from header and options and as measured; their ratio must not be below 1/1.2."
)
ID = "0" * 32


class Case(msgspec.Struct, frozen=True):
    """One row: a source, and options for it."""

    source: str
    wanted: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return the row's words."""
        shown = {name: "…" if name == "watermark" else value for name, value in self.wanted.items()}
        return f"{self.source} → " + " ".join(f"{name}={value}" for name, value in shown.items())


_FORMATS = ("jpeg", "png", "webp", "avif", "gif", "tiff")
_STEPS: tuple[dict[str, Any], ...] = (
    {"brightness": 1.5},
    {"pixelate": 2},
    {"blur": 20},
    {"sharpen": 2},
    {"radius": "max"},
    {"pad": 500},
    {"rotate": 33},
    {"rotate": 90},
    {"trim": 10},
    {"watermark": ID, "watermark_scale": 1},
    {"fit": "cover", "width": 900, "height": 900, "gravity": "attention"},
    {"fit": "cover", "width": 900, "height": 900, "gravity": "entropy"},
)
CASES = (
    *(Case("rgb.jpg", {"format": name}) for name in _FORMATS),
    *(Case("rgba.png", {"format": name}) for name in _FORMATS),
    *(Case(source, {"width": 600}) for source in ("rgb.webp", "rgba.webp", "rgb.avif", "rgb.tif", "rgb.bmp", "p.gif")),
    *(Case(source, {"width": 480}) for source in ("progressive.jpg", "cmyk.jpg", "rgb16.png", "p.png")),
    *(Case("rgb.jpg", {"format": "jpeg", **step}) for step in _STEPS),
    *(Case("rgba.png", {"format": "png", **step}) for step in _STEPS),
    Case("rgb.jpg", {"format": "webp", "lossless": True}),
    Case("rgba.png", {"format": "webp", "lossless": True, "width": 800}),
    Case("rgb.jpg", {"format": "jpeg", "max_bytes": 400_000, "width": 1000}),
    Case("rgb.jpg", {"format": "webp", "max_bytes": 400_000, "width": 1000}),
    Case("rgb.jpg", {"format": "avif", "max_bytes": 150_000, "width": 500}),
    *(Case("moving.gif", {"format": name}) for name in ("gif", "webp", "png", "avif")),
    Case("moving.gif", {"format": "gif", "brightness": 2, "blur": 3}),
    Case("moving.webp", {"format": "webp", "page": 5, "frames": 3}),
)


def run(stand: Stand) -> Experiment:
    """Measure every row once; it is the estimate that is judged, not the machine."""
    with TemporaryDirectory() as folder:
        sources = _sources(Path(folder), side=800 if stand.quick else 2000)
        figures = tuple(figure for case in CASES for figure in _measure(case, sources))
    return Experiment(title="Cost model", method=METHOD, figures=figures)


def _measure(case: Case, sources: Path) -> Iterator[Figure]:
    mark = str(sources / "rgba.png") if "watermark" in case.wanted else ""
    wanted = json.dumps({name: str(value).lower() for name, value in case.wanted.items()})
    command = [sys.executable, "-m", "bench.cost_worker", str(sources / case.source), wanted, mark]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True)
    took = json.loads(done.stdout)
    yield _figure(case, "CPU taken", "s", took["cpu"])
    yield _figure(case, "CPU, said / taken", "×", took["cpu_said"] / took["cpu"], UNDER)
    yield _figure(case, "memory taken", "MiB", took["memory"] / MIB)
    yield _figure(case, "memory, said / taken", "×", took["memory_said"] / took["memory"], UNDER)


def _figure(case: Case, measure: str, unit: str, value: float, limit: Limit | None = None) -> Figure:
    return Figure(case=case.name, measure=measure, unit=unit, spread=Spread.of([value], digits=3), limit=limit)


def _sources(folder: Path, *, side: int) -> Path:
    rng = np.random.default_rng(7)
    rgba = Image.fromarray(rng.integers(0, 256, (side, side, 4), np.uint8))
    rgb = rgba.convert("RGB")
    frames = [Image.fromarray(rng.integers(0, 256, (side // 5, side // 5, 3), np.uint8)) for _ in range(12)]
    rgb.save(folder / "rgb.jpg", quality=90)
    rgb.save(folder / "progressive.jpg", quality=80, progressive=True)
    rgb.convert("CMYK").save(folder / "cmyk.jpg", quality=90)
    rgba.save(folder / "rgba.png", compress_level=1)
    rgb.convert("P").save(folder / "p.png", compress_level=1)
    Image.fromarray(rng.integers(0, 65536, (side, side), np.uint16)).save(folder / "rgb16.png", compress_level=1)
    rgb.save(folder / "rgb.webp", method=0)
    rgba.save(folder / "rgba.webp", method=0)
    rgb.save(folder / "rgb.avif", speed=10)
    rgb.save(folder / "rgb.tif")
    rgb.save(folder / "rgb.bmp")
    rgb.convert("P").save(folder / "p.gif")
    for name in ("gif", "webp"):
        out = BytesIO()
        frames[0].save(out, name, save_all=True, append_images=frames[1:], duration=50)
        (folder / f"moving.{name}").write_bytes(out.getvalue())
    return folder
