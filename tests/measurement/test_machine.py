"""What a result says of the machine, on Linux and where there is less to read."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from measurement.machine import machine
from measurement.stamps import ROOT


def test_the_processor_is_named_as_the_kernel_does(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\n\nprocessor\t: 1\nmodel name\t: Other\n")
    assert machine(cpuinfo)["cpu"] == "Some CPU @ 2.00GHz"


@pytest.mark.parametrize("text", ["processor\t: 0\nCPU part\t: 0xd0c\n", None])
def test_a_processor_that_the_kernel_does_not_name_is_named_by_its_kind(text: str | None, tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    if text is not None:
        cpuinfo.write_text(text)
    assert machine(cpuinfo)["cpu"] == (platform.processor() or platform.machine())


def test_without_affinity_as_on_macos_all_cores_count() -> None:
    code = (
        "import os, json\n"
        "if hasattr(os, 'sched_getaffinity'): del os.sched_getaffinity\n"
        "from measurement.machine import machine\n"
        "print(json.dumps(machine()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["cores"] == str(os.cpu_count())
