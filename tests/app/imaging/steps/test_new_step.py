"""An option added by the recipe: its step works, costs and is documented, and a field alone is noticed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from tests.support import drawing
from tests.support.recipes import apply, recipe

ROOT = Path(__file__).parents[4]
# What docs/tables.py imports and fills, beside the app.
COPIED = ("app", "docs", "lab", "measurement", "bench")
RECIPE = recipe("Add an option")
FIELD, *STEP = RECIPE.blocks
PAGE = """
from pathlib import Path
from docs.tables import with_tables
print(with_tables(Path("docs/options.md").read_text()))
"""
UNCLAIMED = "import json; from tests.app.imaging.steps.test_steps import unclaimed; print(json.dumps(unclaimed()))"
RESIZE = """
import json, sys
from app import imaging
from app.core.config import Limits
from app.options import parse
from tests.support.work import picture, prepared

data = open(sys.argv[1], "rb").read()
work = prepared(data, invert=True)
print(json.dumps({
    "canonical": work.options.canonical(),
    "pixel": picture(data, invert=True, format="png").getpixel((9, 9)),
    "dearer": work.cost.cpu_s > prepared(data).cost.cpu_s,
}))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the tree without its tests, with the new option among the fields."""
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(ROOT / "README.md", tmp_path)
    apply(structs.replace(RECIPE, blocks=(FIELD,)), tmp_path)
    return tmp_path


def _run(tree: Path, *arguments: str) -> str:
    """Return what Python prints when it finds the copy first, and the tests in the original."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tree), str(ROOT)))}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_field_without_a_step_is_named(tree: Path) -> None:
    assert json.loads(_run(tree, "-c", UNCLAIMED)) == ["no step and no other module reads the option invert"]


def test_a_new_step_works_costs_and_is_documented(tree: Path) -> None:
    apply(structs.replace(RECIPE, blocks=STEP), tree)
    assert json.loads(_run(tree, "-c", UNCLAIMED)) == []
    photo = tree / "flat.jpg"
    photo.write_bytes(drawing.encoded(drawing.opened(drawing.flat(10, 20, 30)), "JPEG", quality=100))
    found = json.loads(_run(tree, "-c", RESIZE, str(photo)))
    assert found["canonical"] == "invert=true"
    assert found["pixel"] == pytest.approx([245, 235, 225], abs=3)
    assert found["dearer"]
    page = _run(tree, "-c", PAGE)
    assert "| `invert` |  | show the negative | true or false | `invert=true` |" in page
    assert page.index(", resize |\n") < page.index("| invert |\n") < page.index("| brightness, ")
