"""The load that a month's requests put on a server."""

from __future__ import annotations

import msgspec
import pytest

from lab.costs.workload import Workload


def test_how_busy_a_server_would_be() -> None:
    # a request at 1,769 MB has a core for itself
    work = Workload(requests=730 * 3600 * 10, memory=1769, duration=100)
    assert work.busy_share(2) == pytest.approx(0.5)
    assert msgspec.structs.replace(work, memory=3538).busy_share(2) == pytest.approx(0.5)
