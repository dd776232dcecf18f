"""Makes the results, takes the digests of their pixels, and compares them with those that are pinned.

A pin holds for one ENGINE and one environment: Pillow with its codecs, the resampler, the kind of processor. Sources
are the files of other encoders in ``tests/samples``, which never change.
"""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path
from typing import Final

import msgspec
import pytest

from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.options import parse_canonical
from tests.support import drawing, samples

PINS: Final = Path(__file__).with_name("digests.json")
MARK: Final = "alpha.webp"
# in place of options: what /info tells
INFO: Final = "info"
# no file: a drawing with an author, a camera and a position in its EXIF
DRAWN: Final = "drawn.jpg"
# the source and the options of each result, as they stand in a query
_RESULTS: Final = (
    ("progressive-420.jpg", "width=120"),
    ("progressive-420.jpg", "width=71&format=webp"),
    ("progressive-420.jpg", "width=97&format=png"),
    ("progressive-420.jpg", "width=20&format=png"),
    ("baseline-444.jpg", "width=120&height=50&fit=cover&gravity=northwest"),
    ("baseline-444.jpg", "width=90&height=90&fit=contain&background=336699&format=png"),
    ("restart-420.jpg", "fit=fill&height=60&width=60&format=png"),
    ("sampling-411.jpg", "width=51&format=png"),
    ("gray.jpg", "width=100"),
    ("p3.jpg", "width=80&format=png"),
    ("p3.jpg", "icc=keep&width=80"),
    ("orientation-6.jpg", "width=100&format=png"),
    ("orientation-6.jpg", "crop=10%2C20%2C100%2C80&format=png&rotate=33"),
    ("baseline-444.jpg", "crop=33%2C17%2C61%2C47&format=png&width=25"),
    ("baseline-444.jpg", "crop=33%2C17%2C61%2C47&format=png&upscale=true&width=150"),
    ("p3.jpg", "background=red&format=png&icc=keep&pad=4&width=60"),
    ("16-bit.png", "width=60"),
    ("16-bit-gray.png", "width=60"),
    ("interlaced.png", "width=60"),
    ("interlaced.png", "background=white&format=jpeg&width=60"),
    ("palette.png", "format=gif&width=60"),
    ("alpha.webp", "width=100"),
    ("lossless.webp", "lossless=true&width=50"),
    ("10-bit.avif", "width=64"),
    ("lzw.tif", "format=tiff&width=48"),
    ("24-bit.bmp", "upscale=true&width=192"),
    ("film.gif", "width=40"),
    ("film.webp", "format=gif&width=40"),
    ("film.png", "width=24"),
    ("baseline-444.jpg", "blur=2&brightness=1.1&contrast=1.2&format=png&saturation=0.7&width=90"),
    ("baseline-444.jpg", "format=png&pixelate=7&sharpen=1.5&width=90"),
    ("baseline-444.jpg", "format=png&grayscale=true&radius=20&width=90"),
    ("baseline-444.jpg", "flip=true&format=png&pad=3%2C5%2C7%2C11&tint=704214&width=90"),
    ("baseline-444.jpg", "fit=cover&format=png&gravity=attention&height=80&width=60"),
    ("baseline-444.jpg", "format=png&trim=30&width=70"),
    ("baseline-444.jpg", f"format=png&watermark={'0' * 32}&watermark_opacity=0.6&width=90"),
)
CASES: Final = (*_RESULTS, *((source, INFO) for source in sorted({DRAWN, *(source for source, _ in _RESULTS)})))


class Pins(msgspec.Struct, frozen=True):
    """The digest of each case by its name, and what they hold for."""

    engine: str
    environment: dict[str, str]
    digests: dict[str, str]


def engine() -> str:
    """Return our own part of the version that is in every cache key."""
    return imaging.engine().partition(" ")[0]


def environment() -> dict[str, str]:
    """Return what else decides about the last bit of a pixel."""
    return {**imaging.versions(), "machine": platform.machine()}


def name(source: str, query: str) -> str:
    """Return how a case is called."""
    return f"{source}?{query}"


def digest(source: str, query: str) -> str:
    """Return the digest of size, pixels and timing of every frame of a result, or of the facts about a source."""
    if source == DRAWN:
        data = drawing.encoded(drawing.photo(160, 120), "JPEG", exif=drawing.author("A. Nother"))
    else:
        data = samples.data(source)
    return _of_facts(data) if query == INFO else _of_result(data, query)


def _of_facts(data: bytes) -> str:
    work = imaging.prepare_appearance(data, Limits())
    looks = imaging.describe_appearance(work, data, Deadline.after(60), Stopwatch())
    facts = imaging.describe(data, Limits(), position=True)
    return hashlib.sha256(msgspec.json.encode((facts, looks))).hexdigest()[:24]


def _of_result(data: bytes, query: str) -> str:
    options = parse_canonical(query)
    mark = samples.data(MARK) if options.watermark else b""
    work = imaging.prepare(data, options, Limits(), watermark=mark)
    body = imaging.render(work, data, Deadline.after(60), Stopwatch(), watermark=mark).body
    found = hashlib.sha256(f"{work.format} {work.output.frames}".encode())
    for frame in drawing.frames(body):
        found.update(f"{frame.size} {frame.info.get('duration')}".encode() + frame.tobytes())
    return found.hexdigest()[:24]


def current() -> Pins:
    """Return the digests of this working tree in this environment."""
    return Pins(engine(), environment(), {name(*case): digest(*case) for case in CASES})


def pinned(path: Path = PINS) -> Pins:
    """Return the digests that are committed."""
    return msgspec.json.decode(path.read_bytes(), type=Pins)


# for tests that compare bytes or pixels: those of other codecs, resamplers and processors differ
_THERE: Final = pinned().environment
PINNED_HERE: Final = pytest.mark.skipif(environment() != _THERE, reason=f"pinned for {_THERE}")


def pin(now: Pins, path: Path = PINS, *, unreleased: bool = False) -> str:
    """Write the pins and return what was done; raises SystemExit for results that changed while the engine did not."""
    before = pinned(path)
    changed = [case for case, found in now.digests.items() if before.digests.get(case, found) != found]
    if changed and now.engine == before.engine and not unreleased:
        cases = "\n  ".join(changed)
        raise SystemExit(f"results changed, but ENGINE is {now.engine} as before: raise it first.\n  {cases}")
    path.write_bytes(msgspec.json.format(msgspec.json.encode(now), indent=1) + b"\n")
    return f"ENGINE {now.engine}: {len(now.digests)} results pinned, {len(changed)} of them changed"
