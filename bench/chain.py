"""Asks sharp for pictures by its own calls, and our engine for the same by our options."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.setup import PEERS, Node
from measurement.processes import clean_environment
from measurement.stamps import ROOT

Chain = Sequence[Sequence[Any]]


class Sharp:
    """A process that makes one picture per request."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def make(self, source: Path, out: Path, chain: Chain) -> dict[str, Any]:
        """Write what ``chain`` makes of ``source``; return sharp's own words about it."""
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise RuntimeError("expected a process with pipes on both sides")
        to.write(json.dumps({"source": str(source), "out": str(out), "chain": chain}) + "\n")
        to.flush()
        line = back.readline()
        if not line:
            raise RuntimeError(f"sharp died of {chain!r}, its words are above")
        told: dict[str, Any] = json.loads(line)
        return told


@contextmanager
def sharp(node: Node) -> Iterator[Sharp]:
    """Start sharp; end it when the block ends."""
    with subprocess.Popen(
        [str(node.program), str(ROOT / "bench/peers/sharp_chain.mjs")],
        cwd=PEERS,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Sharp(process)
        finally:
            process.kill()


def ours(source: Path, wanted: Mapping[str, Any]) -> bytes:
    """Return what our options make of ``source``."""
    from app import imaging, options
    from app.config import Limits
    from app.deadline import Deadline, Stopwatch

    data = source.read_bytes()
    work = imaging.prepare(data, options.parse(wanted.items()), Limits())
    return imaging.render(work, data, Deadline.after(120), Stopwatch()).body
