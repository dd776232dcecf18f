"""Refuses options of ``python -m lab simulate`` that have no effect beside the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from lab.errors import SetupError

_TIMES: Final = ("--service-ms", "--service-sigma", "--init-ms", "--init-sigma", "--first-ms")
_REPLAYED: Final = ("--idle", "--limit", "--starters")
_SHAPES: Final[Mapping[str, tuple[str, ...]]] = {
    "diurnal": ("--swing", "--period"),
    "spike": ("--base", "--spike-at", "--spike-lasts"),
}
_PINGS: Final = ("--warm", "--ping-ms")


def refuse_conflicts(given: Collection[str], values: Mapping[str, Any]) -> None:
    """Raise SetupError with a line for each of the ``given`` options that would have no effect."""
    problems = list(_beside_replay(given) if "--replay" in given else _unused(given, values))
    if problems:
        raise SetupError("\n".join(problems))


def _beside_replay(given: Collection[str]) -> Iterator[str]:
    for flag in given:
        if flag not in ("--replay", *_REPLAYED):
            yield f"{flag}: has no effect beside --replay, which takes {', '.join(_REPLAYED)} and --json"


def _unused(given: Collection[str], values: Mapping[str, Any]) -> Iterator[str]:
    reasons = {f"without --arrivals {shape}": flags for shape, flags in _SHAPES.items() if values["arrivals"] != shape}
    if "--samples" in given:
        reasons["beside --samples, which has the times"] = _TIMES
    if not values["ping_every"]:
        reasons["without --ping-every"] = _PINGS
    for why, flags in reasons.items():
        yield from (f"{flag}: has no effect {why}" for flag in flags if flag in given)
