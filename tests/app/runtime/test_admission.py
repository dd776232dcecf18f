from __future__ import annotations

import platform
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from app.core.deadline import Deadline
from app.core.errors import Busy, DeadlineExceeded, TooCostly
from app.runtime.admission import BASE_MB, Admission
from tests.conftest import FakeClock
from tests.support import drawing
from tests.support.waiting import wait_until

MIB = 1024 * 1024
ROOT = Path(__file__).resolve().parents[3]
# The least memory in MiB that a resize is admitted in, and its peak in a process that holds 200 MB of freed images.
_PEAK = """
import re, sys
from app import imaging, options
from app.core.config import MIB, Limits
from app.core.deadline import Deadline, Stopwatch
from app.runtime import allocator
from app.runtime.admission import BASE_MB, Admission
from tests.support.freed_images import free_images

def resize():
    deadline = Deadline.after(60)
    with admission.admit(work.cost.memory_bytes, work.cost.cpu_s, deadline):
        imaging.render(work, data, deadline, Stopwatch())

data = open(sys.argv[1], "rb").read()
work = imaging.prepare(data, options.parse([("width", "2000"), ("format", "png")]), Limits())
limit = BASE_MB + work.cost.memory_bytes // MIB + 1
admission = Admission(memory_mb=limit, slots=1)
assert allocator.keep_freed()
pins = free_images()
open("/proc/self/clear_refs", "w").write("5")
resize()
print(limit, int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


def build(*, room_mb: int = 100, slots: int = 2, cpu_share: float = 1.0, patience_s: float = 0.0) -> Admission:
    return Admission(memory_mb=BASE_MB + room_mb, slots=slots, cpu_share=cpu_share, patience_s=patience_s)


@pytest.fixture
def deadline(clock: FakeClock) -> Deadline:
    return Deadline.after(30.0, clock)


def test_work_that_fits_together_runs_together(deadline: Deadline) -> None:
    admission = build()
    with admission.admit(50 * MIB, 1.0, deadline), admission.admit(50 * MIB, 1.0, deadline):
        pass


def test_memory_that_does_not_fit_together_is_busy(deadline: Deadline) -> None:
    admission = build()
    with (
        admission.admit(60 * MIB, 1.0, deadline),
        pytest.raises(Busy),
        admission.admit(50 * MIB, 1.0, deadline),
    ):
        pass


def test_more_work_than_slots_is_busy(deadline: Deadline) -> None:
    admission = build(slots=1)
    with admission.admit(1, 1.0, deadline), pytest.raises(Busy), admission.admit(1, 1.0, deadline):
        pass


def fail() -> None:
    raise KeyError


def test_slots_and_memory_are_released_after_an_error(deadline: Deadline) -> None:
    admission = build(slots=1)
    for _ in range(3):
        with pytest.raises(KeyError), admission.admit(100 * MIB, 1.0, deadline):
            fail()
    with admission.admit(100 * MIB, 1.0, deadline):
        pass


def test_busy_takes_nothing(deadline: Deadline) -> None:
    admission = build()
    with admission.admit(100 * MIB, 1.0, deadline), pytest.raises(Busy), admission.admit(100 * MIB, 1.0, deadline):
        pass
    with admission.admit(100 * MIB, 1.0, deadline):
        pass


def test_work_that_can_never_fit_is_too_costly_at_once(deadline: Deadline) -> None:
    admission = build(patience_s=3600)
    with (
        admission.admit(100 * MIB, 1.0, deadline),
        pytest.raises(TooCostly, match=r"101 MiB.*100 MiB"),
        admission.admit(101 * MIB, 1.0, deadline),
    ):
        pass


@pytest.mark.parametrize(
    ("cpu_s", "cpu_share", "passes"),
    [(30.0, 1.0, True), (30.1, 1.0, False), (3.0, 0.1, True), (3.1, 0.1, False), (0.0, 0.01, True)],
)
def test_time_is_counted_in_the_share_of_a_core_we_get(
    deadline: Deadline, cpu_s: float, cpu_share: float, passes: bool
) -> None:
    admission = build(cpu_share=cpu_share)
    if passes:
        with admission.admit(1, cpu_s, deadline):
            return
    with pytest.raises(TooCostly, match=r"30\.0 s"), admission.admit(1, cpu_s, deadline):
        pass


def test_the_time_that_is_left_decides(deadline: Deadline, clock: FakeClock) -> None:
    """What had to be waited for is not the image's fault: it is worth another try, unless a whole deadline is short."""
    clock.advance(25.0)
    with pytest.raises(DeadlineExceeded, match=r"6\.0 s.*5\.0 s"), build().admit(1, 6.0, deadline):
        pass
    with pytest.raises(TooCostly, match=r"30\.1 s.*30\.0 s"), build().admit(1, 30.1, deadline):
        pass
    with build().admit(1, 5.0, deadline):
        pass


def test_waiting_never_takes_the_time_the_work_needs(deadline: Deadline) -> None:
    """An encode cannot be interrupted, so work that has waited too long to finish in time must be refused."""
    admission = build(slots=1, patience_s=3600)

    def attempt() -> None:
        with admission.admit(1, 30.0, deadline):
            pass

    with ThreadPoolExecutor(1) as pool:
        with admission.admit(1, 1.0, deadline):
            waiting = pool.submit(attempt)
            wait([waiting], timeout=5)
        with pytest.raises(Busy):
            waiting.result(timeout=60)


