"""Builds the package: assembles a clean tree, compiles it, zips it and audits the zip."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from infra.package import archive, lambda_runtime
from infra.package.assemble import assemble
from infra.package.audit import Audit, audit
from infra.package.build_directory import build_directory
from infra.package.build_step import BuildFailed
from infra.package.bundle import bundle_tree
from infra.package.bytecode import compile_tree
from infra.package.interpreters import Interpreter

ROOT: Final = Path(__file__).resolve().parents[2]


class Built(msgspec.Struct, frozen=True):
    """A built package: its path, its Python, the SHA-256 of its bytes and of its contents, and the audit."""

    path: Path
    python: Interpreter
    sha256: str
    contents: str
    audit: Audit


def build(output: Path, *, python: Interpreter, root: Path = ROOT, architecture: str = lambda_runtime.X86_64) -> Built:
    """Write the package of the project at ``root`` to ``output``; raise BuildFailed if a step or the audit fails.

    Each build has its own directory below ``build/``, so that two can run at once.
    """
    with build_directory(root / "build") as tree:
        assemble(tree, root, python=python, architecture=architecture)
        compile_tree(tree, python)
        bundle_tree(tree)
        files = archive.read_tree(tree)
    archive.write(files, output)
    audited = audit(output, tag=python.tag, magic=python.magic, architecture=architecture)
    if audited.problems:
        output.unlink()
        raise BuildFailed("the package must not ship:\n  " + "\n  ".join(audited.problems))
    sha256 = hashlib.sha256(output.read_bytes()).hexdigest()
    return Built(output, python, sha256, archive.contents_digest(files), audited)
