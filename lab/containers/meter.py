"""Measures one container: its peak memory, and the CPU it uses until it has answered and afterwards."""

from __future__ import annotations

from lab.containers import procfs
from lab.containers.process import ContainerProcess


class Meter:
    """Figures of one container; ``peak_bytes`` is over its whole life, as Lambda reports it.

    ``cpu_ms`` is what the last invocation used until its reply, and ``waited_ms`` how long it waited for a core.
    """

    def __init__(self) -> None:
        self.peak_bytes = 0
        self.cpu_ms = self.waited_ms = 0.0
        self._cpu_at_begin = 0.0
        self._demand_at_begin: float | None = None
        self._cpu_at_reply: float | None = None

    def measure_memory(self, process: ContainerProcess) -> None:
        """Take the memory held now into account."""
        self.peak_bytes = max(self.peak_bytes, procfs.resident_bytes(process.pid))

    def begin_invocation(self) -> None:
        """Forget the last reply."""
        self._cpu_at_reply = None
        self.cpu_ms = self.waited_ms = 0.0

    def begin_run(self, process: ContainerProcess, *, waits: bool) -> None:
        """Count from here; reading the ``waits`` takes a tenth of a millisecond of each invocation."""
        self._cpu_at_begin = procfs.cpu_s(process.pid)
        self._demand_at_begin = procfs.demand_s(process.pid) if waits else None

    def measure_reply(self, process: ContainerProcess) -> None:
        """Measure memory and CPU at the reply; the kernel's own peak includes what happened between two checks."""
        self.peak_bytes = max(self.peak_bytes, procfs.peak_bytes(process.pid))
        self._cpu_at_reply = procfs.cpu_s(process.pid)
        self.cpu_ms = 1000 * (self._cpu_at_reply - self._cpu_at_begin)
        before = self._demand_at_begin
        demand = None if before is None else procfs.demand_s(process.pid)
        if before is not None and demand is not None:
            self.waited_ms = max(0.0, 1000 * (demand - before) - self.cpu_ms)

    @property
    def has_reply(self) -> bool:
        """Return whether the current or last invocation has replied."""
        return self._cpu_at_reply is not None

    def late_cpu_ms(self, process: ContainerProcess) -> float:
        """Return the CPU used since the reply, or since the last call; 0 before any reply."""
        now = procfs.cpu_s(process.pid)
        before, self._cpu_at_reply = self._cpu_at_reply, now
        return 0.0 if before is None else 1000 * (now - before)