def test_waiting_work_starts_when_memory_is_released(deadline: Deadline) -> None:
    admission = build(slots=1, patience_s=30)
    inside, order = threading.Event(), []

    def wait_for_turn() -> None:
        inside.set()
        with admission.admit(100 * MIB, 1.0, deadline):
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        with admission.admit(100 * MIB, 1.0, deadline):
            waiting = pool.submit(wait_for_turn)
            inside.wait(timeout=30)
            order.append("first")
        waiting.result(timeout=30)
    assert order == ["first", "second"]


def test_no_more_than_eight_wait_for_a_slot(deadline: Deadline) -> None:
    """Each holds a thread and the bytes of its source, so the next is told at once to come again."""
    admission = build(slots=1, patience_s=30)
    refused, release = threading.Semaphore(0), threading.Event()

    def work() -> bool:
        try:
            with admission.admit(MIB, 0.0, deadline):
                return release.wait(timeout=30)
        except Busy:
            refused.release()
            return False

    with ThreadPoolExecutor(12) as pool:
        done = [pool.submit(work) for _ in range(12)]
        assert all(refused.acquire(timeout=30) for _ in range(3))
        release.set()
        assert sorted(each.result(timeout=30) for each in done) == [False] * 3 + [True] * 9


def test_deferred_work_takes_no_slot_and_waits_for_memory_as_long_as_it_has_time(clock: FakeClock) -> None:
    """Whatever the patience of requests, and however many of them wait."""
    admission, later = build(slots=1), Deadline.after(30.0, clock, deferred=True)
    order = []

    def work() -> None:
        with admission.admit(60 * MIB, 0.0, later):
            order.append("deferred")

    with ThreadPoolExecutor(12) as pool:
        with admission.admit(60 * MIB, 1.0, Deadline.after(30.0, clock)):
            waiting = [pool.submit(work) for _ in range(12)]
            wait_until(lambda: admission.waiting == 12)
            with admission.admit(40 * MIB, 0.0, later):
                order.append("beside the only slot")
        for each in waiting:
            each.result(timeout=30)
    assert order == ["beside the only slot", *["deferred"] * 12]
    with admission.admit(1, 0.0, later), admission.admit(1, 0.0, Deadline.after(30.0, clock)):
        pass


def test_deferred_work_does_not_wait_for_longer_than_it_has(clock: FakeClock) -> None:
    admission = build()
    short = Deadline.after(0.05, clock, deferred=True)
    with admission.admit(100 * MIB, 0.0, short), pytest.raises(Busy), admission.admit(1, 0.0, short):
        pass


def test_admitted_work_never_exceeds_the_memory(deadline: Deadline) -> None:
    admission = build(room_mb=100, slots=3, patience_s=30)
    lock, inside, seen = threading.Lock(), [0, 0], [(0, 0)]

    def work(memory_mb: int) -> None:
        with admission.admit(memory_mb * MIB, 0.0, deadline):
            with lock:
                inside[0] += 1
                inside[1] += memory_mb
                seen.append((inside[0], inside[1]))
            with lock:
                inside[0] -= 1
                inside[1] -= memory_mb

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [10, 40, 60, 100] * 50))
    assert max(count for count, _ in seen) <= 3
    assert max(memory for _, memory in seen) <= 100


def test_the_smallest_function_still_takes_small_images(deadline: Deadline) -> None:
    with Admission(memory_mb=128, slots=1, patience_s=0).admit(16 * MIB, 1.0, deadline):
        pass


def test_before_and_after_work_the_process_may_hold_what_is_left(deadline: Deadline) -> None:
    """What is admitted has its memory to itself; a quarter is free when nothing runs, for the source of the next."""
    most: list[int] = []
    admission = Admission(memory_mb=400, slots=2, shrink=lambda limit: most.append(limit // MIB))
    with admission.admit(50 * MIB, 1.0, deadline):
        assert most == [350]
        with pytest.raises(KeyError), admission.admit(60 * MIB, 1.0, deadline):
            fail()
        assert most == [350, 290, 250]
    assert most == [350, 290, 250, 300]


def test_while_work_runs_the_process_may_hold_no_more_than_its_limit(deadline: Deadline) -> None:
    limits: list[tuple[int, int]] = []
    admission = Admission(memory_mb=400, slots=2, limit=lambda whole, held: limits.append((whole // MIB, held // MIB)))
    with admission.admit(50 * MIB, 1.0, deadline), pytest.raises(KeyError), admission.admit(60 * MIB, 1.0, deadline):
        fail()
    assert limits == [(400, 50), (400, 110), (400, 50), (400, 0)]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such heaps")
def test_work_has_the_memory_that_earlier_images_freed(tmp_path: Path) -> None:
    source = tmp_path / "noise.jpeg"
    source.write_bytes(drawing.encoded(drawing.noise(3000, 3000), "JPEG", progressive=True))
    command = [sys.executable, "-c", _PEAK, str(source)]
    limit, peak = map(int, subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())
    assert peak <= limit
