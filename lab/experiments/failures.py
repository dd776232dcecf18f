"""Requests to a function that fails: what the caller sees, what is retried, lost and logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from lab.experiments.support import log_reader
from lab.experiments.support.app_functions import app_function
from lab.experiments.support.findings import DOCUMENTED, BarChart, Finding, figure
from lab.experiments.support.http_client import ClientResponse, request
from lab.experiments.support.invocations import http_event
from lab.experiments.support.polling import becomes_true
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda, Options
from lab.traits import Traits
from measurement.figures import Figure

_TIMEOUT_S: Final = 120.0
_INVOKE: Final = "/2015-03-31/functions/local/invocations"
INIT: Final = "init error"
NO_DESTINATION: Final = "no destination"


class FailureSetup(msgspec.Struct, frozen=True, kw_only=True):
    """A lab for some kinds of failure: their names, each with the path that causes it.

    ``invoke`` says whether to use the Invoke API too, synchronously and asynchronously; ``keep`` whether there is a
    failure destination.
    """

    kinds: Mapping[str, str]
    timeout_s: float = 30.0
    gateway_timeout_s: float = 29.0
    environment: Mapping[str, str] = {}
    invoke: bool = True
    keep: bool = True


# the slowest is first, so that the others run beside it
SETUPS: Final = (
    # the next invocation loads the app again, within the same timeout
    FailureSetup(kinds={"timeout": "/lab/hang"}, timeout_s=5.0),
    FailureSetup(
        kinds={
            "view raises": "/lab/bug",
            "handler raises": "/lab/raise",
            "crash": "/lab/crash",
            "out of memory": "/lab/memory",
        }
    ),
    FailureSetup(kinds={"hanging handler": "/lab/hang"}, timeout_s=5.0, gateway_timeout_s=1.0, invoke=False),
    FailureSetup(kinds={INIT: "/lab/fine"}, environment={"FAIL_INIT": "1"}),
    FailureSetup(kinds={NO_DESTINATION: "/lab/raise"}, keep=False),
)


class FailureResult(msgspec.Struct, frozen=True, kw_only=True):
    """The effects of one kind of failure; runs are counted for one event, None where it was not sent that way.

    ``routes`` are those in the logs of levels info and debug, ``is_error`` says whether the Invoke API calls
    it a FunctionError, ``records`` how many reached the failure destination, ``next_status`` is the status of
    the next request.
    """

    response: ClientResponse
    next_status: int
    runs: int
    routes: tuple[str, str]
    is_error: bool = True
    async_runs: int | None = None
    records: int = 0


def run(workbench: Workbench) -> Finding:
    """Make the app fail in every way, through the gateway and through the Invoke API."""
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.map(lambda setup: _observe(workbench, setup), SETUPS)
        results = {kind: each for found in workbench.steps("failures", list(waiting)) for kind, each in found.items()}
    return judge(results)


def judge(results: Mapping[str, FailureResult]) -> Finding:
    """Return what follows from each kind of failure; the one without a destination shows what that is for."""
    queued = _failed_events(results)
    lost = {kind: 1 - each.records for kind, each in queued.items() if kind != NO_DESTINATION}
    holds = any(lost.values()) or any(each.next_status != 200 for kind, each in results.items() if kind != INIT)
    got = "; ".join(f"{kind}: {each.response.status} {_message(each.response)}" for kind, each in results.items())
    return Finding(
        title="Failures",
        claim="In a monolith one route that fails takes the others with it, and what failed is lost without a trace.",
        method="The app with routes that fail on purpose, each requested through the REST gateway, by a synchronous "
        "and by an asynchronous invocation, without waits between retries and with a failure destination, once "
        "without; then a healthy route. Statuses and retries are AWS's documented ones. The hanging handler "
        "exceeds the gateway's timeout, the timeout the function's own. Routes are read from the log streams "
        f"alone. Callers got: {got}.",
        verdict=_verdict(results, lost, holds=holds),
        holds=holds,
        basis=DOCUMENTED,
        figures=(*_figures(results), figure("all", "lost with a destination", [sum(lost.values())])),
        charts=(_chart(results),),
    )


def _failed_events(results: Mapping[str, FailureResult]) -> dict[str, FailureResult]:
    """Return the kinds of failure whose asynchronous event was given up; an answer of 500 is a success to Lambda."""
    return {kind: each for kind, each in results.items() if each.async_runs is not None and each.is_error}


def _observe(workbench: Workbench, setup: FailureSetup) -> dict[str, FailureResult]:
    function = app_function(
        workbench,
        "failing.handler",
        {"MONOLAMBDA_LOG_LEVEL": "debug", **setup.environment},
        timeout_s=setup.timeout_s,
        memory_mb=256,
    )
    destination = workbench.directory / f"failures-{next(iter(setup.kinds))}"
    traits = Traits(gateway_timeout_s=setup.gateway_timeout_s)
    options = Options(failures=destination if setup.keep else None, retry_scale=0.0, traits=traits)
    with LocalLambda(lambda _: [function], options) as lab:
        accepted = {kind: _put(lab, path) for kind, path in setup.kinds.items() if setup.invoke}
        known = set(accepted.values())
        found = {kind: _through_gateway(lab, path, known) for kind, path in setup.kinds.items()}
        if not setup.invoke:
            return found
        url = lab.invoke_url + _INVOKE
        sync = {kind: request(url, http_event("GET", path)) for kind, path in setup.kinds.items()}
        becomes_true(lambda: lab.queue.pending == 0, within_s=_TIMEOUT_S)
        logs = log_reader.read(lab.directory)
        return {
            kind: msgspec.structs.replace(
                result,
                is_error="x-amz-function-error" in sync[kind].headers,
                async_runs=logs[accepted[kind]].runs,
                records=(destination / f"{accepted[kind]}.json").exists(),
            )
            for kind, result in found.items()
        }


def _through_gateway(lab: LocalLambda, path: str, known: set[str]) -> FailureResult:
    """Request a path that fails, wait for its failure in the log, and request a healthy one."""
    before = known | set(log_reader.read(lab.directory))
    response = request(lab.url + path)
    becomes_true(lambda: any(each.failures for each in _new(lab, before)), within_s=_TIMEOUT_S)
    info, debug = (_new(lab, before, debug=debug) for debug in (False, True))
    return FailureResult(
        response=response,
        next_status=_healthy_status(lab),
        runs=sum(each.runs for each in debug),
        routes=("".join(each.route for each in info), "".join(each.route for each in debug)),
    )


def _healthy_status(lab: LocalLambda) -> int:
    """Return the status of a route that does not fail, bypassing the gateway, whose timeout may be short here."""
    outcome = lab.invoke(http_event("GET", "/lab/fine"))
    return 502 if outcome.error_type else int(msgspec.json.decode(outcome.payload)["statusCode"])


def _new(lab: LocalLambda, before: set[str], *, debug: bool = True) -> list[log_reader.LoggedRequest]:
    return [
        each for request_id, each in log_reader.read(lab.directory, debug=debug).items() if request_id not in before
    ]


def _put(lab: LocalLambda, path: str) -> str:
    response = request(lab.invoke_url + _INVOKE, http_event("GET", path), X_Amz_Invocation_Type="Event")
    return response.headers["x-amzn-requestid"]


def _message(response: ClientResponse) -> str:
    """Return the gateway's message, or the app's error code."""
    body: dict[str, Any] = msgspec.json.decode(response.body)
    return str(body.get("message") or body.get("code") or body.get("title"))


def _figures(results: Mapping[str, FailureResult]) -> Iterator[Figure]:
    for kind, each in results.items():
        yield figure(kind, "status at the gateway", [each.response.status])
        yield figure(kind, "runs of a request", [each.runs])
        yield figure(kind, "status of the next request", [each.next_status])
        if each.async_runs is not None:
            yield figure(kind, "FunctionError", [each.is_error])
            yield figure(kind, "runs of an asynchronous event", [each.async_runs])
            yield figure(kind, "records at the failure destination", [each.records])
        for level, route in zip(("info", "debug"), each.routes, strict=True):
            yield figure(kind, f"log names the route, level {level}", [bool(route)])


def _chart(results: Mapping[str, FailureResult]) -> BarChart:
    return BarChart(
        title="How often an event that fails is run",
        across="runs",
        cases={
            kind: {"synchronous": each.runs, "asynchronous": each.async_runs or 0} for kind, each in results.items()
        },
    )


def _verdict(results: Mapping[str, FailureResult], lost: Mapping[str, int], *, holds: bool) -> str:
    routed = [each.routes for kind, each in results.items() if kind != INIT]
    info, debug = (sum(bool(route) for route in routes) for routes in zip(*routed, strict=True))
    runs = max(each.async_runs or 0 for each in _failed_events(results).values())
    healthy = sum(each.next_status == 200 for each in results.values())
    gone = 1 - results[NO_DESTINATION].records
    return (
        f"{'Yes' if holds else 'No'}: after {healthy} of {len(results)} kinds of failure the next request succeeded, "
        f"only a function that cannot be loaded fails every request; a failed request ran once, an asynchronous event "
        f"{runs} times, and {sum(lost.values())} of {len(lost)} events were lost, which takes a failure destination: "
        f"without one {gone} of 1 was; the log named the route of {debug} of {len(routed)} at level debug, but of "
        f"{info} at info, as a request that ends its process never gets to its last line."
    )
