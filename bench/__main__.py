"""``python -m bench [--quick] [names]``: sets up the benchmark's own environment and runs there."""

from __future__ import annotations

import os
import sys

from bench import setup
from measurement.stamps import ROOT


def main() -> int:
    """Set up, then replace this process by ``bench.cli``; return an exit code only when setting up fails."""
    try:
        python = setup.python()
    except setup.BenchSetupError as exc:
        return setup.explain(exc)
    os.chdir(ROOT)
    os.execv(python, [str(python), "-m", "bench.cli", *sys.argv[1:]])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    sys.exit(main())
