"""What the steps take, from header and plan alone; measured on noise, the content that takes longest."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import msgspec

from app.imaging.bands import Bands, Box
from app.imaging.headers import Header
from app.imaging.native_resampler import native_resampler
from app.imaging.orientation import Size
from app.imaging.resize_plan import ResizePlan, is_smart_crop, searched_size, shrunk
from app.options import ResizeOptions

# Seconds per pixel and tap of the resize filter, in one direction, by Pillow and by SIMD, and per pixel for one pass
# over all of them.
TAP, SIMD_TAP, PASS = 2.2e-9, 0.5e-9, 8e-9
# Seconds per pixel of four inks or of Lab through a table of colors, and those of making the table.
INK, INK_TABLE = 60e-9, 0.04
# Pillow's filter reduces at most so many times: whole pixels are averaged first.
AVERAGED = 4.0
# Seconds and bytes of one search for the part that a smart crop keeps.
SEARCH, SEARCH_MEMORY = 0.08, 4_000_000
# Bytes per pixel of laying a picture with alpha on an opaque background, and on one that shows through itself, where
# picture, background and their mixture are all RGBA; a gray picture is still there beside them.
OPAQUE, GLASS, GLASS_GRAY = 13, 12, 16


class Planned(msgspec.Struct, frozen=True):
    """What is known before anything is decoded; ``canvas`` is the largest that the result can become.

    That is the canvas of the plan unless there is trim, which may leave any shape.
    """

    header: Header
    options: ResizeOptions
    plan: ResizePlan
    canvas: Size


class StepCost(msgspec.Struct, frozen=True):
    """Peak bytes beside the decoded frame, CPU seconds per frame, and CPU seconds once for all frames."""

    memory: float = 0.0
    cpu: float = 0.0
    once: float = 0.0


def per_pixel(
    memory: float, cpu: float, *, more_memory: int = 0, more_cpu: float = 0.0
) -> Callable[[Planned], StepCost]:
    """Return the cost of a step on the largest canvas: bytes beside it and nanoseconds per pixel, and what is more."""

    def cost(planned: Planned) -> StepCost:
        pixels = area(planned.canvas)
        return StepCost((sample_bytes(planned) + memory) * pixels + more_memory, cpu * 1e-9 * pixels + more_cpu)

    return cost


def area(size: tuple[float, float]) -> float:
    """Return the pixels of ``size``."""
    return size[0] * size[1]


def sample_bytes(planned: Planned) -> float:
    """Return the bytes per pixel of the result: Pillow keeps one for L and four for everything else."""
    header, plan = planned.header, planned.plan
    gray = header.mode == "L" and not header.alpha and planned.canvas == plan.picture and plan.rotation is None
    return 1.0 if gray else 4.0


def trim(planned: Planned) -> StepCost:
    """Return the cost of comparing all pixels of the first frame with the corner."""
    pixels = planned.header.pixels
    return StepCost(memory=16 * pixels, once=40e-9 * pixels)


def resize(planned: Planned) -> StepCost:
    """Return the cost of cutting, resizing and orienting a frame, and of the search of a smart crop."""
    header, plan = planned.header, planned.plan
    samples, scaled = _scaled_bytes(header), area(plan.scaled)
    mirrored = plan.orientation.swap or plan.orientation.mirror_x or plan.orientation.mirror_y
    memory, cpu = (2 if mirrored else 1) * samples * scaled, PASS * (2 * scaled + area(plan.canvas))
    if plan.box_size != plan.scaled or plan.shrink > 1:
        filter_memory, filter_cpu = _resampling(header, plan, plan.box, plan.scaled)
        memory, cpu = max(memory, filter_memory), cpu + filter_cpu
    if not is_smart_crop(planned.options):
        return StepCost(memory, cpu)
    searched = searched_size(*header.stored_size)
    search_memory, _ = _resampling(header, plan, plan.region or (0, 0, *header.stored_size), searched)
    return StepCost(max(memory, search_memory + SEARCH_MEMORY), cpu, once=SEARCH + PASS * header.pixels)


def _resampling(header: Header, plan: ResizePlan, box: Box, to: Size) -> tuple[float, float]:
    """Return the bytes beside the frame and the seconds of resampling, first down and then across.

    Without SIMD it is first across, after whole pixels were averaged. What ``crop`` keeps is copied first.
    """
    left, top, right, bottom = plan.region or (0, 0, *header.stored_size)
    region, (to_wide, to_high) = (ceil((right - left) / plan.shrink), ceil((bottom - top) / plan.shrink)), to
    source, box = area(region), shrunk(box, plan.shrink, header.stored_size)
    wide, high = box[2] - box[0], box[3] - box[1]
    tap, passes, averaged = SIMD_TAP, int(header.alpha), 0.0
    gray_alpha = header.alpha and header.mode in ("L", "LA")
    simd = native_resampler() is not None and not gray_alpha
    if not simd:
        wide, high, to_wide, to_high = min(high, AVERAGED * to_high), min(wide, AVERAGED * to_wide), to_high, to_wide
        tap, passes, averaged = TAP, passes + 1, wide * high if wide * high < source else 0
    taps = 6 * max(high, 0.7 * to_high) * wide + 6 * max(wide, 0.7 * to_wide) * to_high
    # copies: of what is cut, and one that is weighted by alpha; or of a band, beside what is left of the band before
    samples, weighted, cut = _scaled_bytes(header), 4 if header.alpha else 0, plan.region is not None
    bands = Bands.of(region, box, to) if simd and (cut or header.alpha) else None
    copied = (2 * samples + weighted) * bands.pixels if bands else (cut * samples + weighted) * source
    memory = copied + samples * (averaged + wide * to_high + to_wide * to_high)
    return memory, tap * taps + PASS * source * passes


def _scaled_bytes(header: Header) -> float:
    return 4.0 if header.alpha or header.mode != "L" else 1.0


def srgb(planned: Planned) -> StepCost:
    """Return the cost of applying a color profile."""
    header, scaled = planned.header, area(planned.plan.scaled)
    if header.mixes_unlike_rgb:
        # in the size that they are decoded in, beside the frame; without a profile, Pillow multiplies inks itself
        source, table = header.pixels / planned.plan.shrink**2, header.profile or header.mode == "LAB"
        return StepCost(4 * source, (INK if table else PASS) * source, once=INK_TABLE if table else 0.0)
    return by_profile(scaled, _scaled_bytes(header)) if header.profile else StepCost()


def by_profile(pixels: float, bytes_each: float) -> StepCost:
    """Return the cost of converting so many pixels of RGB or gray by a profile."""
    return StepCost((8 + bytes_each) * pixels, 120e-9 * pixels)


def rotate(planned: Planned) -> StepCost:
    """Return the cost of a rotation by any angle: of the pixels that are rotated, and of those that come out."""
    plan = planned.plan
    inside, outside = area(plan.scaled), area(plan.picture)
    memory = 13 * inside + 12 * outside + sample_bytes(planned) * area(planned.canvas)
    return StepCost(memory, (25 * inside + 110 * outside) * 1e-9)


def letterbox(planned: Planned) -> StepCost:
    """Return the cost of placing the picture on a larger canvas."""
    plan = planned.plan
    if plan.framed == plan.picture:
        return StepCost()
    return StepCost(_scaled_bytes(planned.header) * area(plan.scaled) + 9 * area(plan.framed))


def flatten(planned: Planned) -> StepCost:
    """Return the cost of laying transparent pixels on a background, and of the result itself."""
    options, plan, pixels = planned.options, planned.plan, area(planned.canvas)
    glass = options.background is not None and not options.background.endswith("ff")
    clear = planned.header.alpha or plan.rotation is not None or options.radius is not None
    if clear or (glass and plan.canvas != plan.picture):
        gray = options.grayscale or planned.header.mode not in ("RGB", "RGBA", "P", "CMYK")
        return StepCost(((GLASS_GRAY if gray else GLASS) if glass else OPAQUE) * pixels)
    return StepCost(sample_bytes(planned) * pixels)
