"""The commands beside Flask's own, started as a user starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.app.cli.conftest import Run

ROOT = Path(__file__).parents[3]
OURS = {"check", "hash-key", "purge", "resize", "settings", "sign-url"}


def flask(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("flask")), *arguments]
    environ = {**os.environ, **variables}
    return subprocess.run(
        command, cwd=ROOT, env=environ, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def test_help_lists_every_command_and_what_it_does(run: Run) -> None:
    lines = run("--help").output.splitlines()
    listed = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("  ") and line.split()}
    assert set(listed) >= OURS
    assert [name for name in OURS if not listed[name]] == []


def test_the_docs_have_every_command() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    assert [name for name in OURS if f"flask {name}" not in page] == []


def test_a_command_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    done = flask("settings", "--changed", MONOLAMBDA_STORAGE=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert f"MONOLAMBDA_STORAGE = {tmp_path}" in done.stdout
    assert done.stderr == "", "the start line is for servers"


def test_a_server_loads_no_command(tmp_path: Path) -> None:
    code = (
        "import sys, wsgi; print([name for name in sys.modules if name.startswith('app.cli.')], wsgi.app.cli.commands)"
    )
    environ = {**os.environ, "MONOLAMBDA_STORAGE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[] {}\n"


def test_a_command_has_every_core_whatever_another_server_is_told(tmp_path: Path) -> None:
    """WEB_CONCURRENCY is the number of processes of a server; `flask run` and `flask resize` are one."""
    code = "import os, wsgi; print(wsgi.container.services.renderer.cores, wsgi.platform.processes)\n"
    done = flask("shell", stdin=code, WEB_CONCURRENCY="64", MONOLAMBDA_STORAGE=str(tmp_path))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert f"{cores} 1\n" in done.stdout, done.stderr


def test_wrong_settings_end_in_one_line_that_names_them(tmp_path: Path) -> None:
    done = flask("check", MONOLAMBDA_STORAGE=str(tmp_path), MONOLAMBDA_WIDTHS="wide", MONOLAMBDA_TINT="red")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "MONOLAMBDA_WIDTHS" in done.stderr
    assert "MONOLAMBDA_TINT: there is no such setting" in done.stderr


def test_a_storage_that_is_a_file_ends_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    done = flask("check", MONOLAMBDA_STORAGE=str(path))
    assert done.returncode == 1
    assert done.stderr.startswith("Monolambda cannot start: the storage directory failed: ")
    assert done.stderr.count("\n") == 1
