"""A file of stages that cannot be read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project_copy import copy_tracked


@pytest.mark.parametrize("module", ["infra.deploy.secrets", "infra.prove"])
def test_settings_that_are_not_json_are_named_in_one_line(module: str, tmp_path: Path) -> None:
    settings = copy_tracked(tmp_path) / "zappa_settings.json"
    for text in ('{"dev": {},}', "[]", '{"dev": {"a":' + '{"a":' * 100_000):
        settings.write_text(text)
        command = [sys.executable, "-m", module, "dev"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"{settings}: expected an object of Zappa's settings by stage: ")
