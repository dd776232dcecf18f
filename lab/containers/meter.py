"""What one container costs while it runs: its peak memory, and the CPU it uses after it has answered."""

from __future__ import annotations

from lab.containers import procfs
from lab.containers.process import ContainerProcess


class Meter:
    """Figures of one container; ``peak_bytes`` is over its whole life, as Lambda reports it."""

    def __init__(self) -> None:
        self.peak_bytes = 0
        self._cpu_at_reply: float | None = None

    def look(self, process: ContainerProcess) -> None:
        """Note the memory held now."""
        self.peak_bytes = max(self.peak_bytes, procfs.resident_bytes(process.pid))

    def begin(self) -> None:
        """Note that an invocation begins."""
        self._cpu_at_reply = None

    def reply(self, process: ContainerProcess) -> None:
        """Note memory and CPU at the answer; the kernel's own peak includes what happened between two looks."""
        self.peak_bytes = max(self.peak_bytes, procfs.peak_bytes(process.pid))
        self._cpu_at_reply = procfs.cpu_s(process.pid)

    @property
    def has_answered(self) -> bool:
        """Say whether this invocation, or the last, has brought its answer."""
        return self._cpu_at_reply is not None

    def late_ms(self, process: ContainerProcess) -> float:
        """Return the CPU used since the answer, or since this was last asked; 0 before any answer."""
        now = procfs.cpu_s(process.pid)
        before, self._cpu_at_reply = self._cpu_at_reply, now
        return 0.0 if before is None else 1000 * (now - before)
