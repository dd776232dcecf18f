"""Runs the zip that ``make package`` builds, unpacked, as Lambda does and with nothing else installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.package.interpreters import Interpreter
from lab.account.function import Function
from tests.live.lambda_package.packaged_function import PUBLIC, PackagedFunction, StartFunction
from tests.support.lab.running_function import running


@pytest.fixture(scope="session")
def start_function(
    unpacked_package: Path,
    package_python: Interpreter,
    runtime_libraries: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> StartFunction:
    """Return a function that starts a container: ``flags`` go to the interpreter, ``variables`` to its environment."""

    @contextmanager
    def start(*flags: str, **variables: str) -> Iterator[PackagedFunction]:
        storage = {"MONOLAMBDA_STORAGE": str(tmp_path_factory.mktemp("images"))}
        definition = Function(
            package=unpacked_package,
            python=package_python.path,
            runtime_client=runtime_libraries,
            environment={**storage, **variables},
            name="monolambda-dev",
            # without -S the interpreter would find what is installed on this machine
            flags=("-S", *flags),
        )
        with running(definition, tmp_path_factory.mktemp("container")) as started:
            started.process.wait_ready(30)
            yield PackagedFunction(started)

    return start


@pytest.fixture(scope="session")
def function(start_function: StartFunction) -> Iterator[PackagedFunction]:
    """A public container that tests share; it may be cold or warm."""
    with start_function(**PUBLIC) as running:
        yield running
