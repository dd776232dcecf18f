"""The table, and what it says about its own figures."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lab.tune.table import table
from lab.tune.tuning import TunedSetting, Tuning
from measurement.figures import Spread


def setting(
    memory_mb: int, ms: tuple[float, ...], dollars: tuple[float, ...], *, got: float = 1.0, waited: float = 0.0
) -> TunedSetting:
    """Return a setting that got so many times its share of the CPU, and waited for it for a part of the time."""
    init_ms, warm_ms, price = Spread.of([100]), Spread.of(ms), Spread.of(dollars)
    return TunedSetting(
        memory_mb=memory_mb,
        vcpus=memory_mb / 1769,
        peak_mb=64,
        init_ms=init_ms,
        cold_ms=init_ms,
        warm_ms=warm_ms,
        dollars=price,
        cpu=Spread.of([got * min(1.0, memory_mb / 1769)]),
        waited=Spread.of([waited]),
    )


QUIET = Tuning(
    date="2026-11-26",
    machine={"cpu": "some", "cores": "2"},
    load=0.1,
    throttled=True,
    warm_runs=3,
    cold_starts=1,
    region="us-east-1",
    prices_of="2026-11-21",
    settings=(
        setting(512, (100.0, 110.0), (1.0, 1.1)),
        setting(1769, (30.0, 31.0), (1.2, 1.3)),
        TunedSetting(memory_mb=128, vcpus=0.07, failure="Runtime.OutOfMemory"),
    ),
    cheapest_mb=512,
    fastest_mb=1769,
    balanced_mb=1769,
    balance=0.5,
    statuses={"200": 8},
)


def printed(**changes: Any) -> str:
    return " ".join(table(msgspec.structs.replace(QUIET, **changes)).split())


def test_every_setting_is_a_row_with_its_names() -> None:
    rows = [line.split() for line in table(QUIET).splitlines()[:4]]
    assert rows[1][:2] == ["512", "MB"]
    assert rows[1][-1] == "cheapest"
    assert rows[2][-2:] == ["fastest,", "balanced"]
    assert rows[3][-2:] == ["failed:", "Runtime.OutOfMemory"]


def test_it_says_what_is_measured_and_what_is_modelled() -> None:
    assert "Measured here: INIT, durations and memory, as median (least..most) of 1 cold and 3 warm runs" in printed()
    assert "Modelled: the CPU share. An invocation has memory / 1769 MB of a vCPU in each period of 20 ms" in printed()
    assert "Not modelled: the CPU share." in printed(throttled=False)


def test_doubts_are_named_when_there_are_any() -> None:
    assert not any(words in printed() for words in ("overlap", "busy", "no success"))
    close = (setting(256, (100.0,), (1.05,)), *QUIET.settings)
    assert "Spreads overlap: 256 MB may be as cheap as the cheapest." in printed(settings=close)
    same = (setting(3008, (30.5,), (9.0,)), *QUIET.settings)
    assert "Spreads overlap: 3008 MB may be as fast as the fastest." in printed(settings=same)
    assert "some answers are no success (3 × 404)" in printed(statuses={"200": 5, "404": 3})


@pytest.mark.parametrize(
    ("memory_mb", "got", "waited", "words"),
    [
        pytest.param(
            3008, 0.7, 0.3, "was busy: 3008 MB (0.70 times) did not get all of their share of", id="a large one"
        ),
        pytest.param(
            256, 0.5, 0.3, "was busy: 256 MB (0.50 times) did not get all of their share of", id="a small one"
        ),
        pytest.param(1024, 1.3, 0.0, "1024 MB (1.30 times) got more than their share of the CPU: ", id="more"),
        pytest.param(3008, 0.93, 0.07, "", id="nearly all of it"),
        pytest.param(3008, 0.2, 0.01, "", id="a run that waits for a database"),
    ],
)
def test_settings_that_did_not_get_their_share_are_named(memory_mb: int, got: float, waited: float, words: str) -> None:
    """Whatever the load of the machine is: that says nothing about these runs."""
    settings = (*QUIET.settings, setting(memory_mb, (400.0,), (9.0,), got=got, waited=waited))
    text = printed(settings=settings, load=8.0)
    assert words in text
    assert bool(words) is ("got more than their share" in text or "busy" in text)
    assert "busy" not in printed(settings=settings, throttled=False)
