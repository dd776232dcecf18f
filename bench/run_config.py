"""The input of every experiment: the source images, the programs that run the peers, and how thorough to be."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bench.setup import Node
from bench.sources.photograph import SourceFiles


class RunConfig(msgspec.Struct, frozen=True):
    """The settings of one run.

    ``thumbor`` is the Python of thumbor's environment, if it could be installed. ``quick`` means few rounds, which
    show that everything runs but are too noisy to judge.
    """

    sources: SourceFiles
    node: Node
    thumbor: Path | None = None
    quick: bool = False
