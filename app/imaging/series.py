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
from app.imaging.steps.costs import Planned, area, sample_bytes
from app.imaging.work import Rendition, Work, prepare
from app.options import ResizeOptions

Item = TypeVar("Item")
Result = TypeVar("Result")


class Series(msgspec.Struct, frozen=True):
    """Several widths of one image with everything decided and nothing decoded, in the order asked for.

    ``threads`` is how many of them are encoded at a time.
    """

    works: tuple[Work, ...]
    cost: Cost
    threads: int = 1


def prepare_series(
    data: bytes, options: ResizeOptions, widths: Iterable[int], limits: Limits, *, cores: int = 1
) -> Series:
    """Return the works for ``widths`` and what they cost together, encoded on up to ``cores``; AVIF uses all itself.

    Raises what ``prepare`` raises.
    """
    works = [prepare(data, replace(options, width=width), limits) for width in widths]
    shrink = min(work.plan.shrink for work in works)
    shared = tuple(replace(work, plan=replace(work.plan, shrink=shrink)) for work in works)
    threads = 1 if works[0].format == "avif" else cores
    return Series(shared, series_cost(works, threads), threads)


def series_cost(works: Sequence[Work], threads: int) -> Cost:
    """Return an upper bound of the cost: drawn one after the other, kept until the end, ``threads`` encoded at a time.

    The largest come first. What is made of the others is no larger than their frames, and is kept too.
    """
    held = sum(4 * area(work.size) * work.output.frames for work in works)
    drawing = max(work.cost.memory_bytes for work in works) + held
    finished = [finished_memory(work) for work in works]
    more = sorted(encode_memory(work) - 2 * frames for work, frames in zip(works, finished, strict=True))
    encoding = works[0].header.bytes + FIXED_MEMORY + 2 * sum(finished) + sum(max(0, size) for size in more[-threads:])
    return Cost(int(max(drawing, encoding)), sum(work.cost.cpu_s for work in works))


def encode_memory(work: Work) -> int:
    """Return the bytes that all finished frames of one work take together with their encoder."""
    memory, _ = encode_cost(_planned(work), work.output)
    return int(memory)


def finished_memory(work: Work) -> int:
    """Return the bytes of all finished frames of one work."""
    return int(sample_bytes(_planned(work)) * area(work.size) * work.output.frames)


def _planned(work: Work) -> Planned:
    return Planned(work.header, work.options, work.plan, work.size)


def render_series(series: Series, data: bytes, deadline: Deadline, stopwatch: Stopwatch) -> list[Rendition]:
    """Return one rendition per work, in their order; raises what ``render`` raises."""
    images, durations, profile = draw_frames(series.works, data, deadline, stopwatch)

    def encoded(index: int) -> Rendition:
        deadline.check("encode")
        work, kept = series.works[index], images[index]
        count = work.output.frames
        return encode_frames(work, data, kept[:count], durations[:count], profile)

    # the largest takes longest, so it begins first
    order = sorted(range(len(images)), key=lambda index: -images[index][0].width)
    with stopwatch.stage("encode"):
        made = spread(encoded, order, most=series.threads)
    return [made[order.index(index)] for index in range(len(order))]


def spread(task: Callable[[Item], Result], items: Sequence[Item], *, most: int) -> list[Result]:
    """Return ``task`` of each item in their order, on at most ``most`` threads; raises what the first task raised."""
    threads = min(most, len(items))
    if threads < 2:
        return [task(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(task, items))
