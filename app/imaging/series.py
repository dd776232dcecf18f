"""Several widths of one source from one decode, the smaller ones from the larger where that costs no quality."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from app.config import Limits
from app.deadline import Deadline, Stopwatch
from app.imaging.cores import spread
from app.imaging.cost.estimate import FIXED_MEMORY, Cost, encode_memory
from app.imaging.pipeline import Rendition, Work, decoded, finished, prepare
from app.options import ResizeOptions

if TYPE_CHECKING:
    from PIL import Image

    from app.imaging.codecs.decode import Frame
    from app.imaging.draw import FramePlan

# A picture is made from one at least this much larger: measured, 2 costs less than 0.001 of SSIM.
ENOUGH: Final = 2.0


class Series(msgspec.Struct, frozen=True):
    """Several widths of one image with everything decided and nothing decoded, in the order asked for."""

    works: tuple[Work, ...]
    cost: Cost


def prepare_series(
    data: bytes, options: ResizeOptions, widths: Iterable[int], limits: Limits, *, accepts: tuple[str, ...] = ()
) -> Series:
    """Return the works for ``widths`` and what they cost together; raises what ``prepare`` raises."""
    works = [prepare(data, msgspec.structs.replace(options, width=width), limits, accepts=accepts) for width in widths]
    shrink = min(work.plan.shrink for work in works)
    frames = max(works, key=lambda work: work.output.first + work.output.frames).output
    ycc = all(work.output.ycc for work in works)
    shared = tuple(
        msgspec.structs.replace(
            work,
            plan=msgspec.structs.replace(work.plan, shrink=shrink),
            output=msgspec.structs.replace(work.output, first=frames.first, ycc=ycc),
        )
        for work in works
    )
    return Series(shared, _cost(works))


def _cost(works: list[Work]) -> Cost:
    """Return at most what the works take, drawn one after the other, kept until the end, and encoded together."""
    held = sum(4 * work.plan.canvas[0] * work.plan.canvas[1] * work.output.frames for work in works)
    drawing = max(work.cost.memory_bytes for work in works) + held
    encoded = sum(encode_memory(work.header, work.plan, work.output) for work in works)
    together = works[0].header.bytes + FIXED_MEMORY + encoded
    return Cost(max(drawing, together), sum(work.cost.cpu_s for work in works))


def render_series(
    series: Series, data: bytes, deadline: Deadline, stopwatch: Stopwatch, *, cores: int = 1
) -> list[Rendition]:
    """Return one rendition per work, in their order, encoded on up to ``cores`` at a time; AVIF takes them all itself.

    Raises what ``render`` raises.
    """
    images, durations, profile = _pictures(series, data, deadline, stopwatch)

    def encoded(index: int) -> Rendition:
        deadline.check("encode")
        work, kept = series.works[index], images[index]
        count = work.output.frames
        body = finished(work, data, kept[:count], durations[:count], profile)
        return Rendition(body, work.format, *kept[0].size, count)

    # the largest takes longest, so it begins first
    order = sorted(range(len(images)), key=lambda index: -images[index][0].width)
    with stopwatch.stage("encode"):
        made = spread(encoded, order, most=1 if series.works[0].format == "avif" else cores)
    return [made[order.index(index)] for index in range(len(order))]


def _pictures(
    series: Series, data: bytes, deadline: Deadline, stopwatch: Stopwatch
) -> tuple[list[list[Image.Image]], list[float], bytes]:
    """Return the finished frames of each work, how long each shows, and the profile they keep."""
    most = max(series.works, key=lambda work: work.output.frames)
    images: list[list[Image.Image]] = [[] for _ in series.works]
    durations: list[float] = []
    aims: list[FramePlan] = []
    profile = b""
    for frame in decoded(most, data, deadline, stopwatch):
        from app.imaging import draw

        deadline.check("resize")
        with stopwatch.stage("resize"):
            aims = aims or [draw.plan_first_frame(work, frame) for work in series.works]
            for kept, image in zip(images, _drawn(series.works, aims, frame), strict=True):
                kept.append(image)
        durations.append(frame.duration)
        profile = draw.profile(most, frame)
    return images, durations, profile


def _drawn(works: tuple[Work, ...], aims: list[FramePlan], frame: Frame) -> list[Image.Image]:
    """Return the pictures of one frame, drawn from large to small, in the order of ``works``."""
    from app.imaging import color_mode, draw

    order = sorted(range(len(works)), key=lambda index: -_area(aims[index]))
    made: list[tuple[FramePlan, Image.Image]] = []
    found: dict[int, Image.Image] = {}
    for index in order:
        work, aim = works[index], aims[index]
        image = _reduced(aim, made) or draw.scaled(work, aim, frame)
        made.append((aim, image))
        keep = work.options.icc == "keep"
        found[index] = draw.apply_effects(work, aim, color_mode.finish(image, work.header, frame.profile, keep=keep))
    return [found[index] for index in range(len(works))]


def _area(aim: FramePlan) -> int:
    return aim.plan.scaled[0] * aim.plan.scaled[1]


def _reduced(aim: FramePlan, made: list[tuple[FramePlan, Image.Image]]) -> Image.Image | None:
    """Return the picture made from the smallest larger one that shows the same part, if there is one."""
    from PIL.Image import Resampling

    size = aim.plan.turn.size(aim.plan.scaled)
    for larger, image in reversed(made):
        same = (larger.plan.box, larger.plan.turn, larger.inner) == (aim.plan.box, aim.plan.turn, aim.inner)
        if same and image.width >= ENOUGH * size[0] and image.height >= ENOUGH * size[1]:
            return image.resize(size, Resampling.LANCZOS)
    return None


def renditions(
    data: bytes,
    options: ResizeOptions,
    widths: Iterable[int],
    limits: Limits,
    deadline: Deadline,
    stopwatch: Stopwatch,
) -> list[Rendition]:
    """Return one rendition per width; raises what ``prepare`` and ``render`` raise."""
    return render_series(prepare_series(data, options, widths, limits), data, deadline, stopwatch)
