"""Several widths from one decode look as if each was rendered alone, and are encoded on several cores."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from app import imaging
from app.core.deadline import Deadline, Stopwatch
from app.core.errors import DeadlineExceeded
from app.imaging.series import encode_memory, finished_memory, series_cost, spread
from app.imaging.work import planned
from bench.quality.ssim import ssim
from tests.support import drawing
from tests.support.drawing import ycbcr
from tests.support.work import LIMITS, options, picture, rendered, renditions

JPEG = drawing.encoded(drawing.photo(120, 80), "JPEG")
GIF = drawing.animation("GIF", drawing.moving(), duration=50)
PHOTO = drawing.encoded(drawing.photo(200, 150), "JPEG", quality=92)
# the last three are wider than the source, so that one picture becomes three files
WIDTHS = (40, 90, 200, 300, 400)


def rendered_on(data: bytes, format: str, *, cores: int) -> tuple[list[imaging.Rendition], set[int]]:
    """Return the renditions and the threads that looked at the clock."""
    series = imaging.prepare_series(data, options(format=format), WIDTHS, LIMITS, cores=cores)
    threads: set[int] = set()

    def clock() -> float:
        threads.add(threading.get_ident())
        return time.monotonic()

    return imaging.render_series(series, data, Deadline.after(60, clock), Stopwatch()), threads


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "gif"])
@pytest.mark.parametrize("data", [PHOTO, GIF])
def test_results_are_the_same_on_any_number_of_cores(data: bytes, format: str) -> None:
    one, threads = rendered_on(data, format, cores=1)
    assert threads == {threading.get_ident()}
    for cores in (2, 8):
        several, threads = rendered_on(data, format, cores=cores)
        assert several == one
        assert 1 <= len(threads - {threading.get_ident()}) <= cores


def test_memory_is_estimated_as_if_the_largest_were_encoded_at_once() -> None:
    """All ten were counted, of which a container with two cores encodes two at a time."""
    query = options(format="webp", quality=100)
    one, two, ten = (imaging.prepare_series(PHOTO, query, range(190, 200), LIMITS, cores=cores) for cores in (1, 2, 10))
    encoders = sum(encode_memory(work) for work in ten.works)
    assert ten.cost.memory_bytes >= encoders + len(PHOTO) > max(work.cost.memory_bytes for work in ten.works)
    frames = sum(finished_memory(work) for work in two.works)
    largest = sum(encode_memory(work) - finished_memory(work) for work in two.works[-2:])
    assert ten.cost.memory_bytes > two.cost.memory_bytes > one.cost.memory_bytes
    assert two.cost.memory_bytes >= frames + largest + len(PHOTO)


def test_the_estimate_of_several_widths_of_an_animation_is_above_what_was_measured() -> None:
    """For four widths of a recording 707 MiB were estimated on two cores, and 351 measured."""
    plain = imaging.probe(drawing.animation("PNG", drawing.moving(), duration=50), LIMITS)
    recording = replace(plain, stored_width=1280, stored_height=720, frames=60, bytes=6_400_000)
    works = [planned(recording, options(width=width), LIMITS) for width in (320, 480, 640, 800)]
    assert 351 < series_cost(works, 2).memory_bytes / 2**20 < 640
    assert 284 < series_cost(works, 1).memory_bytes / 2**20 < 540


def test_avif_uses_threads_of_its_own() -> None:
    assert rendered_on(PHOTO, "avif", cores=2)[1] == {threading.get_ident()}


def test_no_more_threads_than_requested_run_at_a_time() -> None:
    running, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(3, timeout=30)

    def task(item: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait()
        with lock:
            running -= 1
        return -item

    assert spread(task, range(9), most=3) == [-item for item in range(9)]
    assert most == 3


def test_an_encode_past_the_deadline_raises() -> None:
    series = imaging.prepare_series(PHOTO, options(), WIDTHS, LIMITS, cores=2)
    main = threading.get_ident()
    late = Deadline(1.0, lambda: 0.0 if threading.get_ident() == main else 2.0)
    with pytest.raises(DeadlineExceeded):
        imaging.render_series(series, PHOTO, late, Stopwatch())


def test_renditions_are_like_those_made_alone() -> None:
    photo = drawing.encoded(drawing.photo(1200, 900, noise=3), "JPEG", quality=92)
    widths = (200, 1000, 480, 90)
    made = renditions(photo, options(format="png"), *widths)
    assert [result.width for result in made] == list(widths)
    for result in made:
        alone = drawing.array(picture(photo, width=result.width, format="png"))
        assert np.abs(drawing.array(drawing.opened(result.body)) - alone).mean() < 1.2
        weights = np.array([0.299, 0.587, 0.114])
        assert ssim(drawing.array(drawing.opened(result.body)) @ weights, alone @ weights) > 0.997


class Counting(Stopwatch):
    """A stopwatch that remembers every stage it timed."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def stage(self, name: str) -> AbstractContextManager[None]:  # type: ignore[override]
        self.names.append(name)
        return super().stage(name)


