"""Memory that no header announced is refused to a decoder, before the platform ends the process for it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from app.runtime.admission import BASE_MB
from app.runtime.memory_limit import limit_memory
from tests.support import drawing, vp8l

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is that of Linux")

ROOT = Path(__file__).resolve().parents[3]
MIB = 1024 * 1024
# What a resize ends in, and its peak in MiB, in a process of so many MB; then what an honest image ends in.
_RESIZE = """
import json, re, sys
from app import imaging, options
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.core.errors import ServiceError
from app.runtime.admission import Admission

def resize(path):
    data = open(path, "rb").read()
    work = imaging.prepare(data, options.parse([("width", "64"), ("format", "png")]), Limits())
    deadline = Deadline.after(60)
    try:
        with admission.admit(work.cost.memory_bytes, work.cost.cpu_s, deadline):
            return imaging.render(work, data, deadline, Stopwatch()).format
    except ServiceError as error:
        return error.code

admission = Admission(memory_mb=int(sys.argv[1]), slots=1)
found = [resize(sys.argv[2])]
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024
print(json.dumps([resize(sys.argv[2]), peak, resize(sys.argv[3]), len(bytearray(2 << 30))]))
"""


def test_a_picture_that_takes_more_than_there_is_fails_alone(tmp_path: Path) -> None:
    """The Huffman tables of this file take 370 MB, and libwebp asks for all of them at once."""
    hostile, honest = tmp_path / "hostile.webp", tmp_path / "honest.webp"
    hostile.write_bytes(vp8l.many_groups(1024, 65_536))
    honest.write_bytes(drawing.encoded(drawing.photo(1024, 1024), "WEBP", lossless=True))
    found = {}
    for memory_mb in (BASE_MB + 100, BASE_MB + 1000):
        command = [sys.executable, "-c", _RESIZE, str(memory_mb), str(hostile), str(honest)]
        output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        found[memory_mb] = json.loads(output)
    (refused, low, after, more), (made, high, *_) = found.values()
    assert (refused, made, after) == ("undecodable_image", "png", "png")
    assert low < BASE_MB + 100 < high
    assert more == 2 << 30, "nothing is limited when nothing runs"


def test_the_limit_follows_what_is_held() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        limit_memory(0, 100 * MIB)
        little, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limit_memory(1 << 40, 100 * MIB)
        much, _ = resource.getrlimit(resource.RLIMIT_DATA)
        limit_memory(1 << 40, 0)
        assert resource.getrlimit(resource.RLIMIT_DATA) == (hard, hard) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
    assert 300 * MIB < little < much
    assert much > (1 << 40) - (4 << 30)
