"""The state of a container as its page shows it: cards of facts, in units for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from app.views import units

Facts = tuple[tuple[str, str], ...]

_MEMORY: Final = {"used": "In use", "peak": "At its peak"}
_WORKING: Final = {True: "works", False: "does not work"}


class Card(msgspec.Struct, frozen=True):
    """A heading with facts below it."""

    title: str
    facts: Facts


class Bar(msgspec.Struct, frozen=True):
    """An amount of a whole, in MiB."""

    name: str
    amount: float
    whole: float

    @property
    def text(self) -> str:
        """Return the amounts in words."""
        return f"{self.amount:.0f} of {self.whole:.0f} MiB"


class StatusPage(msgspec.Struct, frozen=True):
    """What the page shows; ``changing`` cards are refreshed, ``lasting`` ones hold as long as the container."""

    container: Card
    memory: tuple[Bar, ...] = ()
    changing: tuple[Card, ...] = ()
    lasting: tuple[Card, ...] = ()


def page(state: Mapping[str, Any]) -> StatusPage:
    """Return the page of a state of ``/status``; of its public part only the card of the container."""
    if "mode" not in state:
        return StatusPage(_container(state))
    return StatusPage(
        _container(state), _memory(state["container"]["memory_mb"]), tuple(_changing(state)), tuple(_lasting(state))
    )


def _container(state: Mapping[str, Any]) -> Card:
    known = state["container"]
    facts = [("Id", known["id"]), ("Start", "cold: this was its first request" if known["cold"] else "warm")]
    if "age_s" in known:
        facts += [
            ("Requests", f"{known['invocations']:,}"),
            ("Started", units.ago(known["age_s"])),
            ("INIT took", units.duration(known["init_ms"])),
        ]
    return Card("This container", (*facts, ("Version", state["version"])))


def _memory(memory: Mapping[str, float]) -> tuple[Bar, ...]:
    return tuple(Bar(text, memory[name], memory["limit"]) for name, text in _MEMORY.items() if name in memory)


def _changing(state: Mapping[str, Any]) -> list[Card]:
    storage, cache = state["storage"], state["cache"]
    cards = [
        _requests(state["routes"].values(), state["rate_limit"]["refused"]),
        Card(
            "Results in memory",
            (
                ("Kept", f"{cache['entries']:,}, {units.size(cache['bytes'])}"),
                ("Found", f"{cache['hits']:,} of {cache['hits'] + cache['misses']:,} looked for"),
            ),
        ),
        Card("Storage", ((storage["kind"], _WORKING[storage["ok"]]), ("Failures", f"{storage['failures']:,}"))),
    ]
    return cards + [_connections(name, pool) for name, pool in state["pools"].items()]


def _requests(routes: Any, refused: int) -> Card:
    figures = list(routes)
    facts = [
        ("Answered", f"{sum(each['count'] for each in figures):,}"),
        ("Errors", f"{sum(each['errors'] for each in figures):,}"),
        ("Refused by rate", f"{refused:,}"),
    ]
    if figures:
        facts.append(("Slowest p95", units.duration(max(each["p95_ms"] for each in figures))))
    return Card("Requests", tuple(facts))


def _connections(name: str, pool: Mapping[str, int]) -> Card:
    return Card(
        f"Connections: {name}",
        (
            ("Requests", f"{pool['requests']:,}"),
            ("Opened", f"{pool['opened']:,}"),
            ("Used again", f"{pool['reused']:,}"),
            ("Idle now", f"{pool['idle']:,}"),
        ),
    )


def _lasting(state: Mapping[str, Any]) -> list[Card]:
    function = [(name.replace("_", " "), value) for name, value in state["function"].items() if value]
    runs = [(name, state[name]) for name in ("mode", "python", "pillow", "resampler")]
    return [
        Card("Runs as", tuple(runs + function)),
        Card("Codecs", tuple(state["codecs"].items())),
        Card("Limits", tuple(_limit(name, value) for name, value in state["limits"].items())),
    ]


def _limit(name: str, value: float) -> tuple[str, str]:
    """Return a limit in the unit that its name ends with."""
    words, _, unit = name.rpartition("_")
    shown = {
        "bytes": lambda: units.binary_size(int(value)),
        "pixels": lambda: f"{value / 1_000_000:g} megapixels",
        "s": lambda: f"{value:g} s",
        "mb": lambda: f"{value:g} MiB",
        "side": lambda: f"{value:,} pixels",
    }
    text = shown[unit]() if unit in shown else f"{value:,}"
    kept = name if unit not in ("bytes", "s", "mb") else words
    return kept.replace("_", " "), text
