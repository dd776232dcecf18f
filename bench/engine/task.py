"""The resize that all subjects perform, and the worker process of each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.run_config import RunConfig
from bench.setup import PEERS
from measurement.processes import Worker, clean_environment, worker_process
from measurement.stamps import ROOT


class ResizeTask(msgspec.Struct, frozen=True):
    """One resize, the same for every subject: ``source`` to ``width`` as ``format``, with 4:2:0 chroma."""

    source: Path
    progressive: bool = True
    width: int = 480
    quality: int = 80
    format: str = "jpeg"

    def arguments(self) -> list[str]:
        """Return the task as the workers take it on their command line."""
        return [str(self.source), str(self.width), str(self.quality), str(self.progressive).lower(), self.format]


@contextmanager
def subject_worker(subject: str, task: ResizeTask, config: RunConfig) -> Iterator[Worker]:
    """Run the worker of ``subject``, a key of SUBJECTS, until the block ends."""
    # subjects built on libvips use one thread; sharp's own script sets that itself
    environment = clean_environment(VIPS_CONCURRENCY="1")
    with worker_process(_command(subject, task, config), PEERS if subject == "sharp" else ROOT, environment) as worker:
        yield worker


def _command(subject: str, task: ResizeTask, config: RunConfig) -> list[str]:
    if subject == "sharp":
        return [str(config.node.program), str(ROOT / "bench/peers/sharp_worker.mjs"), *task.arguments()]
    python = config.thumbor if subject == "thumbor" else sys.executable
    return [str(python), "-m", "bench.engine.worker", subject, *task.arguments()]
