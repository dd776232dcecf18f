"""A client of a fleet with one function, in values instead of payloads, and the types of the lab's fixtures."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from lab.account.function import Function
from lab.containers.fleet import Fleet
from lab.containers.managed.container import ManagedContainer
from lab.containers.outcomes import Outcome
from lab.local_lambda import LocalLambda
from tests.support.waiting import wait_until

FUNCTIONS = Path(__file__).parent / "functions"


class FleetClient:
    """Invokes one function of a fleet; ``what`` selects what ``functions/probe.py`` does."""

    def __init__(self, fleet: Fleet, function: Function, scratch: Path) -> None:
        self.fleet = fleet
        self.function = function
        self._scratch = scratch
        self._held: list[HeldInvocation] = []

    def invoke(self, what: str, **event: Any) -> Outcome:
        return self.fleet.invoke(self.function, msgspec.json.encode({"do": what, **event}))

    def value(self, what: str, **event: Any) -> Any:
        outcome = self.invoke(what, **event)
        assert not outcome.error_type, outcome.payload
        return json.loads(outcome.payload)

    def hold(self, name: str, function: Function | None = None, *, request_id: str = "") -> HeldInvocation:
        """Keep a container busy until ``release``."""
        held = HeldInvocation(self.fleet, function or self.function, self._scratch / name, request_id)
        self._held.append(held)
        return held

    def free_workers(self) -> list[int]:
        """Return how many workers of each container on Managed Instances that takes requests wait for an event."""
        return [each.free for each in self.fleet.containers if isinstance(each, ManagedContainer) and each.ready]

    def release_all(self) -> None:
        for held in self._held:
            held.release()


class HeldInvocation:
    """An invocation that runs until it is released."""

    def __init__(self, fleet: Fleet, function: Function, path: Path, request_id: str = "") -> None:
        self._until = path.with_suffix(".until")
        self._started = path.with_suffix(".started")
        event = {"do": "hold", "started": str(self._started), "until": str(self._until)}
        self._outcome: Outcome | None = None
        self._thread = threading.Thread(
            target=self._run, args=(fleet, function, msgspec.json.encode(event), request_id)
        )
        self._thread.start()

    def wait_started(self) -> HeldInvocation:
        wait_until(self._started.exists)
        return self

    @property
    def started(self) -> bool:
        return self._started.exists()

    def let_go(self) -> None:
        """Let the function return, whoever waits for it."""
        self._until.touch()

    @property
    def pid(self) -> int:
        return int(self._started.read_text())

    def release(self) -> Outcome:
        self.let_go()
        self._thread.join(timeout=30)
        assert self._outcome is not None
        return self._outcome

    def _run(self, fleet: Fleet, function: Function, event: bytes, request_id: str) -> None:
        self._outcome = fleet.invoke(function, event, request_id=request_id)


MakeFunction = Callable[..., Function]
MakeFleet = Callable[..., FleetClient]
MakeLab = Callable[..., LocalLambda]
