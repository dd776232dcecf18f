"""Scenes of limits: the connections of an origin, and the concurrency of a function."""

from __future__ import annotations

import random
import time
from typing import Final

from lab.errors import Throttled
from lab.experiments.support.app_functions import app_function
from lab.experiments.support.invocations import result
from lab.experiments.support.load import together
from lab.experiments.support.origin import OriginProcess
from lab.experiments.support.polling import wait_until
from lab.pages.scenes import Scene
from lab.tour.players import TIMEOUT_S, Players

_ORIGIN_LIMIT: Final = 100
_PLACES: Final = 5
_CALLERS: Final = 25
_WAIT_S: Final = 0.3
_ATTEMPTS: Final = 12


def pools(players: Players, *, containers: int = 12, pool: int = 10) -> Scene:
    """Return the scene of too many pools for one origin."""
    workbench = players.workbench
    settings, seen = {"POOL_SIZE": str(pool)}, (workbench.directory,)
    # its containers wait for a file in the directory
    function = app_function(
        workbench, "fetching.handler", settings, name="fetching", timeout_s=TIMEOUT_S, file_systems=seen
    )
    name = players.add(function)

    def play() -> str:
        gate = workbench.directory / "gate"
        gate.unlink(missing_ok=True)
        with OriginProcess(limit=_ORIGIN_LIMIT) as origin:
            origin.hold()
            urls = [origin.url("/?bytes=1000")] * pool
            event = {"mode": "per container", "at_once": True, "urls": urls, "until": str(gate)}

            def fetch() -> int:
                failed: int = result(players.invoke(f"fetch {pool} URLs", name, event))["failed"]
                return failed

            def release() -> int:
                try:
                    tried = containers * pool
                    wait_until(lambda: origin.counts().tried >= tried, f"{tried} connections", within_s=TIMEOUT_S)
                finally:
                    origin.release()
                    gate.touch()
                return 0

            failed = sum(together([*[fetch] * containers, release]))
            counts = origin.counts()
        return (
            f"{containers} containers × {pool} connections are {containers * pool}; the origin accepted "
            f"{counts.opened} and {failed} fetches failed. {counts.open} connections stay open in frozen containers."
        )

    return Scene(
        name="pools",
        title="Connections × containers",
        sentence=f"All {containers} containers fetch from one server behind them, the origin, and each keeps "
        f"{pool} connections to it open for the next time, its pool; the origin takes {_ORIGIN_LIMIT} in all.",
        play=play,
    )


def throttle(players: Players) -> Scene:
    """Return the scene of a function that has no concurrency left."""
    name = players.add(players.workbench.function("waiting.handler", name="busy"))

    def call(attempts: int) -> int:
        """Return how often one caller was refused; as often as ``attempts`` is never answered."""
        for refusals in range(attempts):
            try:
                players.invoke("ask", name, {"wait_s": _WAIT_S})
            except Throttled:
                # full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
                time.sleep(random.uniform(0, min(1.5, 0.2 * 2**refusals)) * (attempts > 1))  # noqa: S311
            else:
                return refusals
        return attempts

    def play() -> str:
        players.lab.concurrency.reserve(name, _PLACES)
        lost = together([lambda: call(1)] * _CALLERS).count(1)
        refusals = together([lambda: call(_ATTEMPTS)] * _CALLERS)
        players.lab.concurrency.reserve(name, None)
        return (
            f"Of {_CALLERS} callers at one moment {lost} were refused and got nothing. When each of them tried again "
            f"after a random wait, {refusals.count(_ATTEMPTS)} got nothing, after {sum(refusals)} refusals in all."
        )

    return Scene(
        name="throttle",
        title="Throttle",
        sentence=f"{_CALLERS} callers come to a function that may run {_PLACES} times at once: Lambda has no queue for "
        "them, it refuses the rest (×).",
        play=play,
    )
