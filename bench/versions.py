"""Names the versions of every program that takes part in a comparison."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

from bench.stand import Stand
from bench.workers import Job, worker


def versions(stand: Stand) -> Mapping[str, str]:
    """Return the version of everything that takes part in a resize, on all sides."""
    from PIL import features

    theirs: dict[str, str] = {}
    for name in ("sharp", "vips", "thumbor") if stand.thumbor else ("sharp", "vips"):
        with worker(name, Job(stand.sources.tiny), stand) as peer:
            theirs |= peer.ask("versions")
    return {
        "python": platform.python_version(),
        "flask": version("flask"),
        "pillow": version("pillow"),
        "jpeg": f"libjpeg-turbo {features.version_feature('libjpeg_turbo')}",
        **theirs,
    }
