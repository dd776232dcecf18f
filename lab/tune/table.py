"""The result of tuning as a table, and a paragraph on what of it is measured and what is modelled."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

from lab.containers.cpu_share import PERIOD_S
from lab.traits import VCPU_MB
from lab.tune.tuning import TunedSetting, Tuning
from measurement.figures import Spread, rivals

_WIDTH = 105
# a setting whose runs got more or less than this of their share of the CPU is named
_NEAR = 0.1
_COLUMNS = "{:>9}{:>7}{:>9}{:>26}{:>26}{:>26}  {}"


def table(tuning: Tuning) -> str:
    """Return the settings as rows with the best of them named, and the notes below."""
    rows = [_COLUMNS.format("memory", "vCPU", "peak", "cold ms", "warm ms", "$ a million", "").rstrip()]
    rows += [_row(each, tuning) for each in tuning.settings]
    notes = (textwrap.fill(note, _WIDTH) for note in _notes(tuning))
    return "\n".join([*rows, "", *notes])


def _row(setting: TunedSetting, tuning: Tuning) -> str:
    memory, vcpus = f"{setting.memory_mb} MB", f"{setting.vcpus:.2f}"
    if setting.failure:
        return f"{memory:>9}{vcpus:>7}  failed: {setting.failure}"
    figures = (_spread(setting.cold_ms, 0), _spread(setting.warm_ms, 1), _spread(setting.dollars, 2))
    names = ", ".join(_names(setting, tuning))
    return _COLUMNS.format(memory, vcpus, f"{setting.peak_mb} MB", *figures, names).rstrip()


def _names(setting: TunedSetting, tuning: Tuning) -> Iterator[str]:
    best = {"cheapest": tuning.cheapest_mb, "fastest": tuning.fastest_mb, "balanced": tuning.balanced_mb}
    yield from (name for name, memory_mb in best.items() if memory_mb == setting.memory_mb)


def _spread(spread: Spread | None, digits: int) -> str:
    if spread is None:
        return ""
    return f"{spread.median:.{digits}f} ({spread.least:.{digits}f}..{spread.most:.{digits}f})"


def _notes(tuning: Tuning) -> Iterator[str]:
    """Yield what the figures do not say, a sentence or two each."""
    machine = ", ".join(f"{name} {value}" for name, value in tuning.machine.items())
    yield (
        f"Measured here: INIT, durations and memory, as median (least..most) of {tuning.cold_starts} cold and "
        f"{tuning.warm_runs} warm runs, on {machine}."
    )
    yield _cpu_note(throttled=tuning.throttled)
    yield "Not seen here: AWS's processors and network. Compare settings with each other, not with a run on AWS."
    yield f"Dollars: warm requests on x86 in {tuning.region}, prices of {tuning.prices_of}, INIT not included."
    yield from _doubts(tuning)


def _doubts(tuning: Tuning) -> Iterator[str]:
    """Yield why the best settings may not be the best, if there is a reason."""
    if cheap := _rivals(tuning, tuning.cheapest_mb, lambda each: each.dollars):
        yield f"Spreads overlap: {cheap} may be as cheap as the cheapest."
    if fast := _rivals(tuning, tuning.fastest_mb, lambda each: each.warm_ms):
        yield f"Spreads overlap: {fast} may be as fast as the fastest."
    if tuning.throttled:
        yield from _share_doubts(tuning)
    if failed := [f"{count} × {status}" for status, count in tuning.statuses.items() if not status.startswith("2")]:
        yield f"Look at the event: some answers are no success ({', '.join(failed)})."


def _share_doubts(tuning: Tuning) -> Iterator[str]:
    """Yield which settings got less or more than their share of the CPU."""
    got = {each.memory_mb: times for each in tuning.settings if (times := each.got) is not None}
    if less := [f"{memory_mb} MB ({times:.2f} times)" for memory_mb, times in got.items() if times < 1 - _NEAR]:
        yield f"This machine was busy: {', '.join(less)} did not get all of their share of the CPU."
    if more := [f"{memory_mb} MB ({times:.2f} times)" for memory_mb, times in got.items() if times > 1 + _NEAR]:
        yield (
            f"{', '.join(more)} got more than their share of the CPU: a short run may use the share of a whole period "
            "at once."
        )


def _cpu_note(*, throttled: bool) -> str:
    if not throttled:
        return "Not modelled: the CPU share. This system has no CPU clock per process, so every setting ran unhindered."
    return (
        f"Modelled: the CPU share. An invocation has memory / {VCPU_MB} MB of a vCPU in each period of "
        f"{1000 * PERIOD_S:.0f} ms, by stopping and continuing its process; INIT runs unhindered. Above {VCPU_MB} MB "
        "Lambda adds vCPUs and the lab has only the cores that are free; one thread gains nothing from either."
    )


def _rivals(tuning: Tuning, memory_mb: int, figure: Callable[[TunedSetting], Spread | None]) -> str:
    """Return the other settings whose spread overlaps with that of the best one."""
    spreads = {each.memory_mb: spread for each in tuning.settings if (spread := figure(each))}
    close = rivals(memory_mb, spreads) if memory_mb in spreads else []
    return f"{', '.join(map(str, close))} MB" if close else ""
