"""Runs sequences of sharp's own method calls in a Node.js process."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.setup import PEERS, Node
from measurement.processes import clean_environment
from measurement.stamps import ROOT

# each call is the name of a method of sharp, then its arguments
SharpCalls = Sequence[Sequence[Any]]


class Sharp:
    """A process that makes one image per request."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def make(self, source: Path, out: Path, calls: SharpCalls) -> dict[str, Any]:
        """Apply ``calls`` to ``source``, write the result to ``out``, and return sharp's information about it.

        Raises RuntimeError when sharp dies of it.
        """
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise RuntimeError("expected a process with pipes on both sides")
        requests.write(json.dumps({"source": str(source), "out": str(out), "calls": calls}) + "\n")
        requests.flush()
        line = answers.readline()
        if not line:
            raise RuntimeError(f"sharp died of {calls!r}; its error is above")
        info: dict[str, Any] = json.loads(line)
        return info


@contextmanager
def sharp(node: Node) -> Iterator[Sharp]:
    """Run sharp until the block ends."""
    with subprocess.Popen(
        [str(node.program), str(ROOT / "bench/peers/sharp_calls.mjs")],
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
