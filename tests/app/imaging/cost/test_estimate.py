"""Estimates made from the header alone are not far below what noise takes, and what they accept fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from app import imaging
from app.core.config import Limits
from app.core.errors import ServiceError, TooCostly
from app.imaging.cost import Cost
from app.imaging.cost.estimate import check_trimmed, estimate
from app.imaging.steps.costs import Planned
from app.imaging.work import planned
from tests.support import drawing, heic
from tests.support.loaded_process import loaded_process
from tests.support.work import LIMITS, options

MIB = 1024 * 1024
# What the rest of a process holds: interpreter, Flask, Pillow.
BARE = 60 * MIB
# What an encoder of HEIC leaves out to be quick, which costs a decoder nothing less.
FAST = {"preset": "ultrafast"}
Measured = Callable[..., dict[str, float]]


@pytest.fixture(scope="module")
def measured() -> Iterator[Measured]:
    """Return what measures a piece of work, and remembers what it has measured."""
    with loaded_process() as process:
        done: dict[str, dict[str, float]] = {}

        def measured(path: Path, query: Mapping[str, Any], *, verify: bool = False) -> dict[str, float]:
            key = repr((path, query, verify))
            if key not in done:
                done[key] = process.measured(path, query, verify=verify)
            return done[key]

        yield measured


def phone(size: tuple[int, int], tile: int) -> bytes:
    """Return a HEIC of 48 megapixels in tiles, as a phone stores it, each of them the same."""
    columns, rows = -(-size[0] // tile), -(-size[1] // tile)
    one = heic.item_of(heic.encoded(drawing.photo(tile, tile, noise=30), quality=50, enc_params=FAST))
    tiles = [one] * (columns * rows)
    joined = heic.grid(size, columns, rows, heic.rotation(3))
    return heic.file([joined, *tiles], [(b"dimg", 1, tuple(range(2, 2 + len(tiles))))])


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Return files of noise, the content that takes every codec longest."""
    folder = tmp_path_factory.mktemp("noise")
    rgb, rgba, frames = drawing.noise(2400, 1800), drawing.noise(2400, 1800, "RGBA"), []
    # an encoder of HEIC takes seconds for noise
    few, few_clear = (each.crop((0, 0, 1280, 960)) for each in (rgb, rgba))
    for seed in range(12):
        frames.append(drawing.noise(480, 360, seed=seed))
    large = drawing.encoded(drawing.noise(2040, 1530).resize((8160, 6120)), "JPEG", quality=40)
    files = {
        "jpeg": drawing.encoded(rgb, "JPEG", quality=90),
        "progressive": drawing.encoded(rgb, "JPEG", quality=75, progressive=True),
        "png": drawing.encoded(rgb, "PNG", compress_level=1),
        "clear": drawing.encoded(rgba, "PNG", compress_level=1),
        "palette": drawing.encoded(rgb.convert("P"), "PNG", compress_level=1),
        "webp": drawing.encoded(rgba, "WEBP", method=0),
        "avif": drawing.encoded(rgb, "AVIF", speed=10),
        "gif": drawing.animation("GIF", [frame.convert("P") for frame in frames], duration=50),
        "moving": drawing.animation("WEBP", frames, duration=50, method=0),
        "apng": drawing.animation("PNG", frames, duration=50, compress_level=1),
        "fifty": large,
        "heic": heic.encoded(few, quality=50, enc_params=FAST),
        "clear heic": heic.encoded(few_clear, quality=50, enc_params=FAST),
        "deep heic": heic.deep((257 * drawing.array(few)).astype(np.uint16), bits=10, quality=50, enc_params=FAST),
        "phone": phone((8064, 6048), 512),
    }
    paths = {}
    for name, data in files.items():
        paths[name] = folder / name
        paths[name].write_bytes(data)
    return paths


CASES = [
    ("jpeg", {"width": 480}),
    ("jpeg", {"width": 1500, "rotate": 90}),
    ("progressive", {"width": 480}),
    ("png", {"format": "jpeg"}),
    ("png", {"width": 1200}),
    ("clear", {"width": 1200, "format": "png"}),
    ("clear", {"format": "webp"}),
    ("palette", {"width": 600, "format": "webp"}),
    ("webp", {"width": 600, "format": "jpeg"}),
    ("avif", {"width": 600, "format": "avif"}),
    ("gif", {"width": 240}),
    ("moving", {"format": "png"}),
    ("apng", {"format": "webp"}),
    ("jpeg", {"blur": 20}),
    ("jpeg", {"sharpen": 2, "brightness": 1.2}),
    ("clear", {"rotate": 33, "format": "png"}),
    ("png", {"trim": 5, "format": "jpeg"}),
    ("png", {"radius": "max", "pad": 50, "format": "jpeg"}),
    ("jpeg", {"format": "webp", "lossless": "true", "width": 1000}),
    ("jpeg", {"format": "jpeg", "max_bytes": 90000, "width": 1000}),
    ("jpeg", {"format": "tiff"}),
    ("heic", {"width": 480}),
    ("clear heic", {"width": 480}),
    ("deep heic", {"width": 480}),
    ("phone", {"width": 480}),
]


@pytest.mark.parametrize(("name", "query"), CASES)
def test_estimates_are_not_far_below_the_cost_of_a_resize(
    name: str, query: dict[str, Any], sources: Mapping[str, Path], measured: Measured
) -> None:
    took = measured(sources[name], query)
    assert took["memory"] <= 1.2 * took["memory_estimated"]
    assert took["memory_estimated"] <= 2.5 * took["memory"] + 8 * MIB
    assert took["cpu"] <= 3 * took["cpu_estimated"]


