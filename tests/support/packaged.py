"""The deployment package, built once per test run; a ``conftest.py`` imports these fixtures to use them.

It is built with the Python version of the Lambda runtime where that is installed, else with the running one;
the test summary says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from infra.package import runtime
from infra.package.build import ROOT
from infra.package.pythons import VARIABLE, Interpreter, find
from infra.package.tree import REQUIREMENTS, wheel_options

T = TypeVar("T")

# Kept in the stash of the run: each conftest that imports the fixtures has its own copy, and they share one build.
_PYTHON = pytest.StashKey[Interpreter]()
_ENVIRON = pytest.StashKey[dict[str, str]]()
_ZIP = pytest.StashKey[Path]()
_TREE = pytest.StashKey[Path]()


@pytest.fixture(scope="session")
def package_python(pytestconfig: pytest.Config) -> Interpreter:
    """Return the Python that the package is built for, and has to be run with."""
    return _once(pytestconfig, _PYTHON, lambda: find(None, os.environ, allow_other=True))


@pytest.fixture(scope="session")
def package_environ(
    pytestconfig: pytest.Config, package_python: Interpreter, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """Return the environment variables for an offline build, from wheels that were downloaded before."""
    return _once(pytestconfig, _ENVIRON, lambda: _offline(tmp_path_factory.mktemp("wheels"), package_python))


@pytest.fixture(scope="session")
def package_zip(
    pytestconfig: pytest.Config,
    package_python: Interpreter,
    package_environ: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Return the zip file that ``make package`` would write."""
    output = tmp_path_factory.mktemp("package") / "monolambda.zip"
    return _once(pytestconfig, _ZIP, lambda: build_in(ROOT, output, package_environ, python=package_python))


@pytest.fixture(scope="session")
def unpacked_package(pytestconfig: pytest.Config, package_zip: Path) -> Path:
    """Return a read-only directory with the contents of the package, like ``/var/task``."""
    return _once(pytestconfig, _TREE, lambda: _unpack(package_zip))


def build_in(root: Path, output: Path, environ: Mapping[str, str], *, python: Interpreter) -> Path:
    """Build the project at ``root`` as a user would, print the output of the command, and return ``output``."""
    command = [sys.executable, "-m", "infra.package", "--python", str(python.path), "--output", str(output)]
    done = subprocess.run(
        [*command, "--allow-other-python"], cwd=root, env=environ, capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stderr
    return output


def _once(config: pytest.Config, key: pytest.StashKey[T], make: Callable[[], T]) -> T:
    if key not in config.stash:
        config.stash[key] = make()
    return config.stash[key]


def _offline(wheels: Path, python: Interpreter) -> dict[str, str]:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += [*wheel_options(python), "--dest", str(wheels), "-r", str(ROOT / REQUIREMENTS)]
    subprocess.run(command, check=True, capture_output=True)
    closed_port = "http://127.0.0.1:9"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), closed_port)
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    return {**os.environ, **proxies, **offline, VARIABLE: str(python.path)}


def _unpack(package: Path) -> Path:
    tree = package.parent / "task"
    with zipfile.ZipFile(package) as opened:
        opened.extractall(tree)
    for path in [tree, *tree.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return tree


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Warn when the package was not tested with the Python version of Lambda."""
    python = config.stash.get(_PYTHON, None)
    if python and not python.is_runtime:
        terminalreporter.write_line(f"the package was built and run with {python}, not with {runtime.NAME}")
