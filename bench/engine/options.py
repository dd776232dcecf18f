"""Experiment: the CPU that each option adds to a plain resize."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

from PIL import Image

from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.options import parse
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from bench.sources.formats import draw_formats
from measurement.figures import Figure, Spread, ratios
from measurement.stamps import BUILD

# any id does: the engine is given the watermark's bytes and never looks it up
WATERMARK_ID = "0" * 32
PLAIN: Mapping[str, Any] = {"width": 480, "format": "jpeg"}
BOX: Mapping[str, Any] = {"width": 480, "height": 480, "fit": "cover"}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "progressive=false": {"progressive": "false"},
    "fit=cover": BOX,
    "fit=contain": {**BOX, "fit": "contain"},
    "gravity=entropy": {**BOX, "gravity": "entropy"},
    "gravity=attention": {**BOX, "gravity": "attention"},
    "crop": {"crop": "100,100,1200,900"},
    "trim": {"trim": 10},
    "rotate=90": {"rotate": 90},
    "rotate=33": {"rotate": 33},
    "flip": {"flip": "true"},
    "flop": {"flop": "true"},
    "brightness": {"brightness": 1.2},
    "contrast": {"contrast": 1.2},
    "saturation": {"saturation": 1.2},
    "grayscale": {"grayscale": "true"},
    "tint": {"tint": "704214"},
    "pixelate": {"pixelate": 8},
    "blur=2": {"blur": 2},
    "blur=20": {"blur": 20},
    "sharpen": {"sharpen": 1},
    "watermark": {"watermark": WATERMARK_ID},
    "radius": {"radius": 40},
    "pad": {"pad": 20},
    "dpr=2": {"dpr": 2},
    "max_bytes": {"max_bytes": 20_000},
    "metadata=all": {"metadata": "all"},
    "icc=keep": {"icc": "keep"},
    "format=png": {"format": "png"},
    "format=webp": {"format": "webp"},
    "format=webp, lossless": {"format": "webp", "lossless": "true"},
    "format=avif": {"format": "avif"},
    "format=gif": {"format": "gif"},
    "format=tiff": {"format": "tiff"},
}
METHOD = (
    "A 2 MP photograph as JPEG to 480 wide, plain and with one more option, taking turns in one process: CPU of the "
    "engine, and its ratio to the plain resize (JPEG, quality 80, progressive) of the same turn."
)


def run(config: RunConfig) -> ExperimentResult:
    """Measure every option."""
    data = draw_formats(BUILD / "sources")["2mp"].read_bytes()
    watermark = _watermark()
    plain = _timed_resize(data, PLAIN, watermark)
    figures: list[Figure] = []
    for name, more in OPTIONS.items():
        figures += _measure(name, plain, _timed_resize(data, {**PLAIN, **more}, watermark), quick=config.quick)
    return ExperimentResult(title="Options", method=METHOD, figures=tuple(figures))


def _measure(
    name: str, plain: Callable[[], float], with_option: Callable[[], float], *, quick: bool
) -> Iterator[Figure]:
    with_option()  # loads what only this option needs
    rounds = [(plain(), with_option()) for _ in range(3 if quick else 15)]
    without, taken = [first for first, _ in rounds], [second for _, second in rounds]
    yield Figure(case=name, measure="CPU", unit="ms", spread=Spread.of(taken, digits=2))
    yield Figure(case=name, measure="over plain", unit="×", spread=Spread.of(ratios(taken, without), digits=2))


def _timed_resize(data: bytes, options: Mapping[str, Any], watermark: bytes) -> Callable[[], float]:
    """Return a function that resizes once and returns its CPU milliseconds."""
    watermark = watermark if "watermark" in options else b""

    def resize() -> float:
        start = time.process_time()
        work = imaging.prepare(data, parse(options.items()), Limits(), watermark=watermark)
        imaging.render(work, data, Deadline.after(60), Stopwatch(), watermark=watermark)
        return 1000 * (time.process_time() - start)

    return resize


def _watermark() -> bytes:
    out = BytesIO()
    Image.new("RGBA", (200, 100), (255, 255, 255, 128)).save(out, "PNG")
    return out.getvalue()
