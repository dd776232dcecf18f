"""``python -m bench [--quick] [names]``: sets up the bench's own environment and runs there."""

from __future__ import annotations

import os
import sys

from bench import setup


def main() -> int:
    """Set up, then become the run; return an exit code only when that cannot be."""
    try:
        python = setup.python()
    except setup.SetupError as exc:
        return setup.explain(exc)
    os.chdir(setup.ROOT)
    os.execv(python, [str(python), "-m", "bench.run", *sys.argv[1:]])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    sys.exit(main())
