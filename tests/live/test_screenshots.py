"""The screenshots of the README can be taken again, and those in the project are small enough for a page."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from PIL import Image

from tests.support.browser import needs_chromium
from tests.support.project_copy import ROOT

# the pictures are in a folder of the same name, which mypy would take for the module
SCRIPT = import_module("docs.screenshots")
FOLDER = ROOT / "docs" / "screenshots"
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
MOST_BYTES = 150_000


@needs_chromium
def test_the_script_takes_every_screenshot_again(tmp_path: Path) -> None:
    assert SCRIPT.main([str(tmp_path)], most_at_once=4) == 0
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
    shown = [page for page in PAGES if re.search(rf"!\[[^]]+\]\((docs/)?screenshots/{path.name}\)", page.read_text())]
    assert len(shown) == 1
