"""Starts the worker process of each subject: ours, sharp, libvips, thumbor's engine and naive Pillow."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.setup import PEERS
from bench.stand import Stand
from measurement.processes import Worker, clean_environment, started
from measurement.stamps import ROOT


class Job(msgspec.Struct, frozen=True):
    """One resize that every subject does alike: to 480 wide at quality 80 and 4:2:0, in ``format``."""

    source: Path
    progressive: bool = True
    width: int = 480
    quality: int = 80
    format: str = "jpeg"

    def arguments(self) -> list[str]:
        """Return the job as the workers take it on their command line."""
        return [str(self.source), str(self.width), str(self.quality), str(self.progressive).lower(), self.format]


@contextmanager
def worker(subject: str, job: Job, stand: Stand) -> Iterator[Worker]:
    """Start the worker of ``subject`` (ours, sharp, vips, thumbor or naive) for ``job``; end it when the block ends."""
    # the peers built on libvips are to use one thread, as sharp is told in its own way
    environment = clean_environment(VIPS_CONCURRENCY="1")
    with started(_command(subject, job, stand), PEERS if subject == "sharp" else ROOT, environment) as each:
        yield each


def _command(subject: str, job: Job, stand: Stand) -> list[str]:
    if subject == "sharp":
        return [str(stand.node.program), str(ROOT / "bench/peers/sharp_worker.mjs"), *job.arguments()]
    python = stand.thumbor if subject == "thumbor" else sys.executable
    return [str(python), "-m", "bench.worker", subject, *job.arguments()]
