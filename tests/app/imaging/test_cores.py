"""Several encodes at a time: never more than there are cores, the same bytes as one by one."""

from __future__ import annotations

import threading
import time

import pytest

from app import imaging
from app.deadline import Deadline, Stopwatch
from app.errors import DeadlineExceeded
from app.imaging import cores
from app.imaging.cost.estimate import encode_memory
from tests.support import drawing
from tests.support.work import LIMITS, options

PHOTO = drawing.encoded(drawing.photo(200, 150), "JPEG", quality=92)
GIF = drawing.animation("GIF", drawing.moving(), duration=50)
# the last three are wider than the source, so that one picture becomes three files
WIDTHS = (40, 90, 200, 300, 400)


def made(series: imaging.Series, data: bytes, *, most: int) -> tuple[list[imaging.Rendition], set[int]]:
    """Return the renditions and the threads that looked at the clock."""
    threads: set[int] = set()

    def clock() -> float:
        threads.add(threading.get_ident())
        return time.monotonic()

    return imaging.render_series(series, data, Deadline.after(60, clock), Stopwatch(), cores=most), threads


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "gif"])
@pytest.mark.parametrize("data", [PHOTO, GIF])
def test_results_are_the_same_on_any_number_of_cores(data: bytes, format: str) -> None:
    series = imaging.prepare_series(data, options(format=format), WIDTHS, LIMITS)
    one, threads = made(series, data, most=1)
    assert threads == {threading.get_ident()}
    for most in (2, 8):
        several, threads = made(series, data, most=most)
        assert several == one
        assert 1 <= len(threads - {threading.get_ident()}) <= most


def test_memory_is_asked_for_as_if_all_were_encoded_at_once() -> None:
    series = imaging.prepare_series(PHOTO, options(format="webp", quality=100), range(190, 200), LIMITS)
    encoders = sum(encode_memory(work.header, work.plan, work.output) for work in series.works)
    assert series.cost.memory_bytes >= encoders + len(PHOTO) > max(work.cost.memory_bytes for work in series.works)


def test_avif_has_threads_of_its_own() -> None:
    series = imaging.prepare_series(PHOTO, options(format="avif"), WIDTHS[:2], LIMITS)
    assert made(series, PHOTO, most=2)[1] == {threading.get_ident()}


def test_no_more_at_a_time_than_asked_for() -> None:
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

    assert cores.spread(task, range(9), most=3) == [-item for item in range(9)]
    assert most == 3


def test_a_late_encode_raises_like_any_other() -> None:
    series = imaging.prepare_series(PHOTO, options(), WIDTHS, LIMITS)
    main = threading.get_ident()
    late = Deadline(1.0, lambda: 0.0 if threading.get_ident() == main else 2.0)
    with pytest.raises(DeadlineExceeded):
        imaging.render_series(series, PHOTO, late, Stopwatch(), cores=2)
