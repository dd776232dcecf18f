"""Compiles the package ahead of time, and checks that Lambda's Python will use the result.

File dates on Lambda differ from the build's, so bytecode validated by date is stale there and every cold start
would recompile everything. Checked-hash bytecode is validated by a hash of the source instead.
https://peps.python.org/pep-0552/

Only the app's own sources ship. Those of the wheels would be a tenth of the zip, and every cold start would read and
hash them; what tracebacks lose of them is the text of a line, not its number.
https://docs.python.org/3/reference/import.html#finders-and-loaders
"""

from __future__ import annotations

from _imp import source_hash
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from infra.package import lambda_runtime
from infra.package.build_step import run_step
from infra.package.docstrings import without_docstrings
from infra.package.interpreters import Interpreter

_CHECKED_HASH: Final = 0b11
_HEADER: Final = 16


def compile_tree(tree: Path, python: Interpreter) -> None:
    """Write bytecode for every module below ``tree``, with the paths it will have on Lambda: ``__pycache__`` for those
    of the app, and in place of its source for those of the wheels.

    Docstrings are left out, but for those of the app's classes, which the OpenAPI document shows. One process compiles
    in a fixed order, so that the same sources give the same bytes. Column numbers are left out too: only the carets
    below the lines of a traceback need them. Raises BuildFailed.
    """
    sources = {path: path.read_bytes() for path in sorted(tree.rglob("*.py"))}
    for path, source in sources.items():
        is_own = _is_own(path.relative_to(tree).as_posix())
        path.write_bytes(without_docstrings(source, keep_classes=is_own))
    paths = ["-s", str(tree), "-p", lambda_runtime.TASK_ROOT, str(tree)]
    options = ["-q", "-f", "--invalidation-mode", "checked-hash", *paths]
    command = [str(python.path), "-S", "-P", "-X", "no_debug_ranges", "-m", "compileall", *options]
    run_step(command, failed="a module does not compile")
    for path, source in sources.items():
        name = path.relative_to(tree).as_posix()
        cached = tree / cache_name(name, python.tag)
        if _is_own(name):
            path.write_bytes(source)
            _validate_by(source, cached)
            continue
        cached.rename(path.with_suffix(".pyc"))
        path.unlink()
        if not any(cached.parent.iterdir()):
            cached.parent.rmdir()


def _validate_by(source: bytes, cached: Path) -> None:
    """Make the bytecode valid for the source that ships, docstrings and all."""
    code = cached.read_bytes()
    cached.write_bytes(code[:8] + _hash(code, source) + code[_HEADER:])


def _hash(code: bytes, source: bytes) -> bytes:
    """Return the hash of a source in bytecode: its key is the magic number of the Python that will read it."""
    return source_hash(int.from_bytes(code[:4], "little"), source)


def _is_own(name: str) -> bool:
    return name == "wsgi.py" or name.startswith("app/")


def cache_name(name: str, tag: str) -> str:
    """Return the path of the bytecode of the module at ``name``."""
    path = PurePosixPath(name)
    return str(path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc")


def problems(files: Mapping[str, bytes], *, tag: str, magic: str) -> list[str]:
    """Return one line for each module whose bytecode the Python of this tag and magic number would not use."""
    found: list[str] = []
    expected = {cache_name(name, tag): name for name in files if name.endswith(".py")}
    for name in (name for name in files if name.endswith(".pyc") and name not in expected):
        if "__pycache__" in name or _is_own(name):
            found.append(f"{name}: bytecode without its source")
        else:
            found += _problems(name, files[name], name.removesuffix("c"), None, magic)
    for cached, name in expected.items():
        found += _problems(cached, files.get(cached), name, files[name], magic)
    return found


def _problems(cached: str, code: bytes | None, name: str, source: bytes | None, magic: str) -> list[str]:
    problem = _problem(code, source, name, magic)
    return [f"{cached}: {problem}"] if problem else []


def _problem(code: bytes | None, source: bytes | None, name: str, magic: str) -> str | None:
    if code is None:
        return "missing, so every cold start would compile it"
    if code[:4].hex() != magic:
        return "written by another Python"
    if int.from_bytes(code[4:8], "little") != _CHECKED_HASH:
        return "not checked by hash"
    if source is not None and code[8:_HEADER] != _hash(code, source):
        return "stale: compiled from another source"
    if f"{lambda_runtime.TASK_ROOT}/{name}".encode() not in code:
        return f"does not carry its path below {lambda_runtime.TASK_ROOT}"
    return None
