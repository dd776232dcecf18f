"""A function that waits in INIT for a file, and computes nothing meanwhile."""

import os

from probe import proxy, wait_for  # type: ignore[import-not-found]

wait_for(os.environ["UNTIL"])

__all__ = ["proxy"]
