"""Real processes, real sockets: a lab around small functions, and ways to wait for what they do."""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import awslambdaric
import msgspec
import pytest

from lab.accounts.concurrency import Concurrency
from lab.accounts.function import Function
from lab.containers.fleet import Fleet
from lab.containers.outcomes import Outcome
from lab.local_lambda import LocalLambda, Options
from lab.traits import Traits

FUNCTIONS = Path(__file__).parent / "functions"


def wait_until(condition: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Wait for a condition; fail when it does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the wait was in vain"
        time.sleep(0.01)


@pytest.fixture
def make_function(tmp_path: Path) -> Callable[..., Function]:
    """Build functions over a copy of the test functions, so that nothing is written beside the originals."""
    package = tmp_path / "package"
    shutil.copytree(FUNCTIONS, package, ignore=shutil.ignore_patterns("__pycache__"))

    def make(handler: str = "probe.handler", **given: Any) -> Function:
        return Function(
            package=package,
            python=Path(sys.executable),
            runtime_client=Path(awslambdaric.__file__).parent.parent,
            handler=handler,
            **{"timeout_s": 20.0, **given},
        )

    return make


class Stand:
    """A fleet with one function, spoken to in values."""

    def __init__(self, fleet: Fleet, function: Function, scratch: Path) -> None:
        self.fleet = fleet
        self.function = function
        self.scratch = scratch
        self._held: list[Held] = []

    def do(self, what: str, **event: Any) -> Outcome:
        return self.fleet.invoke(self.function, msgspec.json.encode({"do": what, **event}))

    def value(self, what: str, **event: Any) -> Any:
        outcome = self.do(what, **event)
        assert not outcome.error_type, outcome.payload
        return json.loads(outcome.payload)

    def hold(self, name: str, function: Function | None = None) -> Held:
        """Occupy a container until ``let_go``."""
        held = Held(self.fleet, function or self.function, self.scratch / name)
        self._held.append(held)
        return held

    def let_go(self) -> None:
        for held in self._held:
            held.let_go()


class Held:
    """An invocation that waits to be let go."""

    def __init__(self, fleet: Fleet, function: Function, path: Path) -> None:
        self._until = path.with_suffix(".until")
        self._started = path.with_suffix(".started")
        event = {"do": "hold", "started": str(self._started), "until": str(self._until)}
        self.outcome: Outcome | None = None
        self._fleet = fleet
        self._thread = threading.Thread(target=self._run, args=(fleet, function, msgspec.json.encode(event)))
        self._thread.start()

    def wait_started(self) -> Held:
        wait_until(self._started.exists)
        return self

    @property
    def started(self) -> bool:
        return self._started.exists()

    def let_go(self) -> Outcome:
        self._until.touch()
        self._thread.join(timeout=30)
        assert self.outcome is not None
        return self.outcome

    def _run(self, fleet: Fleet, function: Function, event: bytes) -> None:
        self.outcome = fleet.invoke(function, event)


@pytest.fixture
def make_stand(tmp_path: Path, make_function: Callable[..., Function]) -> Iterator[Callable[..., Stand]]:
    """Build fleets: keywords that are traits go there, ``limit`` to the account, the rest to the function."""
    with ExitStack() as stack:

        def make(*, limit: int = 1000, **given: Any) -> Stand:
            traits = {name: given.pop(name) for name in list(given) if name in Traits.__struct_fields__}
            directory = tmp_path / f"lab-{len(list(tmp_path.glob('lab-*')))}"
            directory.mkdir()
            fleet = Fleet(directory, traits=Traits(**traits), concurrency=Concurrency(limit))
            stack.callback(fleet.close)
            stand = Stand(fleet, make_function(**given), tmp_path)
            stack.callback(stand.let_go)
            return stand

        yield make


@pytest.fixture
def make_lab(make_function: Callable[..., Function]) -> Iterator[Callable[..., LocalLambda]]:
    """Build whole labs: keywords that are options or traits go there, the rest to the function."""
    with ExitStack() as stack:

        def make(**given: Any) -> LocalLambda:
            traits = {name: given.pop(name) for name in list(given) if name in Traits.__struct_fields__}
            options = {name: given.pop(name) for name in list(given) if name in Options.__struct_fields__}
            function = given.pop("function", None) or make_function(**given)
            lab = LocalLambda(lambda directory: [function], Options(traits=Traits(**traits), **options))
            return stack.enter_context(lab)

        yield make
