"""Memory freed after one image is reused for the next."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from app.runtime import allocator
from tests.support import drawing

ROOT = Path(__file__).resolve().parents[3]
ON_GLIBC = platform.libc_ver()[0] == "glibc"
# Faults of one resize in a process that has resized before, the one number that it prints.
_COUNT = """
import resource, sys
from app import imaging, options
from app.runtime import allocator
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch

def resize():
    work = imaging.prepare(data, options.parse([("width", "480")]), Limits())
    imaging.render(work, data, Deadline.after(60), Stopwatch())

data = open(sys.argv[1], "rb").read()
if sys.argv[2] == "keep":
    assert allocator.keep_freed()
for _ in range(3):
    resize()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    resize()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 5)
"""


def _faults(source: Path, how: str) -> int:
    command = [sys.executable, "-c", _COUNT, str(source), how]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(not ON_GLIBC, reason="other C libraries have no such settings")
def test_a_resize_finds_the_memory_of_the_last_one(tmp_path: Path) -> None:
    source = tmp_path / "photo.webp"
    source.write_bytes(drawing.encoded(drawing.photo(1200, 900), "WEBP"))
    assert _faults(source, "keep") < 100 < _faults(source, "return")


# Resident memory in MiB of a process whose heap ends in a small block, with 200 MB of freed images below it; then what
# it is after it was asked to hold no more than so many MiB.
_KEPT = """
import sys
from app.runtime import allocator
from tests.support.freed_images import free_images

assert allocator.keep_freed()
pins = free_images()
print(allocator.memory_use().resident >> 20)
print(int(allocator.shrink_to(int(sys.argv[1]) << 20)))
print(allocator.memory_use().resident >> 20)
"""


@pytest.mark.skipif(not ON_GLIBC, reason="other C libraries have no such heaps")
@pytest.mark.parametrize(("most", "asked"), [(1000, False), (150, True)])
def test_freed_images_below_a_small_block_are_kept_until_memory_is_short(most: int, asked: bool) -> None:
    command = [sys.executable, "-c", _KEPT, str(most)]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    before, did, after = map(int, output.split())
    assert before > 200
    assert did == asked
    assert after < 100 if asked else after > 200


def test_resident_memory_is_what_the_kernel_says() -> None:
    status = Path("/proc/self/status")
    if not status.exists():
        assert allocator.memory_use().resident == 0
        return
    resident = int(next(line for line in status.read_text().splitlines() if line.startswith("VmRSS")).split()[1])
    assert abs(allocator.memory_use().resident / 1024 - resident) < 4096


@pytest.mark.parametrize("stage", ["dev", "production"])
def test_the_lambda_environment_sets_the_same_values(stage: str) -> None:
    variables = json.loads((ROOT / "zappa_settings.json").read_text())[stage]["aws_environment_variables"]
    assert variables["MALLOC_TRIM_THRESHOLD_"] == str(allocator.TRIM_THRESHOLD)
    assert variables["MALLOC_MMAP_THRESHOLD_"] == str(allocator.MMAP_THRESHOLD)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_in_mebibytes() -> None:
    found = allocator.memory_mb()
    assert set(found) == {"used", "peak"}
    assert 5 < found["used"] <= found["peak"] + 1 < 10_000
