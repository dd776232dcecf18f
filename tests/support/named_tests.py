"""Tests that a page of the docs names, as ``tests/a/test_b.py::test_c``."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def check(cell: str) -> None:
    """Fail unless the cell of a table names a test that exists and is never skipped."""
    path, _, name = cell.strip("`").partition("::")
    tree = ast.parse((ROOT / path).read_text())
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert name in found, f"{path} has no test {name!r}"
    assert "skip" not in " ".join(ast.unparse(each) for each in found[name].decorator_list)
