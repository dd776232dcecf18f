"""Several widths of one source from one decode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.imaging.cost import FIXED_MEMORY, Cost
from app.imaging.cost.encode import encode_cost
from app.imaging.pipeline import draw_frames, encode_frames
from app.imaging.steps.costs import Planned, area
from app.imaging.work import Rendition, Work, prepare
from app.options import ResizeOptions

Item = TypeVar("Item")
Result = TypeVar("Result")


class Series(msgspec.Struct, frozen=True):
    """Several widths of one image with everything decided and nothing decoded, in the order asked for."""

    works: tuple[Work, ...]
    cost: Cost


def prepare_series(
    data: bytes, options: ResizeOptions, widths: Iterable[int], limits: Limits, *, accepts: tuple[str, ...] = ()
) -> Series:
    """Return the works for ``widths`` and what they cost together; raises what ``prepare`` raises."""
    works = [prepare(data, replace(options, width=width), limits, accepts=accepts) for width in widths]
    shrink = min(work.plan.shrink for work in works)
    shared = tuple(replace(work, plan=replace(work.plan, shrink=shrink)) for work in works)
    return Series(shared, _cost(works))


def _cost(works: Sequence[Work]) -> Cost:
    """Return an upper bound of the cost: drawn one after the other, kept until the end, and encoded together."""
    held = sum(4 * area(work.size) * work.output.frames for work in works)
    drawing = max(work.cost.memory_bytes for work in works) + held
    encoding = works[0].header.bytes + FIXED_MEMORY + sum(encode_memory(work) for work in works)
    return Cost(int(max(drawing, encoding)), sum(work.cost.cpu_s for work in works))


def encode_memory(work: Work) -> int:
    """Return the bytes that all finished frames of one work take together with their encoder."""
    memory, _ = encode_cost(Planned(work.header, work.options, work.plan, work.size), work.output)
    return int(memory)


def render_series(
    series: Series, data: bytes, deadline: Deadline, stopwatch: Stopwatch, *, cores: int = 1
) -> list[Rendition]:
    """Return one rendition per work, in their order, up to ``cores`` encoded at a time; AVIF uses all cores itself.

    Raises what ``render`` raises.
    """
    images, durations, profile = draw_frames(series.works, data, deadline, stopwatch)

    def encoded(index: int) -> Rendition:
        deadline.check("encode")
        work, kept = series.works[index], images[index]
        count = work.output.frames
        return encode_frames(work, data, kept[:count], durations[:count], profile)

    # the largest takes longest, so it begins first
    order = sorted(range(len(images)), key=lambda index: -images[index][0].width)
    with stopwatch.stage("encode"):
        made = spread(encoded, order, most=1 if series.works[0].format == "avif" else cores)
    return [made[order.index(index)] for index in range(len(order))]


def spread(task: Callable[[Item], Result], items: Sequence[Item], *, most: int) -> list[Result]:
    """Return ``task`` of each item in their order, on at most ``most`` threads; raises what the first task raised."""
    threads = min(most, len(items))
    if threads < 2:
        return [task(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(task, items))
