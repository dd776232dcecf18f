"""The variants that the cold start experiment compares, each an interpreter, a search path and an environment."""

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
from infra.package.interpreters import WrongPython
from lab.errors import SetupError
from lab.traits import MIB
from measurement import zappa_package
from measurement.packages import (
    BARE,
    BARE_APP_FILE,
    NAIVE,
    build_packages,
    build_zappa_package,
    lambda_environment,
    postpone_nothing,
)
from measurement.processes import run_to_end
from measurement.stamps import ROOT

BARE_APP: Final = "bare Flask"
SHIPPED: Final = "as shipped"
EAGER: Final = "everything eager"
STALE: Final = "stale bytecode"
NAIVE_APP: Final = "naive"
NOT_POSTPONED: Final = "nothing postponed"
ZAPPA: Final = "Zappa's handler"


class BuiltPackages(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the variants: an interpreter, our files, and search paths of the apps to compare with.

    ``dependencies`` follow our files on the search path, unless these include them; ``sdk`` is where boto3 is.
    """

    python: Path
    ours: Path
    dependencies: tuple[Path, ...]
    sdk: Path
    bare: tuple[Path, ...]
    naive: tuple[Path, ...]
    zappa: tuple[Path, ...]
    is_package: bool


class StartVariant(msgspec.Struct, frozen=True):
    """One way to start the app."""

    python: Path
    path: tuple[Path, ...]
    variables: Mapping[str, str]

    def environment(self, storage: Path) -> dict[str, str]:
        """Return all environment variables of the process."""
        return {**lambda_environment(os.pathsep.join(map(str, self.path)), storage), **self.variables}


def built_packages(directory: Path) -> BuiltPackages:
    """Return the packages as Lambda unpacks them, or ``this_tree`` where they cannot be built.

    Raises SetupError when the Python that is to build them does not run.
    """
    try:
        made = build_packages()
    except BuildFailed:
        return this_tree(directory)
    except WrongPython as exc:
        raise SetupError(str(exc)) from exc
    return BuiltPackages(
        python=made.python.path,
        ours=made.ours,
        dependencies=(),
        sdk=made.sdk,
        bare=(made.bare,),
        naive=(made.naive, made.sdk),
        zappa=(build_zappa_package(made.python),),
        is_package=True,
    )


def this_tree(directory: Path) -> BuiltPackages:
    """Return copies of this tree in ``directory``, with the dependencies that are installed here."""
    installed = Path(sysconfig.get_path("purelib"))
    ours = directory / "ours"
    shutil.copytree(ROOT / "app", ours / "app")
    shutil.copy(ROOT / "wsgi.py", ours)
    _compile(Path(sys.executable), ours)
    for name, handler in (("bare", BARE), ("naive", NAIVE)):
        (directory / name).mkdir()
        (directory / name / "wsgi.py").write_text(handler)
        shutil.copy(BARE_APP_FILE, directory / name)
        _compile(Path(sys.executable), directory / name)
    zappa_package.write_handler(directory / "zappa", BARE_APP_FILE)
    _compile(Path(sys.executable), directory / "zappa")
    return BuiltPackages(
        python=Path(sys.executable),
        ours=ours,
        dependencies=(installed,),
        sdk=installed,
        bare=(directory / "bare", installed),
        naive=(directory / "naive", installed),
        zappa=(directory / "zappa", installed),
        is_package=False,
    )


def start_variants(built: BuiltPackages, directory: Path, *, padding_mib: tuple[int, ...]) -> dict[str, StartVariant]:
    """Return the variants by name, the bare app first; copies are made in ``directory``."""
    stale, not_postponed = directory / "stale", directory / "not-postponed"
    _make_stale(built, stale)
    shutil.copytree(built.ours, not_postponed)
    postpone_nothing(not_postponed, built.python)
    eager = {"MONOLAMBDA_WARM_ON_INIT": "imaging,http,storage", "MONOLAMBDA_STORAGE": "s3://lab-bucket"}
    found = {
        BARE_APP: (built.bare, {}),
        SHIPPED: ((built.ours, *built.dependencies), {}),
        EAGER: ((built.ours, *built.dependencies, built.sdk), eager),
        NOT_POSTPONED: ((not_postponed, *built.dependencies), {}),
        # the bare app's package has the same wheels, one file for each module
        STALE: ((stale, *built.dependencies, *built.bare), {}),
        NAIVE_APP: (built.naive, {}),
        ZAPPA: (built.zappa, {}),
    }
    for size in padding_mib:
        padded = directory / f"padded-{size}"
        shutil.copytree(built.ours, padded)
        _pad(padded, size)
        found[padded_name(size)] = ((padded, *built.dependencies), {})
    return {name: StartVariant(built.python, path, variables) for name, (path, variables) in found.items()}


def padded_name(size_mib: int) -> str:
    """Return the name of the variant with that much padding."""
    return f"{size_mib} MB larger"


def _make_stale(built: BuiltPackages, tree: Path) -> None:
    """Copy our own files, each with bytecode of its own whose date is not that of its source."""
    shutil.copytree(built.ours / "app", tree / "app")
    shutil.copy(built.ours / "wsgi.py", tree)
    _compile(built.python, tree)
    for path in tree.rglob("*.py"):
        os.utime(path, (zappa_package.ZIP_EPOCH, zappa_package.ZIP_EPOCH))


def _compile(python: Path, tree: Path) -> None:
    run_to_end([str(python), "-m", "compileall", "-q", "-f", "--invalidation-mode", "timestamp", str(tree)], {})


def _pad(tree: Path, size_mib: int) -> None:
    """Add files of a megabyte, like libraries and data that no request needs."""
    padding = tree / "padding"
    padding.mkdir()
    for number in range(size_mib):
        (padding / f"{number}.so").write_bytes(os.urandom(MIB))