@pytest.mark.parametrize("query", [{}, {"format": "webp"}, {"format": "png"}])
def test_estimates_of_animations_are_not_far_above_their_cost(
    query: dict[str, Any], sources: Mapping[str, Path], measured: Measured
) -> None:
    took = measured(sources["moving"], query)
    assert took["cpu_estimated"] <= 5 * took["cpu"]


@pytest.mark.parametrize(
    ("format", "query", "seconds", "megabytes"),
    [
        ("GIF", {"format": "gif"}, 0.27, 10.5),
        ("WEBP", {"format": "webp"}, 0.09, 7.3),
        ("WEBP", {"format": "webp", "lossless": True}, 0.255, 9.0),
        ("PNG", {"format": "png"}, 0.06, 8.3),
        ("GIF", {"format": "avif"}, 0.44, 47.8),
    ],
)
def test_estimates_of_animations_are_those_that_were_compared_with_measurements(
    format: str, query: dict[str, Any], seconds: float, megabytes: float
) -> None:
    """A changed rate has to be measured again: ``python -m bench cost``."""
    frames = drawing.moving((240, 180))
    lossless = {"lossless": True} if format == "WEBP" else {}
    data = drawing.animation(format, frames, duration=50, **lossless)
    cost = imaging.prepare(data, options(**query), LIMITS).cost
    assert cost.cpu_s == pytest.approx(seconds, rel=0.1)
    assert cost.memory_bytes == pytest.approx(1e6 * megabytes, rel=0.1)


def test_the_estimate_of_a_gif_of_large_frames_is_the_one_that_was_compared_with_a_measurement() -> None:
    """Its pixels take most of the time: in smaller frames the search for palettes does."""
    header = imaging.probe(drawing.animation("GIF", drawing.moving(), duration=50), LIMITS)
    large = replace(header, stored_width=1600, stored_height=1200, frames=5)
    assert planned(large, options(format="gif"), LIMITS).cost.cpu_s == pytest.approx(1.34, rel=0.1)


@pytest.mark.parametrize("name", ["progressive", "clear", "webp", "avif", "gif", "heic", "clear heic"])
def test_estimates_are_not_far_below_the_cost_of_an_upload(
    name: str, sources: Mapping[str, Path], measured: Measured
) -> None:
    took = measured(sources[name], {}, verify=True)
    assert took["memory"] <= 1.2 * took["memory_estimated"]
    assert took["cpu"] <= 3 * took["cpu_estimated"]


@pytest.mark.parametrize("query", [{}, {"background": "ff000080"}, {"sharpen": 2}, {"radius": 50}, {"pad": 300}])
def test_what_is_left_of_a_watermark_counts_during_every_step(
    query: dict[str, Any], sources: Mapping[str, Path]
) -> None:
    """It was free once it was drawn: on a background that shows through, a resize took 434 MiB instead of 360."""
    header, mark = (imaging.probe(sources[name].read_bytes(), LIMITS) for name in ("clear", "jpeg"))
    chosen = options(format="png", width=2400, **query)
    marked = replace(chosen, watermark="0" * 32, watermark_scale=1)
    without, cost = planned(header, chosen, LIMITS).cost, planned(header, marked, LIMITS, mark=mark).cost
    assert cost.memory_bytes - without.memory_bytes >= 4 * 2400 * 1800


def most_expensive(data: bytes, format: str, limits: Limits) -> dict[str, Any]:
    """Return the widest accepted resize of ``data`` to ``format``, as the service accepts it."""
    header = imaging.probe(data, limits)
    for width in range(limits.max_side, 100, -64):
        query = {"width": width, "format": format, "upscale": "true"}
        try:
            cost = planned(header, options(**query), limits).cost
        except ServiceError:
            continue
        if cost.memory_bytes <= limits.memory_mb * MIB - BARE and cost.cpu_s <= 30:
            return query
    raise AssertionError(f"nothing is accepted for {format}")


@pytest.mark.parametrize(
    ("name", "format"),
    [
        *(("fifty", format) for format in ("jpeg", "png", "webp", "avif", "gif")),
        ("clear", "webp"),
        ("phone", "jpeg"),
        ("phone", "webp"),
    ],
)
def test_the_most_expensive_accepted_options_end_in_time_and_memory(
    name: str, format: str, sources: Mapping[str, Path], measured: Measured
) -> None:
    query = most_expensive(sources[name].read_bytes(), format, LIMITS)
    took = measured(sources[name], query)
    assert took["peak"] <= LIMITS.memory_mb * MIB
    assert took["cpu"] <= 30


def test_what_trim_leaves_may_cost_no_more_than_was_allowed() -> None:
    work = imaging.prepare(drawing.flat(9, 9, 9), options(trim=10), LIMITS)
    planned = Planned(work.header, work.options.without("trim"), work.plan, work.size)
    check = partial(check_trimmed, planned, work.output, watermark=None)
    check(known=work.cost)
    for known in (Cost(1, work.cost.cpu_s), Cost(work.cost.memory_bytes, 0.0)):
        with pytest.raises(TooCostly, match="after trim"):
            check(known=known)


def test_what_trim_leaves_is_estimated_with_its_watermark(sources: Mapping[str, Path]) -> None:
    header, mark = (imaging.probe(sources[name].read_bytes(), LIMITS) for name in ("clear", "jpeg"))
    chosen = replace(options(trim=10, width=800), watermark="0" * 32, watermark_scale=1)
    known = planned(header, chosen, LIMITS, mark=mark)
    without = Planned(header, chosen.without("trim"), known.plan, known.size)
    marked, bare = (estimate(without, known.output, watermark=each) for each in (mark, None))
    assert bare.cpu_s * 1.05 < marked.cpu_s
    with pytest.raises(TooCostly, match="after trim"):
        check_trimmed(without, known.output, watermark=mark, known=bare)
