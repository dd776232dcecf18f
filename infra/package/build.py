"""Builds the package: a clean tree, compiled, zipped, checked."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from infra.package import archive
from infra.package.audit import Audit, audit
from infra.package.bytecode import compile_tree
from infra.package.pythons import Interpreter
from infra.package.tree import BuildFailed, fill

ROOT: Final = Path(__file__).resolve().parents[2]


class Built(msgspec.Struct, frozen=True):
    """One package: where it is, its Python, SHA-256 of its bytes and of its contents, what the audit saw."""

    path: Path
    python: Interpreter
    sha256: str
    contents: str
    audit: Audit


def build(output: Path, *, python: Interpreter, root: Path = ROOT) -> Built:
    """Write the package of the project at ``root`` to ``output``; raise BuildFailed, also when the audit objects.

    The tree stands in a directory of its own below ``build/``, so that two builds can run at once.
    """
    (root / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / "build", prefix="package-") as place:
        tree = Path(place)
        fill(tree, root, python=python)
        compile_tree(tree, python)
        files = archive.read_tree(tree)
    archive.write(files, output)
    found = audit(output, tag=python.tag, magic=python.magic)
    if found.problems:
        output.unlink()
        raise BuildFailed("the package is not fit to ship:\n  " + "\n  ".join(found.problems))
    sha256 = hashlib.sha256(output.read_bytes()).hexdigest()
    return Built(output, python, sha256, archive.contents_digest(files), found)
