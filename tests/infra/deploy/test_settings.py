"""A file of stages: what a stage inherits, and a file that cannot be read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.deploy.settings import WrongSettings, stages
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


def test_a_stage_inherits_from_what_the_stage_it_extends_extends(tmp_path: Path) -> None:
    written = {
        "eu": {"extends": "prod", "aws_region": "eu-west-1"},
        "prod": {"extends": "dev", "memory_size": 1769, "aws_region": "us-east-1"},
        "dev": {"project_name": "monolambda", "memory_size": 512},
    }
    (tmp_path / "zappa_settings.json").write_text(json.dumps(written))
    assert stages(tmp_path) == {
        "eu": {"project_name": "monolambda", "memory_size": 1769, "aws_region": "eu-west-1", "extends": "prod"},
        "prod": {"project_name": "monolambda", "memory_size": 1769, "aws_region": "us-east-1", "extends": "dev"},
        "dev": {"project_name": "monolambda", "memory_size": 512},
    }


@pytest.mark.parametrize(
    ("extended", "message"),
    [
        ({"dev": "prod", "prod": "eu", "eu": "prod"}, "dev extends prod extends eu extends prod, in a circle"),
        ({"dev": "dev"}, "dev extends dev, in a circle"),
        ({"dev": "prod"}, "dev extends prod, which is no stage"),
        ({"dev": ["prod"]}, "dev extends ['prod'], which is no stage"),
    ],
)
def test_a_stage_that_extends_none_or_itself_is_named(
    extended: dict[str, object], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "zappa_settings.json"
    path.write_text(json.dumps({name: {"extends": other} for name, other in extended.items()}))
    with pytest.raises(WrongSettings) as caught:
        stages(tmp_path)
    assert caught.value.message == f"{path}: {message}"
