"""The load that a month's requests put on a server."""

from __future__ import annotations

import msgspec
import pytest

from lab.costs.workload import Workload


def test_the_load_on_a_server() -> None:
    # 1,769 MB is one vCPU
    work = Workload(requests=730 * 3600 * 10, memory=1769, duration=100)
    assert work.busy_share(2) == pytest.approx(0.5)
    assert msgspec.structs.replace(work, memory=3538).busy_share(2) == pytest.approx(0.5)
