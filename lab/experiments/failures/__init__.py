"""Requests to a function that fails: what the caller sees, what is retried, lost and logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import msgspec

from lab.experiments.failures.failure_trials import INIT, NO_DESTINATION, SETUPS, FailureResult, observe
from lab.experiments.support.findings import DOCUMENTED, BarChart, Finding, figure, in_words
from lab.experiments.support.http_client import ClientResponse
from lab.experiments.support.workbench import Workbench
from measurement.figures import Figure

# the results of each kind of failure, one for each time
Results = Mapping[str, Sequence[FailureResult]]


def run(workbench: Workbench) -> Finding:
    """Make the app fail in every way, through the gateway and through the Invoke API, several times in new labs."""
    tries = [(setup, number) for setup in SETUPS for number in range(workbench.pick(1, 5))]
    results: dict[str, list[FailureResult]] = {}
    # they mostly wait, for a timeout or for a retry
    with ThreadPoolExecutor(workbench.pick(2, 5)) as pool:
        waiting = [pool.submit(observe, workbench, setup, number) for setup, number in tries]
        for each in workbench.steps("failures", waiting):
            for kind, found in each.result().items():
                results.setdefault(kind, []).append(found)
    return judge(results)


def judge(results: Results) -> Finding:
    """Return what follows from each kind of failure, every time.

    The one without a destination is no other kind: it shows what a destination is for. A function that cannot be
    loaded fails every request, but no route of it takes another with it.
    """
    kinds = {kind: several for kind, several in results.items() if kind != NO_DESTINATION}
    lost = {kind: _lost(several) for kind, several in _failed_events(kinds).items()}
    holds = any(map(any, lost.values())) or any(kind != INIT for kind in _not_recovered(kinds))
    got = "; ".join(f"{kind}: {' or '.join(_answers(several))}" for kind, several in kinds.items())
    return Finding(
        title="Failures",
        claim="In a monolith one route that fails takes the others with it, and what failed is lost without a trace.",
        method="The app with routes that fail on purpose, each requested through the REST gateway, by a synchronous "
        "and by an asynchronous invocation, without waits between retries and with a failure destination, once "
        "without; then a healthy route. Statuses and retries are AWS's documented ones. The hanging handler "
        "exceeds the gateway's timeout, the timeout the function's own. Routes are read from the log streams "
        "alone, in which the app names one at level info when a request ends, and at debug when it begins too. "
        f"All of it in new labs each time, n = {len(results[INIT])}. Callers got: {got}.",
        verdict=_verdict(kinds, lost, _lost(results[NO_DESTINATION]), holds=holds),
        holds=holds,
        basis=DOCUMENTED,
        figures=(
            *_figures(results),
            figure("all", "lost with a destination", map(sum, zip(*lost.values(), strict=True))),
        ),
        charts=(_chart(kinds),),
    )


def _failed_events(results: Results) -> Results:
    """Return the kinds of failure whose asynchronous event was given up; an answer of 500 is a success to Lambda."""
    return {
        kind: several
        for kind, several in results.items()
        if any(each.async_runs is not None and each.is_error for each in several)
    }


def _lost(several: Sequence[FailureResult]) -> list[int]:
    """Return how many events were lost, each time."""
    return [1 - each.records for each in several]


def _not_recovered(kinds: Results) -> list[str]:
    """Return the kinds after which a request to another route failed, at least once."""
    return [kind for kind, several in kinds.items() if any(each.next_status != 200 for each in several)]


def _answers(several: Sequence[FailureResult]) -> dict[str, None]:
    """Return the different answers of the gateway, in the order they came."""
    return dict.fromkeys(f"{each.response.status} {_message(each.response)}" for each in several)


def _message(response: ClientResponse) -> str:
    """Return the gateway's message, or the app's error code."""
    body: dict[str, Any] = msgspec.json.decode(response.body)
    return str(body.get("message") or body.get("code") or body.get("title"))


def _figures(results: Results) -> Iterator[Figure]:
    for kind, several in results.items():
        yield figure(kind, "status at the gateway", [each.response.status for each in several])
        yield figure(kind, "runs of a request", [each.runs for each in several])
        yield figure(kind, "status of the next request", [each.next_status for each in several])
        async_runs = [each.async_runs for each in several if each.async_runs is not None]
        if async_runs:
            yield figure(kind, "FunctionError", [each.is_error for each in several])
            yield figure(kind, "runs of an asynchronous event", async_runs)
            yield figure(kind, "records at the failure destination", [each.records for each in several])
        for at, level in enumerate(("info", "debug")):
            yield figure(kind, f"log names the route, level {level}", [bool(each.routes[at]) for each in several])


def _chart(results: Results) -> BarChart:
    return BarChart(
        title="How often an event that fails is run",
        across="runs",
        cases={
            kind: {
                "synchronous": median(each.runs for each in several),
                "asynchronous": median(each.async_runs or 0 for each in several),
            }
            for kind, several in results.items()
        },
    )


def _verdict(kinds: Results, lost: Mapping[str, Sequence[int]], gone: Sequence[int], *, holds: bool) -> str:
    failed = _failed_events(kinds)
    ran = in_words(each.runs for several in kinds.values() for each in several)
    once = "once" if ran == "1" else f"{ran} times"
    runs = in_words(each.async_runs or 0 for several in failed.values() for each in several)
    events = sum(map(len, lost.values()))
    return (
        f"{'Yes' if holds else 'No'}: {_recovery_text(kinds)}; "
        f"a failed request ran {once}, an asynchronous event {runs} times; with a failure destination "
        f"{sum(map(sum, lost.values()))} of {events} events were lost, without one {sum(gone)} of {len(gone)}; "
        f"{_log_text(kinds)}."
    )


def _recovery_text(kinds: Results) -> str:
    broken = _not_recovered(kinds)
    but = f", but not after {_listed(broken)}" if broken else ""
    why = ", as nothing of that function can be loaded" if broken == [INIT] else ""
    return (
        f"after {len(kinds) - len(broken)} of {len(kinds)} kinds of failure the next request always succeeded "
        f"(n = {len(kinds[INIT])} for each kind){but}{why}"
    )


def _log_text(kinds: Results) -> str:
    """Return how many routes the log names; a function that cannot be loaded has none."""
    routed = {kind: several for kind, several in kinds.items() if kind != INIT}
    info, debug = (
        [kind for kind, several in routed.items() if not all(each.routes[at] for each in several)] for at in range(2)
    )
    named = f"the log named the route of {len(routed) - len(debug)} of {len(routed)} kinds at level debug"
    return f"{named}, and of {len(routed) - len(info)} at info" + (f", not of {_listed(info)}" if info else "")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
