"""The programs that are compared, by key and by the name that tables give them."""

from __future__ import annotations

from collections.abc import Mapping

from bench.run_config import RunConfig

SUBJECTS: Mapping[str, str] = {
    "ours": "Monolambda",
    "sharp": "sharp",
    "vips": "pyvips",
    "thumbor": "thumbor's engine",
    "naive": "naive Pillow",
    "bare": "bare pipeline",
}
# all but the bare pipeline, which resizes nothing but JPEG
PROGRAMS = tuple(key for key in SUBJECTS if key != "bare")


def available(config: RunConfig) -> Mapping[str, str]:
    """Return the subjects that could be set up; only thumbor may be missing."""
    return {key: label for key, label in SUBJECTS.items() if key != "thumbor" or config.thumbor}
