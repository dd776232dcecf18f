"""Pins the pixels and facts of this working tree: ``python -m tests.golden``, or ``make golden``.

Refuses those that changed while ENGINE did not, because caches would mix old and new ones. An ENGINE that was never
released may be pinned again with ``--unreleased``.
"""

from __future__ import annotations

import argparse

from tests.golden import digests

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("--unreleased", action="store_true", help="this ENGINE was never released: pin it again")
    print(digests.pin(digests.current(), unreleased=parser.parse_args().unreleased))
