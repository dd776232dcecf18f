"""What the benchmark and the lab share depends on neither of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import measurement

FILES = sorted(Path(measurement.__file__).parent.glob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_module_imports_those_that_use_it(path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & {"lab", "bench"}


def test_the_package_itself_imports_nothing() -> None:
    assert list(imported(Path(measurement.__file__))) == []
