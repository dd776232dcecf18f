"""Builds functions, fleets and whole labs around the small functions in tests/support/lab/functions."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import awslambdaric  # type: ignore[import-untyped]
import pytest

from lab.account.concurrency import Concurrency
from lab.account.function import Function
from lab.containers.fleet import Fleet
from lab.containers.start_gate import StartGate
from lab.local_lambda import LocalLambda, Options
from lab.traits import Traits
from tests.support.lab.fleet_client import FUNCTIONS, FleetClient, MakeFleet, MakeFunction, MakeLab


@pytest.fixture
def make_function(tmp_path: Path) -> MakeFunction:
    """Build functions over a copy of the small functions, so that nothing is written beside the originals.

    They may write the test's directory.
    """
    package = tmp_path / "package"
    shutil.copytree(FUNCTIONS, package, ignore=shutil.ignore_patterns("__pycache__"))

    def make(handler: str = "probe.handler", **given: Any) -> Function:
        return Function(
            package=package,
            python=Path(sys.executable),
            runtime_client=Path(awslambdaric.__file__).parent.parent,
            handler=handler,
            **{"timeout_s": 20.0, "file_systems": (tmp_path,), **given},
        )

    return make


@pytest.fixture
def make_fleet(tmp_path: Path, make_function: MakeFunction) -> Iterator[MakeFleet]:
    """Build fleets with one function: traits go to the fleet, ``limit`` to the account, the rest to the function.

    ``gate`` decides which of the fleet's containers may start.
    """
    with ExitStack() as stack:

        def make(*, limit: int = 1000, gate: StartGate | None = None, **given: Any) -> FleetClient:
            traits = {name: given.pop(name) for name in list(given) if name in Traits.__struct_fields__}
            directory = tmp_path / f"lab-{len(list(tmp_path.glob('lab-*')))}"
            directory.mkdir()
            account = Concurrency(limit, unreservable=0)
            fleet = Fleet(directory, traits=Traits(**traits), concurrency=account, gate=gate)
            stack.callback(fleet.close)
            client = FleetClient(fleet, make_function(**given), tmp_path)
            stack.callback(client.release_all)
            return client

        yield make


@pytest.fixture
def make_lab(make_function: MakeFunction) -> Iterator[MakeLab]:
    """Build whole labs with one function: options and traits go to the lab, the rest to the function."""
    with ExitStack() as stack:

        def make(**given: Any) -> LocalLambda:
            traits = {name: given.pop(name) for name in list(given) if name in Traits.__struct_fields__}
            options = {name: given.pop(name) for name in list(given) if name in Options.__struct_fields__}
            function = given.pop("function", None) or make_function(**given)
            lab = LocalLambda(lambda directory: [function], Options(traits=Traits(**traits), **options))
            return stack.enter_context(lab)

        yield make


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a zip of the small functions."""
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for source in FUNCTIONS.glob("*.py"):
            archive.write(source, source.name)
    return path
