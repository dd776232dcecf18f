"""Takes the docstrings out of modules: nothing reads them on Lambda, and every import would load them.

``python -OO`` takes out assertions too, which some libraries rely on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator


def without_docstrings(source: bytes, *, keep_classes: bool = False) -> bytes:
    """Return the UTF-8 source of a module without docstrings, with every other line where it was.

    ``keep_classes`` leaves those of classes, which msgspec puts into a JSON schema.
    """
    lines = source.splitlines(keepends=True)
    for docstring, filler in _docstrings(ast.parse(source), keep_classes):
        first, last = docstring.lineno - 1, (docstring.end_lineno or docstring.lineno) - 1
        before, after = lines[first][: docstring.col_offset], lines[last][docstring.end_col_offset :]
        lines[first : last + 1] = [before + filler + after, *[b"\n"] * (last - first)]
    return b"".join(lines)


def _docstrings(tree: ast.Module, keep_classes: bool) -> Iterator[tuple[ast.Expr, bytes]]:
    """Yield each docstring with what takes its place: a body needs a statement, which costs nothing once compiled.

    Nothing may stand before ``from __future__ import`` at the beginning of a module.
    """
    for node in _with_blocks(tree):
        if isinstance(node, ast.ClassDef) and keep_classes:
            continue
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str())) as docstring, *_]:
                    yield docstring, b"" if isinstance(node, ast.Module) else b"0"


def _with_blocks(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes that may hold statements, without looking into expressions, which most nodes of a tree are."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        yield (node := waiting.pop())
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, block, ())
