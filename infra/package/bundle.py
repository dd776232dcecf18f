"""Puts the bytecode of all modules into one file, which ``app/core/imports/bundle.py`` imports from."""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from app.core.imports.bundle import LENGTH_BYTES, NAME, Index
from infra.package.bytecode import cache_name

# what runs before the bundle is installed
_OUTSIDE: Final = frozenset({"wsgi", "app", "app.core", "app.core.imports", "app.core.imports.bundle"})
# values of this version are read by every Python since 3.4
_MARSHAL_VERSION: Final = 4


def bundle_tree(tree: Path) -> None:
    """Move the bytecode below ``tree`` into one file, but that of the modules which come before it."""
    paths = {source_of(path.relative_to(tree).as_posix()): path for path in tree.rglob("*.pyc")}
    inside = {source: path for source, path in sorted(paths.items()) if module_name(source) not in _OUTSIDE}
    (tree / NAME).write_bytes(bundled({source: path.read_bytes() for source, path in inside.items()}))
    for path in inside.values():
        path.unlink()
        if path.parent.name == "__pycache__" and not any(path.parent.iterdir()):
            path.parent.rmdir()


def source_of(name: str) -> str:
    """Return the path of the source that the bytecode at ``name`` was compiled from."""
    path = PurePosixPath(name)
    if path.parent.name == "__pycache__":
        return str(path.parent.parent / f"{path.name.partition('.')[0]}.py")
    return str(path.with_suffix(".py"))


def module_name(source: str) -> str:
    """Return the name of the module at the path ``source``."""
    return source.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def opened_bundle(files: Mapping[str, bytes], tag: str) -> dict[str, bytes]:
    """Return the files of a package with the bytecode of its bundle where ``compile_tree`` had written it."""
    data = files.get(NAME, bundled({}))
    start = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "big")
    index: Index = marshal.loads(data[LENGTH_BYTES:start])  # noqa: S302  # built by us
    opened = {
        cache_name(source, tag) if source in files else f"{source}c": data[start + offset : start + offset + size]
        for source, offset, size in index.values()
    }
    return {**{name: each for name, each in files.items() if name != NAME}, **opened}


def bundled(modules: Mapping[str, bytes]) -> bytes:
    """Return the file: the length of the index, the index, and the bytecode of each module."""
    index, offset = {}, 0
    for source, code in modules.items():
        index[module_name(source)] = (source, offset, len(code))
        offset += len(code)
    head = marshal.dumps(index, _MARSHAL_VERSION)
    return len(head).to_bytes(LENGTH_BYTES, "big") + head + b"".join(modules.values())
