"""Measures one container: its peak memory, and the CPU it uses after it has answered."""

from __future__ import annotations

from lab.containers import procfs
from lab.containers.process import ContainerProcess


class Meter:
    """Figures of one container; ``peak_bytes`` is over its whole life, as Lambda reports it."""

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._cpu_at_reply: float | None = None

    def measure_memory(self, process: ContainerProcess) -> None:
        """Take the memory held now into account."""
        self.peak_bytes = max(self.peak_bytes, procfs.resident_bytes(process.pid))

    def begin_invocation(self) -> None:
        """Forget the last reply."""
        self._cpu_at_reply = None

    def measure_reply(self, process: ContainerProcess) -> None:
        """Measure memory and CPU at the reply; the kernel's own peak includes what happened between two checks."""
        self.peak_bytes = max(self.peak_bytes, procfs.peak_bytes(process.pid))
        self._cpu_at_reply = procfs.cpu_s(process.pid)

    @property
    def has_reply(self) -> bool:
        """Return whether the current or last invocation has replied."""
        return self._cpu_at_reply is not None

    def late_cpu_ms(self, process: ContainerProcess) -> float:
        """Return the CPU used since the reply, or since the last call; 0 before any reply."""
        now = procfs.cpu_s(process.pid)
        before, self._cpu_at_reply = self._cpu_at_reply, now
        return 0.0 if before is None else 1000 * (now - before)
