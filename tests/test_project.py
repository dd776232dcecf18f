"""The files around the code: one version, one list of checks for CI and for developers, no tool but the pinned ones."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from app.core.config import VERSION

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_version_has_one_home() -> None:
    assert "version" not in PROJECT["project"]
    assert PROJECT["project"]["dynamic"] == ["version"]
    module, _, name = PROJECT["tool"]["setuptools"]["dynamic"]["version"]["attr"].rpartition(".")
    assert getattr(import_module(module), name) is VERSION


def test_no_other_file_repeats_the_version() -> None:
    done = subprocess.run(
        ["git", "grep", "--fixed-strings", "--files-with-matches", f'"{VERSION}"'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["app/core/config.py"]


def test_the_version_is_the_newest_of_the_changelog_or_still_to_come() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]\n" in text
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", text, flags=re.MULTILINE)
    assert released in ([], [VERSION, *released[1:]])


def test_the_workflow_does_what_ci_run_does() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert len(commands) == 1
    assert commands[0].endswith(" bash .ci/run")


def test_ci_runs_what_a_developer_runs() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert script.splitlines()[-1] == "make test"
    subprocess.run(["bash", "-n", str(ROOT / ".ci/run")], check=True)


def test_hooks_before_a_commit_use_the_pinned_tools() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {repo["repo"] for repo in config["repos"]} == {"local"}, "a remote hook brings a version of its own"
    entries = [hook["entry"].split() for repo in config["repos"] for hook in repo["hooks"]]
    assert {entry[0] for entry in entries} == {".venv/bin/ruff", ".venv/bin/mypy"}
    pinned = (ROOT / "requirements-dev.txt").read_text()
    for entry in entries:
        assert f"\n{Path(entry[0]).name}==" in pinned
