"""The bounds of every option: as written here, kept by the parser, and named by the error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec
import pytest

from app import options
from app.core.errors import InvalidParameter

Range = tuple[float, float | None]

# the least and the most of each number that an option takes, in order; None where there is none
BOUNDS: Final[dict[str, list[Range]]] = {
    "width": [(1, 8192)],
    "height": [(1, 8192)],
    "aspect": [(1, 100)] * 2,
    "focal": [(0, 1)] * 2,
    "dpr": [(0.5, 5)],
    "crop": [(0, 1_000_000), (0, 1_000_000), (1, 1_000_000), (1, 1_000_000)],
    "trim": [(0, 100)],
    "rotate": [(0, None)],  # an angle is taken from -360 to 360 and kept as less than 360
    "brightness": [(0, 4)],
    "contrast": [(0, 4)],
    "saturation": [(0, 4)],
    "pixelate": [(2, 256)],
    "blur": [(0.3, 250)],
    "sharpen": [(0.1, 10)],
    "watermark_opacity": [(0, 1)],
    "watermark_scale": [(0.01, 1)],
    "radius": [(1, 8192)],
    "pad": [(0, 8192)] * 4,
    "quality": [(1, 100)],
    "max_bytes": [(100, 33_554_432)],
    "page": [(0, 10_000)],
    "frames": [(1, 10_000)],
}
# what an option needs beside it
NEEDED = {"aspect": [("width", "9")], "watermark_opacity": [("watermark", "0" * 32)]}
NEEDED["watermark_scale"] = NEEDED["watermark_opacity"]


def numbers(kind: Any, bounds: Range | None = None) -> Iterator[Range]:
    """Yield the bounds of each number in a type, in order."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        found = next((meta for meta in parts[1:] if isinstance(meta, msgspec.Meta) and meta.ge is not None), None)
        yield from numbers(parts[0], bounds if found is None else (float(found.ge or 0), found.le))
    elif kind in (int, float):
        assert bounds is not None, "a number without bounds"
        yield bounds
    else:
        for part in parts:
            if not isinstance(part, str):
                yield from numbers(part, bounds)


def text(name: str, values: list[float]) -> str:
    return {"aspect": ":"}.get(name, ",").join(f"{value:.12g}" for value in values)


def complaints(name: str, values: list[float]) -> list[str]:
    """Return the options that are refused."""
    try:
        options.parse([(name, text(name, values)), *NEEDED.get(name, [])])
    except InvalidParameter as exc:
        return [error.parameter for error in exc.errors]
    return []


def test_every_number_has_the_bounds_that_are_written_here() -> None:
    found = {name: list(numbers(kind)) for name, kind in options.TYPES.items()}
    assert {name: bounds for name, bounds in found.items() if bounds} == BOUNDS


@pytest.mark.parametrize("name", sorted(set(BOUNDS) - {"rotate"}))
def test_each_bound_is_kept_and_belongs_to_the_range(name: str) -> None:
    is_whole = "int" in str(options.TYPES[name]) and name != "rotate"
    step = 1 if is_whole else 0.001
    middle = [(low + float(high or 0)) // 2 if is_whole else (low + float(high or 0)) / 2 for low, high in BOUNDS[name]]
    for index, (low, high) in enumerate(BOUNDS[name]):
        assert high is not None
        for value, accepted in ((low, True), (high, True), (low - step, False), (high + step, False)):
            values = [*middle[:index], value, *middle[index + 1 :]]
            assert complaints(name, values) == ([] if accepted else [name]), text(name, values)


@pytest.mark.parametrize(("angle", "accepted"), [(-360, True), (360, True), (-360.001, False), (360.001, False)])
def test_an_angle_is_at_most_one_turn_either_way(angle: float, accepted: bool) -> None:
    assert complaints("rotate", [angle]) == ([] if accepted else ["rotate"])
