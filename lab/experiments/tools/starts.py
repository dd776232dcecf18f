"""The ways of starting that the cold start experiment compares, each a search path and an environment."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from infra.package.build_step import BuildFailed
from lab.accounts.package import PROJECT
from lab.traits import MIB
from measurement.packages import BARE, BARE_APP_FILE, NAIVE, build_packages, lambda_environment
from measurement.processes import run_to_end

BARE_APP: Final = "bare Flask"
SHIPPED: Final = "as shipped"
EAGER: Final = "everything eager"
STALE: Final = "stale bytecode"
NAIVE_APP: Final = "naive"
# 1980-01-01 in Unix seconds: what Zappa dates every file, so that no bytecode checked by date is used
_ZIP_EPOCH: Final = 315_532_800


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of every way: an interpreter, our files alone or with what they need, and search paths.

    ``behind`` follows our files, ``sdk`` is where boto3 is.
    """

    python: Path
    ours: Path
    behind: tuple[Path, ...]
    sdk: Path
    bare: tuple[Path, ...]
    naive: tuple[Path, ...]
    is_package: bool


class Start(msgspec.Struct, frozen=True):
    """One way to start: where Python looks, and what it is told."""

    python: Path
    path: tuple[Path, ...]
    variables: Mapping[str, str]

    def environment(self, storage: Path) -> dict[str, str]:
        """Return the process's whole environment."""
        return {**lambda_environment(os.pathsep.join(map(str, self.path)), storage), **self.variables}


def base(directory: Path, *, package: bool) -> Base:
    """Return the built packages, or this tree and what is installed here when they cannot be built or are not asked."""
    if package:
        try:
            made = build_packages()
        except BuildFailed:
            return _tree(directory)
        return Base(
            python=made.python.path,
            ours=made.ours,
            behind=(),
            sdk=made.sdk,
            bare=(made.bare,),
            naive=(made.naive, made.sdk),
            is_package=True,
        )
    return _tree(directory)


def _tree(directory: Path) -> Base:
    installed = Path(sysconfig.get_path("purelib"))
    ours = directory / "ours"
    shutil.copytree(PROJECT / "app", ours / "app")
    shutil.copy(PROJECT / "wsgi.py", ours)
    _compile(Path(sys.executable), ours)
    for name, handler in (("bare", BARE), ("naive", NAIVE)):
        (directory / name).mkdir()
        (directory / name / "wsgi.py").write_text(handler)
        shutil.copy(BARE_APP_FILE, directory / name)
        _compile(Path(sys.executable), directory / name)
    return Base(
        python=Path(sys.executable),
        ours=ours,
        behind=(installed,),
        sdk=installed,
        bare=(directory / "bare", installed),
        naive=(directory / "naive", installed),
        is_package=False,
    )


def starts(parts: Base, directory: Path, *, padding_mib: tuple[int, ...]) -> dict[str, Start]:
    """Return every way to start by name, the bare app first; copies are made in ``directory``."""
    stale = _copy(parts.ours, directory / "stale")
    _make_stale(parts.python, stale)
    eager = {"MONOLAMBDA_WARM_ON_INIT": "imaging,http,storage", "MONOLAMBDA_STORAGE": "s3://lab-bucket"}
    found = {
        BARE_APP: (parts.bare, {}),
        SHIPPED: ((parts.ours, *parts.behind), {}),
        EAGER: ((parts.ours, *parts.behind, parts.sdk), eager),
        STALE: ((stale, *parts.behind), {}),
        NAIVE_APP: (parts.naive, {}),
    }
    for size in padding_mib:
        padded = _copy(parts.ours, directory / f"padded-{size}")
        _pad(padded, size)
        found[padded_name(size)] = ((padded, *parts.behind), {})
    return {name: Start(parts.python, path, variables) for name, (path, variables) in found.items()}


def padded_name(size_mib: int) -> str:
    """Return the name of the way with so much ballast."""
    return f"{size_mib} MB larger"


def _copy(tree: Path, to: Path) -> Path:
    shutil.copytree(tree, to)
    return to


def _make_stale(python: Path, tree: Path) -> None:
    _compile(python, tree)
    for path in tree.rglob("*.py"):
        os.utime(path, (_ZIP_EPOCH, _ZIP_EPOCH))


def _compile(python: Path, tree: Path) -> None:
    run_to_end([str(python), "-m", "compileall", "-q", "-f", "--invalidation-mode", "timestamp", str(tree)], {})


def _pad(tree: Path, size_mib: int) -> None:
    """Add files of a megabyte, as libraries and data are that no request needs."""
    ballast = tree / "ballast"
    ballast.mkdir()
    for number in range(size_mib):
        (ballast / f"{number}.so").write_bytes(os.urandom(MIB))
