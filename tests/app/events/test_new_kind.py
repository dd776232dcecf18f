"""The recipe for a new kind of event in the docs, followed to the letter on a copy of the app."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"```python\n# (?P<file>app/[\w/]+\.py)(?:, below (?P<line>[^\n]+))?\n(?P<code>.*?)```", re.DOTALL)
RUN = """
import json, wsgi
from tests.support.use_cases import upload
image_id = upload(wsgi.container)
print(json.dumps(wsgi.handler({"erase": image_id}, None)))
print(wsgi.container.services.images.size(image_id))
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return a copy of the app with every block of the docs where its first line says."""
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "wsgi.py", tmp_path)
    text = (ROOT / "docs" / "events.md").read_text().partition("## A new kind")[2]
    blocks = list(BLOCK.finditer(text))
    assert len(blocks) == 4
    for block in blocks:
        _insert(tmp_path / block["file"], block["line"], block["code"])
    return tmp_path


def _insert(file: Path, line: str | None, code: str) -> None:
    if line is None:
        file.write_text(code)
        return
    lines = file.read_text().splitlines(keepends=True)
    (place,) = [number for number, text in enumerate(lines, start=1) if text.strip() == line]
    file.write_text("".join([*lines[:place], code, *lines[place:]]))


def test_the_example_of_the_docs_works(app: Path) -> None:
    door = app / "app" / "events" / "__init__.py"
    imports = "from app.events import commands, direct, job, s3, schedule"
    assert imports in door.read_text()
    door.write_text(door.read_text().replace(imports, f"{imports}, erasure"))
    variables = {**os.environ, "MONOLAMBDA_STORAGE": str(app / "storage"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=app,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    answer, size = done.stdout.splitlines()
    assert json.loads(answer) == {"status": 200}
    assert size == "None"
    assert '"kind":"erasure"' in done.stderr
