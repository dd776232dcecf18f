"""The package as others see it: its public names, and what the first of them loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app import imaging
from tests.support import drawing

JPEG = drawing.encoded(drawing.photo(120, 80), "JPEG")
GIF = drawing.animation("GIF", drawing.moving(), duration=50)


def loaded(code: str) -> set[str]:
    """Return the Pillow modules that are loaded in a fresh interpreter after ``code``."""
    tail = "; import sys; print(*[name for name in sys.modules if name.startswith('PIL')])"
    run = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_nothing_of_pillow_is_loaded_before_it_is_needed() -> None:
    assert loaded("from app import imaging; imaging.sniff(b'GIF89a'); imaging.media_type('png')") == set()
    probe = "from app import imaging; from app.core.config import Limits; imaging.probe({!r}, Limits())"
    assert loaded(probe.format(GIF)) == set()
    assert loaded(probe.format(drawing.encoded(drawing.photo(8, 8), "JPEG"))) == set()


def test_only_the_decoder_that_is_needed_is_loaded() -> None:
    small = drawing.encoded(drawing.photo(8, 8), "JPEG")
    names = loaded(
        "from app import imaging; from app.core.config import Limits; from app.options import ResizeOptions;"
        "from app.core.deadline import Deadline, Stopwatch;"
        f"data = {small!r}; work = imaging.prepare(data, ResizeOptions(width=4), Limits());"
        "imaging.render(work, data, Deadline.after(9), Stopwatch())"
    )
    assert {name for name in names if name.endswith("ImagePlugin")} == {"PIL.JpegImagePlugin"}
    assert "PIL.ImageCms" not in names


def test_public_names() -> None:
    assert all(getattr(imaging, name) is not None for names in imaging._HOMES.values() for name in names)
    with pytest.raises(AttributeError):
        imaging.nothing  # noqa: B018
    versions = imaging.versions()
    assert {"pillow", "webp", "avif", "libjpeg_turbo"} <= set(versions)


def test_the_engine_is_our_version_and_the_resampler() -> None:
    assert imaging.engine() == f"{imaging._ENGINE} {imaging.versions()['resampler']}"
    assert imaging._ENGINE.isdigit()
