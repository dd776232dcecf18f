"""Experiment: what each option adds to a plain resize."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

from PIL import Image

from bench.picture_more import sources
from bench.stand import Stand
from measurement.results import Experiment, Figure, Spread, ratios
from measurement.stamps import BUILD

# Any id: the bytes of the watermark are handed to the engine, which is not asked to find them.
MARK = "0" * 32
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
    "watermark": {"watermark": MARK},
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
    "A 2 MP photograph as JPEG to 480 wide, plain and with one option more, in turns in one process; CPU of the "
    "engine, and its ratio to the plain resize (JPEG, quality 80, progressive) of the same turn."
)


def run(stand: Stand) -> Experiment:
    """Measure every option."""
    data = sources(BUILD / "sources")["2mp"].read_bytes()
    mark = _mark()
    plain = _resize(data, PLAIN, mark)
    figures: list[Figure] = []
    for name, more in OPTIONS.items():
        figures += _measure(name, plain, _resize(data, {**PLAIN, **more}, mark), quick=stand.quick)
    return Experiment(title="Options", method=METHOD, figures=tuple(figures))


def _measure(name: str, plain: Callable[[], float], one: Callable[[], float], *, quick: bool) -> Iterator[Figure]:
    one()  # loads what only this option needs
    turns = [(plain(), one()) for _ in range(3 if quick else 15)]
    without, taken = [first for first, _ in turns], [second for _, second in turns]
    yield Figure(case=name, measure="CPU", unit="ms", spread=Spread.of(taken, digits=2))
    yield Figure(case=name, measure="over plain", unit="×", spread=Spread.of(ratios(taken, without), digits=2))


def _resize(data: bytes, wanted: Mapping[str, Any], mark: bytes) -> Callable[[], float]:
    """Return a call that resizes once and tells its CPU milliseconds."""
    from app import imaging, options
    from app.config import Limits
    from app.deadline import Deadline, Stopwatch

    watermark = mark if "watermark" in wanted else b""

    def once() -> float:
        begun = time.process_time()
        work = imaging.prepare(data, options.parse(wanted.items()), Limits(), watermark=watermark)
        imaging.render(work, data, Deadline.after(60), Stopwatch(), watermark=watermark)
        return 1000 * (time.process_time() - begun)

    return once


def _mark() -> bytes:
    out = BytesIO()
    Image.new("RGBA", (200, 100), (255, 255, 255, 128)).save(out, "PNG")
    return out.getvalue()
