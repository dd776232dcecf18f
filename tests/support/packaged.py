"""The package as Lambda gets it, built once per test run: import these fixtures into a ``conftest.py`` to use them.

Built with the runtime's Python where there is one, else with the running one, and the fixture says so.
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

from infra.package import lambda_runtime
from infra.package.assemble import REQUIREMENTS, wheel_options
from infra.package.build import ROOT
from infra.package.interpreters import PYTHON_VARIABLE, Interpreter, find_interpreter

T = TypeVar("T")

# Kept with the run, not with the fixture: conftests that import the fixtures share one build.
_PYTHON = pytest.StashKey[Interpreter]()
_ENVIRON = pytest.StashKey[dict[str, str]]()
_ZIP = pytest.StashKey[Path]()
_TREE = pytest.StashKey[Path]()


@pytest.fixture(scope="session")
def package_python(pytestconfig: pytest.Config) -> Interpreter:
    """Return the Python that the package is for: drive the package with its ``path``."""
    return _once(pytestconfig, _PYTHON, lambda: find_interpreter(None, os.environ, allow_other=True))


@pytest.fixture(scope="session")
def package_environ(
    pytestconfig: pytest.Config, package_python: Interpreter, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """Return an environment to build in: wheels fetched before, and no way to anything but this machine."""
    return _once(pytestconfig, _ENVIRON, lambda: _offline(tmp_path_factory.mktemp("wheels"), package_python))


@pytest.fixture(scope="session")
def package_zip(
    pytestconfig: pytest.Config,
    package_python: Interpreter,
    package_environ: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Return the zip that ``make package`` would write."""
    output = tmp_path_factory.mktemp("package") / "monolambda.zip"
    return _once(pytestconfig, _ZIP, lambda: build_in(ROOT, output, package_environ, python=package_python))


@pytest.fixture(scope="session")
def unpacked_package(pytestconfig: pytest.Config, package_zip: Path) -> Path:
    """Return a read-only directory with the package, as ``/var/task`` is."""
    return _once(pytestconfig, _TREE, lambda: _unpack(package_zip))


def build_in(root: Path, output: Path, environ: Mapping[str, str], *, python: Interpreter) -> Path:
    """Build the project at ``root`` as a user would, print what that says, and return ``output``."""
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
    nowhere = "http://127.0.0.1:9"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), nowhere)
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}
    return {**os.environ, **proxies, **offline, PYTHON_VARIABLE: str(python.path)}


def _unpack(package: Path) -> Path:
    tree = package.parent / "task"
    with zipfile.ZipFile(package) as opened:
        opened.extractall(tree)
    for path in [tree, *tree.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return tree


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say when what was tested is not what Lambda runs."""
    python = config.stash.get(_PYTHON, None)
    if python and not python.is_runtime:
        terminalreporter.write_line(f"the package was built and driven with {python}, not with {lambda_runtime.NAME}")
