from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

import pytest

from app.core.errors import RateLimited
from app.runtime.rate_limit import RateLimit
from tests.conftest import FakeClock
from tests.support.project_copy import ROOT


class Build(Protocol):
    def __call__(self, rate: float = 2.0, burst: int = 4, *, path: Path | None = None) -> RateLimit: ...


@pytest.fixture
def build(clock: FakeClock) -> Iterator[Build]:
    with ExitStack() as stack:
        yield lambda rate=2.0, burst=4, *, path=None: stack.enter_context(
            closing(RateLimit(rate, burst, clock=clock, path=path))
        )


def taken(limit: RateLimit, address: str, times: int) -> int:
    """Return how many of so many requests are admitted."""
    return sum(_takes(limit, address) for _ in range(times))


def _takes(limit: RateLimit, address: str) -> bool:
    try:
        limit.take(address)
    except RateLimited:
        return False
    return True


def test_a_burst_is_admitted_and_no_more(build: Build) -> None:
    limit = build(rate=2.0, burst=4)
    assert taken(limit, "192.0.2.1", 10) == 4
    assert limit.refused == 6


def test_tokens_come_back_at_the_rate_and_never_exceed_the_burst(build: Build, clock: FakeClock) -> None:
    limit = build(rate=2.0, burst=4)
    taken(limit, "192.0.2.1", 4)
    clock.advance(1.0)
    assert taken(limit, "192.0.2.1", 10) == 2
    clock.advance(1000.0)
    assert taken(limit, "192.0.2.1", 10) == 4


def test_a_refused_client_learns_when_to_come_back(build: Build, clock: FakeClock) -> None:
    limit = build(rate=0.1, burst=1)
    limit.take("192.0.2.1")
    clock.advance(3.5)
    with pytest.raises(RateLimited) as refused:
        limit.take("192.0.2.1")
    assert refused.value.retry_after == 7
    clock.advance(7.0)
    limit.take("192.0.2.1")


def test_requests_that_are_refused_do_not_make_the_wait_longer(build: Build, clock: FakeClock) -> None:
    limit = build(rate=1.0, burst=1)
    assert taken(limit, "192.0.2.1", 100) == 1
    clock.advance(1.0)
    assert taken(limit, "192.0.2.1", 1) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "unix:", False),
    ],
)
def test_what_counts_as_one_client(build: Build, one: str, other: str, same: bool) -> None:
    limit = build(burst=1)
    assert taken(limit, one, 1) == 1
    assert taken(limit, other, 1) == (0 if same else 1)


def test_many_addresses_take_no_more_memory_and_are_not_refused_for_each_other(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "rates"
    limit = build(burst=1, path=path)
    size = path.stat().st_size
    assert all(_takes(limit, f"10.0.{number >> 8}.{number & 255}") for number in range(20_000))
    assert path.stat().st_size == size <= 2**20


def test_processes_with_the_same_path_share_the_limit(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "rates"
    one, other = build(burst=4, path=path), build(burst=4, path=path)
    assert taken(one, "192.0.2.1", 3) + taken(other, "192.0.2.1", 3) == 4
    assert path.stat().st_mode & 0o777 == 0o600


COUNT = """
import sys, time
from pathlib import Path
from app.core.errors import RateLimited
from app.runtime.rate_limit import RateLimit

def slow_clock():
    time.sleep(0.001)  # lets others in between reading and writing, if nothing keeps them out
    return 1e6

limit = RateLimit(1e-6, 100, clock=slow_clock, path=Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
admitted = 0
for _ in range(60):
    try:
        limit.take("192.0.2.1")
        admitted += 1
    except RateLimited:
        pass
print(admitted)
"""


def test_no_token_is_given_out_twice_by_processes_that_race(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNT, str(tmp_path / "rates")]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert sum(int(process.communicate(timeout=60)[0]) for process in running) == 100


def test_no_token_is_given_out_twice_by_threads_that_race(tmp_path: Path) -> None:
    def slow_clock() -> float:
        time.sleep(0.001)
        return 1e6

    limit = RateLimit(1e-6, 100, clock=slow_clock, path=tmp_path / "rates")
    with closing(limit), ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: taken(limit, "192.0.2.1", 20), range(8))) == 100


def test_a_table_from_before_a_reboot_locks_nobody_out(build: Build, clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "rates"
    taken(build(burst=4, path=path), "192.0.2.1", 4)
    clock.seconds = 5.0  # the clock of another boot
    assert taken(build(burst=4, path=path), "192.0.2.1", 10) == 4


@pytest.mark.parametrize("obstacle", ["a link to another file", "a directory"])
def test_where_no_table_can_be_shared_the_limit_is_the_process_s_own(
    build: Build, tmp_path: Path, obstacle: str
) -> None:
    path, precious = tmp_path / "rates", tmp_path / "precious"
    precious.write_text("kept")
    path.symlink_to(precious) if "link" in obstacle else path.mkdir()
    limit = build(burst=4, path=path)
    assert taken(limit, "192.0.2.1", 10) == 4
    assert precious.read_text() == "kept"
