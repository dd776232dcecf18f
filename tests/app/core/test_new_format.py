"""A format added by the recipe: everything that must know it does, and what is missing is noticed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.support.recipes import Block, apply, recipe

ROOT = Path(__file__).parents[3]

RECIPE = recipe("Add an output format")
RECORD, *NEEDED = RECIPE.blocks
# a record with everything that the recipe leaves at its default
FULL = structs.replace(RECORD, code=RECORD.code.replace("plugin=", 'aliases=("pnm",), auto_rank=3, plugin='))

SCRIPT = """
import io, json, sys
from runpy import run_path
from PIL import Image
from app import create_app, options
from app.core.config import Platform, Settings
from app.container import Container
from app.core.errors import InvalidParameter

TYPE = "image/x-portable-pixmap"
container = Container(Settings(storage=sys.argv[1], log_level="error"), Platform())
http = create_app(container).test_client()

def refusal(**given):
    try:
        options.parse(given.items())
    except InvalidParameter as exc:
        return exc.detail

def kind(answer):
    return [answer.status_code, answer.mimetype]

def resized(image_id, query, accept="*/*"):
    return http.get(f"/resize?id={image_id}&width=20&{query}", headers={"Accept": accept})

png = io.BytesIO()
Image.new("RGB", (40, 30), "teal").save(png, "PNG")
ppm = http.post("/resize?format=pnm", data=png.getvalue())
stored = http.post("/upload", data=ppm.data, headers={"Accept": "application/json"})
image_id = stored.json["images"][0]["id"]
described, pruned = run_path(sys.argv[2]), run_path(sys.argv[3])
print(json.dumps({
    "options": options.parse([("format", "pnm"), ("lossless", "true")]).canonical(),
    "expected": options.describe("format").expected,
    "lossless": refusal(format="jpeg", lossless="true"),
    "max_bytes": refusal(format="ppm", max_bytes="5000"),
    "frames": refusal(format="ppm", frames="2"),
    "icc": refusal(format="ppm", icc="keep"),
    "made": kind(ppm),
    "stored": [stored.status_code, stored.json["images"][0]["format"]],
    "kept": kind(resized(image_id, "")),
    "turned": kind(resized(image_id, "format=jpeg")),
    "auto": kind(resized(image_id, "format=auto", TYPE)),
    "avif first": kind(resized(image_id, "format=auto", f"{TYPE}, image/avif")),
    "lossless auto": kind(resized(image_id, "format=auto&lossless=true", f"{TYPE}, image/avif")),
    "exact": kind(resized(image_id, "format=ppm&lossless=true")),
    "original": kind(http.get(f"/images/{image_id}/original")),
    "info": http.get(f"/info?id={image_id}").json["format"],
    "presign": http.post("/upload/presign", json={"content_type": TYPE, "bytes": 9}).status_code,
    "other type": http.post("/upload/presign", json={"content_type": "text/html", "bytes": 9}).json["detail"],
    "no image": http.post("/upload", data=b"words", headers={"Accept": "application/json"}).json["detail"],
    "form": http.get("/").text,
    "docs": http.get("/docs").text,
    "tables": described["formats_table"]() + described["options_table"](),
    "ships": not pruned["is_unused"]("PIL/PpmImagePlugin.py"),
}))
container.close()
"""


def file_with(line: str, folder: Path) -> Path:
    """Return the one module that has this line."""
    (found,) = [path for path in folder.rglob("*.py") if line in path.read_text().splitlines()]
    return found


def copied(target: Path, *blocks: Block) -> Path:
    """Return a copy of what knows formats, with these blocks of the recipe in it."""
    for name in ("app", "infra", "docs"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "charts"))
    apply(structs.replace(RECIPE, blocks=blocks), target)
    return target


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in ``tree``, with the rest of the project behind it."""
    environment = {**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{ROOT}"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Return what the app answers once it has the format and what the format needs."""
    tree = copied(tmp_path_factory.mktemp("new"), FULL, *NEEDED)
    pruning = file_with("def is_unused(name: str) -> bool:", tree / "infra")
    done = run(tree, "-c", SCRIPT, str(tree / "storage"), str(tree / "docs" / "tables.py"), str(pruning))
    assert done.returncode == 0, done.stderr
    answers: Mapping[str, Any] = json.loads(done.stdout)
    return answers


def test_options_take_it_and_know_what_it_cannot_do(found: Mapping[str, Any]) -> None:
    assert found["options"] == "format=ppm&lossless=true"
    assert found["expected"] == "auto, ppm, jpeg, png, webp, gif, avif or tiff"
    assert found["lossless"] == "lossless: expected with format ppm, png or webp, jpeg cannot be lossless here"
    assert "ppm has no quality to choose" in found["max_bytes"]
    assert found["frames"] == "frames: expected 1 with format ppm, which cannot be animated"
    assert found["icc"] == "icc: expected srgb with format ppm, which cannot hold it"


def test_it_is_made_stored_and_read(found: Mapping[str, Any]) -> None:
    ours = [200, "image/x-portable-pixmap"]
    assert found["made"] == found["kept"] == found["exact"] == found["original"] == ours
    assert found["turned"] == [200, "image/jpeg"]
    assert found["stored"] == [201, "ppm"]
    assert found["info"] == "ppm"


def test_auto_chooses_it_by_its_rank(found: Mapping[str, Any]) -> None:
    assert found["auto"] == found["lossless auto"] == [200, "image/x-portable-pixmap"]
    assert found["avif first"] == [200, "image/avif"]


def test_messages_pages_and_docs_name_it(found: Mapping[str, Any]) -> None:
    assert found["presign"] == 200
    assert "image/x-portable-pixmap, image/jpeg" in found["other type"]
    assert "PPM, JPEG, PNG, WebP, GIF, AVIF, TIFF, BMP or HEIC" in found["no image"]
    assert 'accept="image/x-portable-pixmap,image/jpeg' in found["form"]
    assert "PPM, JPEG, PNG" in found["form"]
    for text in (found["docs"], found["tables"]):
        assert "auto, ppm, jpeg" in text
    assert "| `ppm`, `pnm` | `image/x-portable-pixmap` | yes |  |  | yes |" in found["tables"]


def test_its_codec_is_part_of_the_package(found: Mapping[str, Any]) -> None:
    assert found["ships"]


@pytest.mark.parametrize("missing", NEEDED, ids=["encoder", "decode", "encode"])
def test_a_format_without_what_it_needs_is_noticed(tmp_path: Path, missing: Block) -> None:
    tree = copied(tmp_path, RECORD, *(block for block in NEEDED if block != missing))
    shutil.copy(ROOT / "tests/app/core/test_formats.py", tree)
    done = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest", "-k", "ppm", "test_formats.py")
    assert done.returncode == 1, done.stdout
    assert "[ppm]" in done.stdout
