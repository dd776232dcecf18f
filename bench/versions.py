"""The versions of every program that takes part in a comparison."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

from bench.engine.subjects import available
from bench.engine.task import ResizeTask, subject_worker
from bench.run_config import RunConfig

# a subject's worker reports its own versions; ours are those of this process
PEERS = ("sharp", "vips", "thumbor")


def versions(config: RunConfig) -> Mapping[str, str]:
    """Return the version of everything that takes part in a resize, ours and the peers'."""
    from PIL import features

    from app.imaging.native_resampler import resampler

    theirs: dict[str, str] = {}
    for name in [each for each in PEERS if each in available(config)]:
        with subject_worker(name, ResizeTask(config.sources.tiny), config) as worker:
            theirs |= worker.ask("versions")
    return {
        "python": platform.python_version(),
        "flask": version("flask"),
        "pillow": version("pillow"),
        "resampler": resampler(),
        "jpeg": f"libjpeg-turbo {features.version_feature('libjpeg_turbo')}",
        **theirs,
    }
