"""A burst above the concurrency limit: which requests are throttled, and how retrying clients share the limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lab.experiments.support.findings import MEASURED, Finding, LineChart, figure
from lab.experiments.support.workbench import Workbench
from lab.experiments.throttle.retrying_clients import (
    ATTEMPTS,
    BACKOFF,
    BASE_S,
    JITTER,
    LONGEST_S,
    NO_RETRY,
    WORK_S,
    BurstLoad,
    ClientLog,
    Logs,
    RefusalStatus,
    clients,
    refusals,
)
from measurement.figures import Figure, Spread, p99, rounded_median

_BIN_S: Final = 0.1
# the share of lost requests that passes as none: with jitter it differs from burst to burst
ACCEPTED: Final = 0.01
# what AWS documents for a throttled request: at the Invoke API, and behind a REST API
THROTTLED: Final = 429
BEHIND_REST: Final = 500


def run(workbench: Workbench) -> Finding:
    """Send the same burst with three kinds of clients, several times, and one refused request through each API."""
    plan = workbench.pick(
        BurstLoad(limit=4, burst=24, rate=20.0, seconds=1.0), BurstLoad(limit=10, burst=200, rate=50.0, seconds=5.0)
    )
    return judge(plan, clients(workbench, plan, workbench.pick(1, 10)), refusals(workbench, workbench.pick(1, 5)))


def judge(plan: BurstLoad, logs: Logs, refused: Sequence[RefusalStatus]) -> Finding:
    """Return what follows from the clients' logs, in the median: a burst more or less must not turn it.

    The status of a refusal is a part of the claim, and has to be right every time.
    """
    lost = {name: rounded_median(each.lost_share for each in several) for name, several in logs.items()}
    holds = lost[NO_RETRY] > ACCEPTED >= lost[JITTER] and all(each.invoke_api == THROTTLED for each in refused)
    return Finding(
        title="Throttling",
        claim="Traffic above the concurrency limit is refused with 429; clients that retry with jitter lose nothing.",
        method=f"A function with a concurrency of {plan.limit} and {1000 * WORK_S:.0f} ms of waiting gets "
        f"{plan.rate:.0f} requests a second, and {plan.burst} at one moment, {len(logs[JITTER])} times. A throttled "
        f"client gives up, or waits {1000 * BASE_S:.0f} ms, twice that, and so on up to {LONGEST_S} s, or a random "
        f"time up to that (full jitter), with {ATTEMPTS} attempts in all. Each kind of client has its own warm "
        f"function, invoked without a gateway. Nothing means at most {ACCEPTED:.0%}, in the median. A request to a "
        f"function without any concurrency is sent through both APIs, n = {len(refused)}.",
        figures=(
            *(each for name, several in logs.items() for each in _figures(name, several)),
            figure("a refusal", "status at the Invoke API", [each.invoke_api for each in refused]),
            figure("a refusal", "status at the REST gateway", [each.gateway for each in refused]),
        ),
        verdict=_verdict(plan, logs, refused, holds=holds),
        holds=holds,
        basis=MEASURED,
        charts=(
            LineChart(
                title=f"Throttles after a burst of {plan.burst} at a concurrency of {plan.limit}, first time",
                across="seconds since the burst",
                up="throttles in 100 ms",
                lines=_histogram({name: several[0] for name, several in logs.items()}),
            ),
        ),
    )


def _figures(name: str, logs: Sequence[ClientLog]) -> Iterator[Figure]:
    latencies = [[sample.latency_ms for sample in log.answered] for log in logs]
    yield figure(name, "requests", [len(log.samples) for log in logs])
    yield figure(name, "throttles (429)", [len(log.throttles) for log in logs])
    # every attempt ends in a 429 or in success
    attempts = [(len(log.throttles) + len(log.answered)) / len(log.samples) for log in logs]
    yield figure(name, "attempts per request", attempts)
    yield figure(name, "requests lost", [log.lost for log in logs])
    yield figure(name, "requests lost, share", [100 * log.lost_share for log in logs], unit="%")
    yield figure(name, "containers", [len({sample.container for sample in log.answered}) for log in logs])
    yield figure(name, "latency of those answered", [each for several in latencies for each in several], unit="ms")
    yield figure(name, "latency of those answered, p99", [p99(several) for several in latencies], unit="ms")
    yield figure(name, "until the last throttle", [log.recovery_s for log in logs], unit="s")


def _histogram(logs: Mapping[str, ClientLog]) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return the throttles in each tenth of a second, for every kind of client over the same time."""
    last = int(max(log.recovery_s for log in logs.values()) / _BIN_S) + 2
    counts = {name: Counter(int(max(0.0, at) / _BIN_S) for at in log.throttles) for name, log in logs.items()}
    return {name: tuple((round(n * _BIN_S, 1), found[n]) for n in range(last)) for name, found in counts.items()}


def _verdict(plan: BurstLoad, logs: Logs, refused: Sequence[RefusalStatus], *, holds: bool) -> str:
    lost = {name: Spread.of((100 * log.lost_share for log in several), digits=1) for name, several in logs.items()}
    last = {name: rounded_median(log.recovery_s for log in several) for name, several in logs.items()}
    shares = {name: f"{each.median:g} % ({each.least:g} to {each.most:g})" for name, each in lost.items()}
    return (
        f"{'Yes' if holds else 'No'}: after bursts of {plan.burst} at a concurrency of {plan.limit}, "
        f"{shares[NO_RETRY]} of the requests were lost without retries, {shares[BACKOFF]} with retries but no jitter, "
        f"and {shares[JITTER]} with full jitter, where up to {ACCEPTED:.0%} passes as nothing "
        f"(n = {len(logs[JITTER])}); the last throttle came {last[JITTER]:.1f} s after the burst with jitter, "
        f"{last[BACKOFF]:.1f} s without; {_statuses(refused)}."
    )


def _statuses(refused: Sequence[RefusalStatus]) -> str:
    """Return what a refused caller sees, and whether that is as on AWS."""
    at_invoke, at_gateway = (sorted({getattr(each, api) for each in refused}) for api in ("invoke_api", "gateway"))
    invoke, gateway = (" or ".join(map(str, each)) for each in (at_invoke, at_gateway))
    behind = (
        f"behind a REST API it is a {gateway}, as on AWS, so that a refusal looks like a fault"
        if at_gateway == [BEHIND_REST]
        else f"behind a REST API it is a {gateway}, not {BEHIND_REST} as on AWS"
    )
    documented = "" if at_invoke == [THROTTLED] else f", not {THROTTLED} as on AWS"
    return f"a caller of the Invoke API sees a {invoke}{documented}, and {behind} (n = {len(refused)})"
