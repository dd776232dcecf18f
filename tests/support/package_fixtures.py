"""Fixtures for the deployment package: its Python, its zip, its unpacked tree, and what Lambda's runtime provides.

The package is built with the runtime's Python if there is one, else with the running Python; the summary of the run
says so. It is built once for all suites, and kept below ``build/`` until something that it is made from changes.
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
from infra.package.assemble import REQUIREMENTS, app_files, wheel_options
from infra.package.build import ROOT
from infra.package.interpreters import PYTHON_VARIABLE, Interpreter, find_interpreter
from measurement.stamps import locked, stamp
from tests.support.kept_builds import copy_of_build

_KEPT = ROOT / "build"
_ZIP = "monolambda.zip"
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
    options = wheel_options(package_python)
    requirements = ROOT / REQUIREMENTS

    def download(wheels: Path) -> None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += [*options, "--dest", str(wheels), "-r", str(requirements)]
        subprocess.run(command, check=True, capture_output=True)

    own = tmp_path_factory.mktemp("wheels") / "wheels"
    wheels = copy_of_build(_KEPT / "tests-wheels", stamp(*options, requirements.read_text()), download, own)
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    return {**os.environ, **proxies, **offline, PYTHON_VARIABLE: str(package_python.path)}


@pytest.fixture(scope="session")
def package_zip(
    package_python: Interpreter, package_environ: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the zip that ``make package`` would write."""

    def build(kept: Path) -> None:
        build_package(ROOT, kept / _ZIP, package_environ, python=package_python)

    own = tmp_path_factory.mktemp("package") / "package"
    return copy_of_build(_KEPT / "tests-package", _package_stamp(package_python), build, own) / _ZIP


def _package_stamp(python: Interpreter) -> str:
    """Return a digest of what the package is made from, and of what makes it, the pinned compressor included."""
    names = [*app_files(ROOT), REQUIREMENTS, "requirements-dev.txt", "measurement/stamps.py"]
    names.append("tests/support/package_fixtures.py")
    names += sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "infra" / "package").glob("*.py"))
    return stamp(sys.version, repr(python), *(f"{name} {digest(ROOT / name)}" for name in names))


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
def runtime_libraries(package_python: Interpreter) -> Path:
    """Return a directory with what Lambda's runtime provides, for the package's Python; kept below ``build/``."""
    provided = {*_RUNTIME_CLIENT, *lambda_runtime.PROVIDED}
    pinned = [pin for pin in pins.read((ROOT / "requirements-dev.txt").read_text()) if pin.name in provided]
    assert len(pinned) == len(provided)
    lines = [f"{pin.name}{pin.specifier}" for pin in pinned]
    content = hashlib.sha256("\n".join([str(package_python), *lines]).encode()).hexdigest()
    directory = _KEPT / f"runtime-{content[:16]}"
    with locked(directory):
        if not directory.exists():
            unfinished = directory.with_name(f"{directory.name}.part")
            shutil.rmtree(unfinished, ignore_errors=True)
            _install(lines, unfinished, package_python)
            unfinished.rename(directory)
    return directory


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
