"""Compiles the tree ahead of time, and proves that what was compiled will be used.

Lambda's file dates are not the build's, so bytecode that is checked by date is stale there and every
cold start compiles everything anew. Checked-hash bytecode names the source by content instead.
https://peps.python.org/pep-0552/
"""

from __future__ import annotations

from _imp import source_hash
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from infra.package import runtime
from infra.package.pythons import Interpreter
from infra.package.tree import run

_CHECKED_HASH: Final = 0b11
_HEADER: Final = 16


def compile_tree(tree: Path, python: Interpreter) -> None:
    """Write ``__pycache__`` for every module below ``tree``, with the paths it will have on Lambda.

    One process and a fixed order: the same sources give the same bytes. Columns are left out (lines stay), which
    nothing but the carets below a traceback's lines needs. Raises BuildFailed.
    """
    where = ["-s", str(tree), "-p", runtime.TASK_ROOT, str(tree)]
    options = ["-q", "-f", "--invalidation-mode", "checked-hash", *where]
    command = [str(python.path), "-S", "-P", "-X", "no_debug_ranges", "-m", "compileall", *options]
    run(command, failed="a module does not compile")


def cache_name(name: str, tag: str) -> str:
    """Return where the bytecode of the module at ``name`` lies."""
    path = PurePosixPath(name)
    return str(path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc")


def problems(files: Mapping[str, bytes], *, tag: str, magic: str) -> list[str]:
    """Return one line for each module whose bytecode the Python of this tag and magic would not use as it is."""
    found: list[str] = []
    expected = {cache_name(name, tag): name for name in files if name.endswith(".py")}
    found += [
        f"{name}: bytecode without its source" for name in files if name.endswith(".pyc") and name not in expected
    ]
    for cached, name in expected.items():
        fault = _fault(files.get(cached), files[name], name, magic)
        if fault:
            found.append(f"{cached}: {fault}")
    return found


def _fault(code: bytes | None, source: bytes, name: str, magic: str) -> str | None:
    if code is None:
        return "missing, so every cold start would compile it"
    if code[:4].hex() != magic:
        return "written by another Python"
    if int.from_bytes(code[4:8], "little") != _CHECKED_HASH:
        return "not checked by hash"
    # The hash is keyed with the magic of the Python that reads it, not of the one that runs this.
    if code[8:_HEADER] != source_hash(int.from_bytes(code[:4], "little"), source):
        return "stale: compiled from another source"
    if f"{runtime.TASK_ROOT}/{name}".encode() not in code:
        return f"does not carry its path below {runtime.TASK_ROOT}"
    return None