def test_renditions_decode_once() -> None:
    stopwatch = Counting()
    series = imaging.prepare_series(JPEG, options(), (20, 40, 60), LIMITS)
    assert {work.plan.shrink for work in series.works} == {1}
    made = imaging.render_series(series, JPEG, Deadline.after(60), stopwatch)
    assert [result.width for result in made] == [20, 40, 60]
    # one frame, and the attempt to find another
    assert stopwatch.names == ["decode", "resize", "decode", "encode"]
    moving = renditions(GIF, options(frames=3), 30, 10)
    assert [(result.width, result.frames) for result in moving] == [(30, 3), (10, 3)]


@pytest.mark.parametrize("query", [{"rotate": 90}, {"rotate": 12}, {"height": 40, "fit": "cover"}, {"trim": 10}])
def test_renditions_of_other_shapes(query: dict[str, Any]) -> None:
    made = renditions(JPEG, options(**query), 60, 20)
    for result, width in zip(made, (60, 20), strict=True):
        alone = picture(JPEG, width=width, **query)
        assert alone.size == (result.width, result.height) == drawing.opened(result.body).size


@pytest.mark.parametrize("tint", [None, "red"])
def test_several_widths_are_all_made_the_same_way(tint: str | None) -> None:
    query: dict[str, Any] = {"tint": tint} if tint else {}
    series = imaging.prepare_series(PHOTO, options(**query), (40, 100, 160), LIMITS)
    assert len({(work.plan.shrink, work.output.first, work.format) for work in series.works}) == 1
    for found, width in zip(renditions(PHOTO, options(**query), 40, 100, 160), (40, 100, 160), strict=True):
        alone = rendered(PHOTO, width=width, **query)
        shown, single = (ycbcr(drawing.opened(body)) for body in (found.body, alone.body))
        assert np.abs(shown - single).mean() < 2


def test_one_width_may_be_enlarged_beside_others_that_are_not() -> None:
    made = renditions(PHOTO, options(upscale=True), 40, 400)
    assert [result.width for result in made] == [40, 400]
    for result in made:
        alone = rendered(PHOTO, width=result.width, upscale=True)
        shown, single = (ycbcr(drawing.opened(body)) for body in (result.body, alone.body))
        assert np.abs(shown - single).mean() < 2


@pytest.mark.parametrize("format", ["gif", "webp", "png"])
def test_renditions_keep_durations_and_pad(format: str) -> None:
    durations = [100, 250, 40, 610]
    data = drawing.animation("GIF", drawing.moving(), duration=durations)
    for result in renditions(data, options(format=format, pad="1,2,3,4", background="red"), 30, 20):
        assert drawing.durations(result.body) == durations
        first = drawing.frames(result.body)[0]
        below = result.height - 5
        edges = [(x, below) for x in (3, 4, result.width - 3, result.width - 2)]
        assert [drawing.channels(first, at)[1] < 60 for at in edges] == [True, False, False, True]
