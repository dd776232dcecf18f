"""The screenshots of the README can be taken again, and those in the project are small enough for a page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.support.project_copy import ROOT

FOLDER = ROOT / "docs" / "screenshots"
MOST_BYTES = 150_000


@pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")) and not os.environ.get("CI"),
    reason="needs chromium and its driver",
)
def test_the_script_takes_every_screenshot_again(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "docs" / "screenshots.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in FOLDER.iterdir())
    for path in tmp_path.iterdir():
        with Image.open(path) as new, Image.open(FOLDER / path.name) as kept:
            assert new.format == kept.format == "PNG"
            assert new.width == kept.width
            colors = new.convert("RGB").getcolors(maxcolors=1 << 20)
            assert colors
            assert len(colors) > 2, "an empty page has one color"


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_a_screenshot_is_shown_and_small(path: Path) -> None:
    assert path.stat().st_size <= MOST_BYTES
    assert f"](docs/screenshots/{path.name})" in (ROOT / "README.md").read_text()
