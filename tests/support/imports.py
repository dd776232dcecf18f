"""What a module imports, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator


def imported(nodes: Iterable[ast.AST], known: Container[str]) -> Iterator[str]:
    """Yield the modules that the import statements among ``nodes`` name.

    ``from app import x`` is app.x when that is one of the ``known`` modules, else app. Relative imports fail.
    """
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in known else str(node.module)
