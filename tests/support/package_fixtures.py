"""Fixtures for the deployment package: its Python, its zip, its unpacked tree, and what Lambda's runtime provides.

The package is built once per run, with the runtime's Python if there is one, else with the running Python; the
summary of the run says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.package import lambda_runtime, pins
from infra.package.assemble import REQUIREMENTS, wheel_options
from infra.package.build import ROOT
from infra.package.interpreters import PYTHON_VARIABLE, Interpreter, find_interpreter

_PYTHON = pytest.StashKey[Interpreter]()
_RUNTIME_CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")


@pytest.fixture(scope="session")
def package_python(pytestconfig: pytest.Config) -> Interpreter:
    """Return the Python that the package is built for; run the package with its ``path``."""
    python = find_interpreter(None, os.environ, allow_other=True)
    pytestconfig.stash[_PYTHON] = python
    return python


@pytest.fixture(scope="session")
def package_environ(package_python: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Return an environment to build in: with the wheels downloaded, and without a network."""
    wheels = tmp_path_factory.mktemp("wheels")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += [*wheel_options(package_python), "--dest", str(wheels), "-r", str(ROOT / REQUIREMENTS)]
    subprocess.run(command, check=True, capture_output=True)
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    return {**os.environ, **proxies, **offline, PYTHON_VARIABLE: str(package_python.path)}


@pytest.fixture(scope="session")
def package_zip(
    package_python: Interpreter, package_environ: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the zip that ``make package`` would write."""
    output = tmp_path_factory.mktemp("package") / "monolambda.zip"
    return build_package(ROOT, output, package_environ, python=package_python)


@pytest.fixture(scope="session")
def unpacked_package(package_zip: Path) -> Path:
    """Return a read-only directory with the package, as ``/var/task`` is."""
    tree = package_zip.parent / "task"
    with zipfile.ZipFile(package_zip) as opened:
        opened.extractall(tree)
    for path in [tree, *tree.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return tree


@pytest.fixture(scope="session")
def runtime_libraries(package_python: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with what Lambda's runtime provides, for the package's Python; cached below ``build/``."""
    provided = {*_RUNTIME_CLIENT, *lambda_runtime.PROVIDED}
    pinned = [pin for pin in pins.read((ROOT / "requirements-dev.txt").read_text()) if pin.name in provided]
    assert len(pinned) == len(provided)
    lines = [f"{pin.name}{pin.specifier}" for pin in pinned]
    content = hashlib.sha256("\n".join([str(package_python), *lines]).encode()).hexdigest()
    directory = ROOT / "build" / f"runtime-{content[:16]}"
    if not directory.exists():
        own = tmp_path_factory.mktemp("runtime") / directory.name
        _install(lines, own, package_python)
        _move(own, directory)
    return directory


def _move(own: Path, shared: Path) -> None:
    """Put a directory in its shared place in one step, unless other tests have just done so."""
    beside = shared.with_name(f"{shared.name}.{os.getpid()}")
    beside.parent.mkdir(exist_ok=True)
    shutil.move(own, beside)  # perhaps from another file system
    try:
        beside.rename(shared)
    except OSError:
        shutil.rmtree(beside)


def _install(lines: list[str], directory: Path, python: Interpreter) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--root-user-action=ignore", "--no-deps", *wheel_options(python), "--target", str(directory)]
    subprocess.run([*command, *lines], check=True, capture_output=True)
    subprocess.run([python.path, "-m", "compileall", "-q", directory], check=True)


def build_package(root: Path, output: Path, environ: Mapping[str, str], *, python: Interpreter) -> Path:
    """Build the package of the project at ``root`` as a user would, print what that prints, and return ``output``."""
    command = [sys.executable, "-m", "infra.package", "--python", str(python.path), "--output", str(output)]
    done = subprocess.run(
        [*command, "--allow-other-python"], cwd=root, env=environ, capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stderr
    return output


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say so when the package was not tested with the Python that Lambda runs."""
    python = config.stash.get(_PYTHON, None)
    if python and not python.is_runtime:
        terminalreporter.write_line(f"the package was built and run with {python}, not with {lambda_runtime.NAME}")


def digest(path: Path) -> str:
    """Return what to compare large files by: pytest looks for the differences of ten megabytes for hours."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
