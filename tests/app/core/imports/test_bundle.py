"""Modules imported from a bundle are as those of files: packages, tracebacks, sources, files beside them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from infra.package.bundle import bundle_tree

ROOT = Path(__file__).parents[4]

SCRIPT = """
import sys
sys.path[:0] = [{root!r}, {tree!r}]
from app.core.imports import bundle
bundle.install({tree!r})
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A bundle of a package with a module that fails and a file beside it."""
    package = tmp_path / "shapes"
    package.mkdir()
    (package / "__init__.py").write_text("from shapes.circle import area\n")
    (package / "circle.py").write_text("def area(radius):\n    return 3 * radius / (radius - 1)\n")
    (package / "note.txt").write_text("round")
    options = ["-q", "-f", "--invalidation-mode", "checked-hash", "-s", str(tmp_path), "-p", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "compileall", *options, str(package)], check=True)
    bundle_tree(tmp_path)
    assert not list(tmp_path.rglob("*.pyc"))
    return tmp_path


def run(tree: Path, code: str) -> subprocess.CompletedProcess[str]:
    script = SCRIPT.format(root=str(ROOT), tree=str(tree)) + code
    return subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True, check=False)


def test_a_package_and_its_modules_come_from_the_bundle(tree: Path) -> None:
    (tree / "shapes" / "circle.py").write_text("raise SystemExit('the source was compiled')")
    done = run(tree, "import shapes; print(shapes.area(2), shapes.__path__, type(shapes.__loader__).__name__)")
    assert done.stdout == f"6.0 ['{tree}/shapes'] BundleLoader\n", done.stderr


def test_a_traceback_shows_file_line_and_source(tree: Path) -> None:
    trace = run(tree, "import shapes; shapes.area(1)").stderr
    assert f'File "{tree}/shapes/circle.py", line 2, in area' in trace
    assert "return 3 * radius / (radius - 1)" in trace


def test_files_beside_a_module_are_found(tree: Path) -> None:
    code = """
import importlib.resources, inspect, pkgutil, shapes
print(importlib.resources.files(shapes).joinpath("note.txt").read_text(), pkgutil.get_data("shapes", "note.txt"))
print([module.name for module in pkgutil.iter_modules(shapes.__path__)], inspect.getsource(shapes.area).splitlines()[0])
"""
    assert run(tree, code).stdout == "round b'round'\n['circle'] def area(radius):\n"


def test_a_module_that_is_not_there_is_missing(tree: Path) -> None:
    assert "No module named 'shapes.square'" in run(tree, "import shapes.square").stderr


def test_without_a_bundle_nothing_changes(tmp_path: Path) -> None:
    done = run(tmp_path, "print(type(sys.meta_path[0]).__name__)")
    assert "BundleFinder" not in done.stdout
    assert done.returncode == 0, done.stderr
