"""Sparse traffic with and without keep-warm pings: the share of cold requests, and the price of the pings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import mean, median
from typing import Final

from lab.costs import prices
from lab.experiments.keep_warm.pinged_visits import (
    APP_CONTAINERS,
    NO_PING,
    PING_ONE,
    PING_TWO,
    PINGED,
    Passes,
    PingResult,
    VisitSchedule,
    kept_by_app,
    visits,
)
from lab.experiments.support.findings import DOCUMENTED, BarChart, Finding, figure, in_words
from lab.experiments.support.workbench import Workbench
from lab.recorded_traffic import Sample
from lab.traits import VCPU_MB
from measurement.figures import Figure

# what the scaled idle time stands for: people observe minutes, and ping more often than that
_IDLE_REAL_S: Final = 300.0
_MONTH_S: Final = 3600.0 * prices.HOURS_A_MONTH


def run(workbench: Workbench) -> Finding:
    """Send the same visits to functions without pings, with pings to one container, and to two, several times."""
    plan = workbench.pick(VisitSchedule(idle_s=1.0, visits=4), VisitSchedule(idle_s=3.0, visits=16))
    count = workbench.pick(1, 5)
    results = visits(workbench, plan, count)
    first = sorted(results[NO_PING][0].samples, key=lambda sample: sample.due)
    workbench.record("keep_warm", first, idle_s=plan.idle_s)
    return judge(plan, results, [kept_by_app(workbench) for _ in range(count)])


def judge(plan: VisitSchedule, results: Passes, kept: Sequence[int]) -> Finding:
    """Return what follows from the visits: in part when only single requests were never cold, in any pass."""
    cold = {name: [_share(each.samples) for each in several] for name, several in results.items()}
    singles = all(cold[NO_PING]) and not any(_share(each.single) for each in results[PING_ONE])
    pairs_cold = any(_share(_colder(each)) for each in results[PING_ONE])
    holds = None if singles and pairs_cold else singles
    return Finding(
        title="Keeping warm",
        claim="A ping every few minutes ends cold starts.",
        method=f"Idle containers end after {plan.idle_s:g} s, which stands for {_IDLE_REAL_S / 60:.0f} minutes; a ping "
        f"comes every {plan.ping_every_s:g} s and occupies its container for 75 ms, and {{'warm': 2}}, for 125 ms, "
        f"another one by asynchronous self-invocation. "
        f"{plan.visits} visits, every second one of two requests at once, fall "
        "between pings, most of them further apart than an idle container stays. The "
        f"{len(kept)} passes have other gaps each; they run side by side, a little apart. "
        "Prices are those of a month of pings "
        f"every {_IDLE_REAL_S / 120:g} minutes at {VCPU_MB} MB. Finally the app itself is sent "
        f"{{'warm': {APP_CONTAINERS}}}. How long an idle container stays is our choice: AWS does not publish it.",
        figures=(
            *(each for name, found in results.items() for each in _figures(name, found)),
            figure("the app", f"containers after {{'warm': {APP_CONTAINERS}}}", kept),
        ),
        verdict=_verdict(results, cold, kept, holds=holds),
        holds=holds,
        basis=DOCUMENTED,
        charts=(
            BarChart(
                title="Cold requests",
                across="% of the requests",
                cases={name: {"cold": round(median(shares), 1)} for name, shares in cold.items()},
            ),
        ),
    )


def _figures(name: str, passes: Sequence[PingResult]) -> Iterator[Figure]:
    yield figure(name, "cold, of visits by one", [_share(each.single) for each in passes], unit="%")
    yield figure(name, "cold, of the second of two at once", [_share(_colder(each)) for each in passes], unit="%")
    yield figure(name, "cold, of all requests", [_share(each.samples) for each in passes], unit="%")
    latencies = [sample.latency_ms for each in passes for sample in each.samples]
    yield figure(name, "latency", latencies, unit="ms")
    pinged = [each for each in passes if each.pings_ms]
    if pinged:
        yield figure(name, "billed for a ping", [ms for each in pinged for ms in each.pings_ms], unit="ms")
        yield figure(name, "pings, a month", [_price(each, PINGED[name]) for each in pinged], unit="$")
        yield figure(
            name,
            "the same provisioned, a month",
            [prices.AWS.ready["x86"].of(PINGED[name] * VCPU_MB / 1024 * _MONTH_S)],
            unit="$",
            given=True,
        )


def _colder(found: PingResult) -> list[Sample]:
    """Return the colder request of each two at once."""
    return [max(pair, key=lambda sample: sample.cold) for pair in found.pairs]


def _share(samples: Sequence[Sample]) -> float:
    return 100 * sum(sample.cold for sample in samples) / len(samples)


def _price(found: PingResult, containers: int) -> float:
    billed_ms = mean(found.pings_ms)
    pings = containers * _MONTH_S / (_IDLE_REAL_S / 2)
    return prices.invocations(round(pings), pings * prices.gb_seconds(memory_mb=VCPU_MB, billed_ms=billed_ms))


def _verdict(results: Passes, cold: Mapping[str, Sequence[float]], kept: Sequence[int], *, holds: bool | None) -> str:
    one = results[PING_ONE]
    paid = [_price(each, 1) for each in one if each.pings_ms]
    price = f"{median(paid):.2f} dollars a month" if paid else "no measured price"
    answer = {True: "Yes", False: "No", None: "For one request at a time"}[holds]
    return (
        f"{answer}: without pings {_percent(cold[NO_PING])} of the requests "
        f"were cold; with a ping to one container, for {price}, {_percent([_share(each.single) for each in one])} of "
        f"the single ones were, and one of two at once was in {_percent([_share(_colder(each)) for each in one])} of "
        f"the cases; with a ping to two, {_percent(cold[PING_TWO])} of all were; the app's own fan-out kept "
        f"{in_words(kept)} of the {APP_CONTAINERS} containers asked for (n = {len(one)}); all of this needs idle "
        "containers that stay longer than the time between pings, which AWS does not promise."
    )


def _percent(shares: Sequence[float]) -> str:
    """Return the median of shares, and their range where they differ."""
    least, most = min(shares), max(shares)
    return f"{median(shares):.0f} %" + (f" ({least:.0f} to {most:.0f})" if least < most else "")
