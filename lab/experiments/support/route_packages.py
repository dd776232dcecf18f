"""Builds the app's zip as ``make package`` does, and a zip per route with only the files that serving it loads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from infra.package import archive
from infra.package.assemble import assemble
from infra.package.build_step import BuildFailed
from infra.package.bundle import bundle_tree
from infra.package.bytecode import cache_name, compile_tree
from infra.package.interpreters import Interpreter, inspect_interpreter
from lab.account.function import Function
from lab.account.package import from_zip, runtime_directory
from lab.errors import SetupError
from lab.experiments.support.workbench import FUNCTIONS
from lab.traits import VCPU_MB
from measurement.stamps import ROOT

# these only import what a single route does not need; a team that splits the app would empty them
_AGGREGATORS: Final = ("app/views/__init__.py", "app/events/__init__.py")
_ROUTE: Final = "one_route.py"
_ROUTE_BYTECODE: Final = "one_route.pyc"


class BuildTrees(msgspec.Struct, frozen=True, kw_only=True):
    """The directory of the trees and zips, the Python they are for, the app's variables and the compression level."""

    directory: Path
    python: Interpreter
    environment: Mapping[str, str]
    level: int = archive.LEVEL

    @property
    def monolith(self) -> Path:
        """Return the tree of the whole app."""
        return self.directory / "monolith"

    @property
    def split(self) -> Path:
        """Return the tree from which any route can be served alone."""
        return self.directory / "split"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One route as a function: its name, the module of its blueprint, and events that load all it needs."""

    name: str
    module: str
    events: Sequence[bytes]


class PackagedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A function that runs its zip, and the size of the zip."""

    function: Function
    zip_bytes: int


def running_python() -> Interpreter:
    """Return the Python that runs this; raise SetupError when it does not run."""
    python = inspect_interpreter(Path(sys.executable))
    if python is None:
        raise SetupError(f"{sys.executable} does not run")
    return python


def prepare(directory: Path, environment: Mapping[str, str], *, level: int = archive.LEVEL) -> BuildTrees:
    """Install and compile the trees, as infra.package does, for the Python that runs this; raise SetupError."""
    trees = BuildTrees(directory=directory, python=running_python(), environment=environment, level=level)
    try:
        _build(trees)
    except BuildFailed as exc:
        raise SetupError(str(exc)) from exc
    return trees


def _build(trees: BuildTrees) -> None:
    python = trees.python
    trees.monolith.mkdir(parents=True)
    assemble(trees.monolith, ROOT, python=python)
    compile_tree(trees.monolith, python)
    shutil.copytree(trees.monolith, trees.split)
    changed = trees.directory / "changed"
    for name in _AGGREGATORS:
        (changed / name).parent.mkdir(parents=True)
        (changed / name).write_text('"""Imports nothing: a route imports its own module."""\n', encoding="utf-8")
    shutil.copyfile(FUNCTIONS / _ROUTE, changed / _ROUTE)
    compile_tree(changed, python)
    shutil.copytree(changed, trees.split, dirs_exist_ok=True)


def package_monolith(trees: BuildTrees, name: str) -> PackagedFunction:
    """Return the whole app as one function."""
    return _package(trees, name, archive.read_tree(trees.monolith), "wsgi.handler", trees.environment)


def package_route(trees: BuildTrees, route: Route, rules: Mapping[str, str]) -> PackagedFunction:
    """Return one route as a function; ``rules`` are the URL rules of all routes by endpoint."""
    environment = {
        **trees.environment,
        "ONE_ROUTE": route.module,
        "OTHER_ROUTES": msgspec.json.encode(rules).decode(),
    }
    # the second time everything is stored already, which another container may have done
    traces = [_trace(trees, trees.split, _ROUTE.removesuffix(".py"), environment, route.events) for _ in range(2)]
    names = {name for traced in traces for name in traced["files"]}
    for name in tuple(names):
        cached = cache_name(name, trees.python.tag)
        if name.endswith(".py") and (trees.split / cached).exists():
            names.add(cached)
    files = {name: (trees.split / name).read_bytes() for name in sorted(names)}
    return _package(trees, route.name, files, "one_route.handler", environment)


def route_rules(trees: BuildTrees) -> dict[str, str]:
    """Return the URL rules of all routes of the app, by endpoint."""
    found: dict[str, str] = _trace(trees, trees.monolith, "wsgi", trees.environment, ())["routes"]
    return found


def _package(
    trees: BuildTrees, name: str, files: Mapping[str, bytes], handler: str, environment: Mapping[str, str]
) -> PackagedFunction:
    output = trees.directory / f"{name}.zip"
    files = _bundled(files, trees.directory / "bundled" / name)
    archive.write(files, output, level=trees.level)
    made = from_zip(output, trees.directory / "unpacked", handler=handler, environment=environment, memory_mb=VCPU_MB)
    return PackagedFunction(
        function=msgspec.structs.replace(made, name=name),
        zip_bytes=output.stat().st_size,
    )


def _bundled(files: Mapping[str, bytes], tree: Path) -> dict[str, bytes]:
    """Return the files with their bytecode in one of them, as infra.package ships it; ``one_route`` installs that.

    Outside stay ``one_route`` itself, and modules of a package without ``__init__``: its folder makes it a package.
    """
    packages = {str(PurePosixPath(name).parent) for name in files if PurePosixPath(name).stem == "__init__"}
    outside = {name: data for name, data in files.items() if name == _ROUTE_BYTECODE or _is_alone(name, packages)}
    for name, data in files.items():
        if name in outside:
            continue
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(data)
    bundle_tree(tree)
    return {**archive.read_tree(tree), **outside}


def _is_alone(name: str, packages: AbstractSet[str]) -> bool:
    """Return whether this is bytecode in a folder that is none of ``packages``."""
    folder = str(PurePosixPath(name).parent)
    return name.endswith(".pyc") and "__pycache__" not in name and folder not in {".", *packages}


def _trace(
    trees: BuildTrees, tree: Path, module: str, environment: Mapping[str, str], events: Sequence[bytes]
) -> dict[str, Any]:
    """Return what ``functions/tracing.py`` prints; raise SetupError when the tree cannot serve the events."""
    search = (tree, runtime_directory(trees.directory / "unpacked" / "runtime"))
    variables = {
        **environment,
        "PYTHONPATH": os.pathsep.join(map(str, search)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_NAME": "traced",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(VCPU_MB),
    }
    done = subprocess.run(  # noqa: S603
        [str(trees.python.path), "-P", "-S", str(FUNCTIONS / "tracing.py"), str(tree), module],
        input=b"[" + b",".join(events) + b"]",
        env=variables,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise SetupError(f"{module} could not be traced: {done.stderr.decode(errors='replace')[-2000:]}")
    traced: dict[str, Any] = msgspec.json.decode(done.stdout.splitlines()[-1])
    if any(status >= 500 for status in traced["statuses"]):
        raise SetupError(f"{module} does not serve its own route: {traced['statuses']}")
    return traced
