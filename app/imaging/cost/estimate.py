"""Estimates the cost of a resize from header and plan alone, for the most expensive content.

Memory is the peak: while decoding, during one of the steps, or while encoding. CPU time is the sum. The
figures were measured on noise; ``bench`` measures them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.core.errors import TooCostly
from app.imaging.codecs.output import Output
from app.imaging.cost import FIXED_CPU, FIXED_MEMORY, Cost
from app.imaging.cost.decode import METADATA_BYTE, METADATA_COPIES, decode_cost
from app.imaging.cost.encode import encode_cost
from app.imaging.headers import Header
from app.imaging.orientation import from_exif
from app.imaging.resize_plan import ResizePlan, overlay_size
from app.imaging.steps import STEPS, costs
from app.imaging.steps.costs import Planned, area, sample_bytes
from app.options import ResizeOptions

# How much more than estimated before the plan of a trimmed image may take.
TOLERANCE: Final = 1.05
# How many more copies of EXIF and profiles there are where the result keeps them.
KEPT_COPIES: Final = 4


def estimate(planned: Planned, output: Output, *, watermark: Header | None = None) -> Cost:
    """Return the cost of one resize, the bytes of the source included."""
    header = planned.header
    decoded = decode_cost(header, planned.plan.shrink)
    steps = [step.cost(planned) for step in STEPS if step.applies(planned.options)]
    encode_memory, encode_cpu = encode_cost(planned, output)
    overlay, held = _overlay(watermark, planned) if watermark else (Cost(0, 0.0), 0)
    finished = sample_bytes(planned) * area(planned.canvas) * (output.frames - 1)
    # The decoded frame is still there until the encoder starts.
    drawing = decoded.frame + max(overlay.memory_bytes, held + max(step.memory for step in steps))
    # Of an animation, further frames are decoded while the watermark is there.
    decoding = decoded.peak + (held if output.frames > 1 else 0)
    peak = max(decoding, drawing, encode_memory - finished)
    drawn = sum(step.cpu for step in steps) * output.frames + sum(step.once for step in steps) + overlay.cpu_s
    kept = planned.options.metadata != "none" or planned.options.icc == "keep"
    copied = (METADATA_COPIES + (KEPT_COPIES if kept else 0)) * header.metadata
    cpu = decoded.seconds(output.first + output.frames) + drawn + encode_cpu + METADATA_BYTE * header.metadata
    return Cost(int(header.bytes + FIXED_MEMORY + copied + finished + peak), cpu + FIXED_CPU)


def estimate_most(planned: Sequence[Planned], output: Output, *, watermark: Header | None = None) -> Cost:
    """Return the cost of a resize whose plan may be any of ``planned``."""
    each_cost = [estimate(each, output, watermark=watermark) for each in planned]
    return Cost(max(cost.memory_bytes for cost in each_cost), max(cost.cpu_s for cost in each_cost))


def _overlay(watermark: Header, planned: Planned) -> tuple[Cost, float]:
    """Return the cost of decoding a watermark and bringing it to its size and its colors, and what is left of it.

    Its bytes are in both, and what is left is there during every step.
    """
    size = overlay_size((watermark.width, watermark.height), planned.plan.framed, planned.options)
    orientation = from_exif(watermark.orientation)
    plan = ResizePlan((0, 0, *watermark.stored_size), orientation.inverse().size(size), orientation, size)
    small = Planned(watermark, ResizeOptions(), plan, size)
    decoded, steps = decode_cost(watermark, 1), [costs.resize(small), costs.srgb(small)]
    if planned.options.icc == "keep" and planned.header.profile:
        steps.append(costs.by_profile(area(size), 4))
    peak = max(decoded.peak, decoded.frame + max(step.memory for step in steps))
    memory = watermark.bytes + METADATA_COPIES * watermark.metadata + peak
    cpu = decoded.seconds(1) + sum(step.cpu + step.once for step in steps) + METADATA_BYTE * watermark.metadata
    return Cost(int(memory), cpu), watermark.bytes + 4 * area(size)


def check_trimmed(planned: Planned, output: Output, *, watermark: Header | None, known: Cost) -> None:
    """Raise TooCostly when the plan of what trim left takes more than was ``known``, and so allowed, before."""
    spent = estimate(planned, output, watermark=watermark)
    if spent.memory_bytes > known.memory_bytes * TOLERANCE or spent.cpu_s > known.cpu_s * TOLERANCE:
        raise TooCostly("after trim, this image would take more time or memory than was estimated for it")
