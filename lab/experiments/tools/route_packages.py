"""Builds the monolith's zip as ``make package`` does, and a zip for each route with only what serving it loads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from infra.package import archive
from infra.package.assemble import assemble
from infra.package.bytecode import cache_name, compile_tree
from infra.package.interpreters import Interpreter, inspect_interpreter
from lab.accounts.function import Function
from lab.accounts.package import PROJECT, from_zip, runtime_directory
from lab.errors import SetupError
from lab.experiments.tools.workbench import FUNCTIONS

# modules that only gather what a route does not need, as a team that splits the app would empty them
_GATHERING: Final = ("app/views/__init__.py", "app/events/__init__.py")
_ROUTE: Final = "one_route.py"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where packages are made: trees of files, zips and how small, and what the app needs in its environment."""

    directory: Path
    python: Interpreter
    environment: Mapping[str, str]
    level: int = archive.BEST_LEVEL

    @property
    def monolith(self) -> Path:
        """Return the tree of the whole app."""
        return self.directory / "monolith"

    @property
    def split(self) -> Path:
        """Return the tree in which any route can be served alone."""
        return self.directory / "split"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One route as a function: its name, its blueprint's module, and events that show what it loads."""

    name: str
    module: str
    events: Sequence[bytes]


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """A function that runs its zip, and the zip's size; files in it, and their bytes."""

    function: Function
    zip_bytes: int
    files: int
    bytes: int


def running_python() -> Interpreter:
    """Return the Python that runs this; raise SetupError when it cannot be asked."""
    python = inspect_interpreter(Path(sys.executable))
    if python is None:
        raise SetupError(f"{sys.executable} does not run")
    return python


def prepare(directory: Path, environment: Mapping[str, str], *, level: int = archive.BEST_LEVEL) -> Place:
    """Install and compile the trees, with the steps of infra.package, for the Python that runs this."""
    python = running_python()
    place = Place(directory=directory, python=python, environment=environment, level=level)
    place.monolith.mkdir(parents=True)
    assemble(place.monolith, PROJECT, python=python)
    compile_tree(place.monolith, python)
    shutil.copytree(place.monolith, place.split)
    changed = directory / "changed"
    for name in _GATHERING:
        (changed / name).parent.mkdir(parents=True)
        (changed / name).write_text('"""Gathers nothing: who needs a module names it."""\n', encoding="utf-8")
    shutil.copyfile(FUNCTIONS / _ROUTE, changed / _ROUTE)
    compile_tree(changed, python)
    shutil.copytree(changed, place.split, dirs_exist_ok=True)
    return place


def pack_monolith(place: Place, name: str) -> Packed:
    """Return the whole app as one function."""
    return _pack(place, name, archive.read_tree(place.monolith), "wsgi.handler", place.environment)


def pack_route(place: Place, route: Route, links: Mapping[str, str]) -> Packed:
    """Return one route as a function; ``links`` are the rules of all routes by endpoint."""
    environment = {
        **place.environment,
        "ONE_ROUTE": route.module,
        "OTHER_ROUTES": msgspec.json.encode(links).decode(),
    }
    traced = _trace(place, place.split, _ROUTE.removesuffix(".py"), environment, route.events)
    names = set(traced["files"])
    for name in traced["files"]:
        cached = cache_name(name, place.python.tag)
        if name.endswith(".py") and (place.split / cached).exists():
            names.add(cached)
    files = {name: (place.split / name).read_bytes() for name in sorted(names)}
    return _pack(place, route.name, files, "one_route.handler", environment)


def links(place: Place) -> dict[str, str]:
    """Return the rules of all routes of the whole app, by endpoint."""
    found: dict[str, str] = _trace(place, place.monolith, "wsgi", place.environment, ())["routes"]
    return found


def _pack(place: Place, name: str, files: Mapping[str, bytes], handler: str, environment: Mapping[str, str]) -> Packed:
    output = place.directory / f"{name}.zip"
    archive.write(files, output, level=place.level)
    made = from_zip(output, place.directory / "unpacked", handler=handler, environment=environment, memory_mb=1769)
    return Packed(
        function=msgspec.structs.replace(made, name=name),
        zip_bytes=output.stat().st_size,
        files=len(files),
        bytes=sum(map(len, files.values())),
    )


def _trace(
    place: Place, tree: Path, module: str, environment: Mapping[str, str], events: Sequence[bytes]
) -> dict[str, Any]:
    """Return what the script ``tracing`` prints; raise SetupError when the tree does not serve the events."""
    search = (tree, runtime_directory(place.directory / "unpacked" / "runtime"))
    variables = {
        **environment,
        "PYTHONPATH": os.pathsep.join(map(str, search)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_NAME": "traced",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
    }
    done = subprocess.run(  # noqa: S603
        [str(place.python.path), "-P", "-S", str(FUNCTIONS / "tracing.py"), str(tree), module],
        input=b"[" + b",".join(events) + b"]",
        env=variables,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise SetupError(f"{module} could not be traced: {done.stderr.decode(errors='replace')[-2000:]}")
    traced: dict[str, Any] = msgspec.json.decode(done.stdout.splitlines()[-1])
    if any(status >= 500 for status in traced["statuses"]):
        raise SetupError(f"{module} does not serve what it is for: {traced['statuses']}")
    return traced
