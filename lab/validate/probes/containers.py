"""How many containers serve, what they keep, and that they are frozen in between."""

from __future__ import annotations

import time
from typing import Final

from lab.validate.probe import GUIDE, LIFECYCLE, Probe
from lab.validate.probed_function import ProbedFunction, Undecided

_COUNT: Final = 3
_HOLD_S: Final = 1.5
_GAP_S: Final = 1.5
_TICKS_A_SECOND: Final = 100
# of the ticks that a running thread would count in the gap
_FROZEN_SHARE: Final = 0.25


def _in_turn(function: ProbedFunction) -> str:
    states = [function.invoke("state").value for _ in range(_COUNT)]
    containers = {state["container"] for state in states}
    kept = all(state["seen"][-1] in states[-1]["seen"] for state in states)
    return f"{len(containers)} for {_COUNT}, memory {'kept' if kept else 'not kept'}"


def _at_once(function: ProbedFunction) -> str:
    states = [answer.value for answer in function.at_once(_COUNT, "state", seconds=_HOLD_S)]
    return f"{len({state['container'] for state in states})} for {_COUNT}"


def _temp_kept(function: ProbedFunction) -> str:
    mark, first = function.mark()
    second = function.again(first)
    return "kept" if mark in second["marks"] else "not kept"


def _temp_private(function: ProbedFunction) -> str:
    mark, first = function.mark()
    states = [answer.value for answer in function.at_once(_COUNT, "state", seconds=_HOLD_S)]
    others = [state for state in states if state["container"] != first["container"]]
    if not others:
        raise Undecided("no other container answered")
    return "shared" if any(mark in state["marks"] for state in others) else "private"


def _between(function: ProbedFunction) -> str:
    """Compare what a thread counted in a pause with what it would count if it ran."""
    full = int(_GAP_S * _TICKS_A_SECOND)
    _, first = function.mark(ticks=10 * full)
    time.sleep(_GAP_S)
    second = function.again(first)
    return "frozen" if second["ticks"] - first["ticks"] < _FROZEN_SHARE * full else "running"


IN_TURN: Final[tuple[Probe[ProbedFunction], ...]] = (
    Probe(
        trait="containers for invocations in turn",
        documented=f"1 for {_COUNT}, memory kept",
        source=LIFECYCLE,
        look=_in_turn,
    ),
    Probe(trait="temp directory in the next invocation", documented="kept", source=LIFECYCLE, look=_temp_kept),
    Probe(trait="a thread between invocations", documented="frozen", source=LIFECYCLE, look=_between),
)
AT_ONCE: Final[tuple[Probe[ProbedFunction], ...]] = (
    Probe(
        trait="containers for invocations at once",
        documented=f"{_COUNT} for {_COUNT}",
        source=f"{GUIDE}/lambda-concurrency.html",
        look=_at_once,
    ),
    Probe(trait="temp directory of a container", documented="private", source=LIFECYCLE, look=_temp_private),
)
