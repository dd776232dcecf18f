"""What becomes of a request whose function fails: what callers see, what runs again, what is lost, what is logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from lab.experiments.support import log_reader
from lab.experiments.support.app_functions import extended
from lab.experiments.support.findings import BarChart, Finding, figure
from lab.experiments.support.http_client import ClientResponse, ask
from lab.experiments.support.invocations import http_event
from lab.experiments.support.polling import comes_true
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda, Options
from lab.traits import Traits
from measurement.results import Figure

_PATIENCE_S: Final = 120.0
_INVOKE: Final = "/2015-03-31/functions/local/invocations"
_INIT: Final = "init error"


class FailureSetup(msgspec.Struct, frozen=True, kw_only=True):
    """A lab in which some kinds of failure, by name, are a path that is asked for.

    ``patience_s`` is the gateway's. ``is_whole`` asks the Invoke API too, both ways.
    """

    kinds: Mapping[str, str]
    timeout_s: float = 30.0
    patience_s: float = 29.0
    environment: Mapping[str, str] = {}
    is_whole: bool = True


# the one that waits longest is first, so that the others run beside it
SETTINGS: Final = (
    FailureSetup(kinds={"timeout": "/lab/hang"}, timeout_s=1.5),
    FailureSetup(
        kinds={
            "view raises": "/lab/bug",
            "handler raises": "/lab/raise",
            "crash": "/lab/crash",
            "out of memory": "/lab/memory",
        }
    ),
    FailureSetup(kinds={"hanging handler": "/lab/hang"}, timeout_s=2.5, patience_s=1.0, is_whole=False),
    FailureSetup(kinds={_INIT: "/lab/fine"}, environment={"FAIL_INIT": "1"}),
)


class FailureResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of failure brought; counts of runs are for one event, None where it was not sent that way.

    ``is_error`` says whether the Invoke API calls it a FunctionError, ``records`` how many reached the
    failure destination, ``after`` how the next request was answered.
    """

    caller: ClientResponse
    after: int
    runs: int
    routes: tuple[str, str]
    is_error: bool = True
    async_runs: int | None = None
    records: int = 0


def run(workbench: Workbench) -> Finding:
    """Let the app fail in every way there is, through the gateway and through the Invoke API."""
    with ThreadPoolExecutor(2) as pool:
        both = pool.map(lambda setting: _observe(workbench, setting), SETTINGS)
        seen = {kind: each for found in workbench.steps("failures", list(both)) for kind, each in found.items()}
    queued = [each for each in seen.values() if each.async_runs is not None and each.is_error]
    lost = len(queued) - sum(each.records for each in queued)
    holds = lost > 0 or any(each.after != 200 for kind, each in seen.items() if kind != _INIT)
    told = "; ".join(f"{kind}: {each.caller.status} {_words(each.caller)}" for kind, each in seen.items())
    return Finding(
        title="Failures",
        claim="In a monolith one route that fails takes the others with it, and what failed is lost without a trace.",
        method="The app with routes that fail on purpose, each asked for through the REST gateway, by a synchronous "
        "and by an asynchronous invocation, waits between retries scaled to nothing; then a healthy route. The "
        "hanging handler outlasts the gateway's patience, the timeout its own. Routes are read from the log streams "
        f"alone. Callers got: {told}.",
        figures=(*_figures(seen), figure("all", "asynchronous failures lost", [lost])),
        verdict=_verdict(seen, queued, lost, holds=holds),
        holds=holds,
        charts=(_chart(seen),),
    )


def _observe(workbench: Workbench, setting: FailureSetup) -> dict[str, FailureResult]:
    function = extended(
        workbench,
        "failing.handler",
        {"MONOLAMBDA_LOG_LEVEL": "debug", **setting.environment},
        timeout_s=setting.timeout_s,
        memory_mb=256,
    )
    destination = workbench.directory / f"failures-{next(iter(setting.kinds))}"
    traits = Traits(gateway_timeout_s=setting.patience_s)
    with LocalLambda(lambda _: [function], Options(failures=destination, retry_scale=0.0, traits=traits)) as lab:
        accepted = {kind: _put(lab, path) for kind, path in setting.kinds.items() if setting.is_whole}
        known = set(accepted.values())
        found = {kind: _through_gateway(lab, path, known) for kind, path in setting.kinds.items()}
        if not setting.is_whole:
            return found
        errors = {kind: _function_error(lab, path) for kind, path in setting.kinds.items()}
        comes_true(lambda: lab.queue.pending == 0, within_s=_PATIENCE_S)
        logs = log_reader.read(lab.directory)
        return {
            kind: msgspec.structs.replace(
                seen,
                is_error=errors[kind],
                async_runs=logs[accepted[kind]].runs,
                records=(destination / f"{accepted[kind]}.json").exists(),
            )
            for kind, seen in found.items()
        }


def _through_gateway(lab: LocalLambda, path: str, known: set[str]) -> FailureResult:
    """Ask for a path that fails, wait for its end in the log, and ask for a healthy one."""
    before = known | set(log_reader.read(lab.directory))
    caller = ask(lab.url + path)
    comes_true(lambda: any(each.ends for each in _new(lab, before)), within_s=_PATIENCE_S)
    plain, debug = (_new(lab, before, debug=debug) for debug in (False, True))
    return FailureResult(
        caller=caller,
        after=_healthy(lab),
        runs=sum(each.runs for each in debug),
        routes=("".join(each.route for each in plain), "".join(each.route for each in debug)),
    )


def _healthy(lab: LocalLambda) -> int:
    """Return the status of a route that does not fail; past the gateway, whose patience may be short here."""
    answer = lab.invoke(http_event("GET", "/lab/fine"))
    return 502 if answer.error_type else int(msgspec.json.decode(answer.payload)["statusCode"])


def _new(lab: LocalLambda, before: set[str], *, debug: bool = True) -> list[log_reader.LoggedRequest]:
    return [
        each for request_id, each in log_reader.read(lab.directory, debug=debug).items() if request_id not in before
    ]


def _function_error(lab: LocalLambda, path: str) -> bool:
    return "x-amz-function-error" in ask(lab.invoke_url + _INVOKE, http_event("GET", path)).headers


def _put(lab: LocalLambda, path: str) -> str:
    answer = ask(lab.invoke_url + _INVOKE, http_event("GET", path), X_Amz_Invocation_Type="Event")
    return answer.headers["x-amzn-requestid"]


def _words(answer: ClientResponse) -> str:
    """Return what the body says, in the gateway's words or the app's."""
    body: dict[str, Any] = msgspec.json.decode(answer.body)
    return str(body.get("message") or body.get("code") or body.get("title"))


def _figures(seen: Mapping[str, FailureResult]) -> Iterator[Figure]:
    for kind, each in seen.items():
        yield figure(kind, "status at the gateway", [each.caller.status])
        yield figure(kind, "runs of a request", [each.runs])
        yield figure(kind, "status of the next request", [each.after])
        if each.async_runs is not None:
            yield figure(kind, "FunctionError", [each.is_error])
            yield figure(kind, "runs of an asynchronous event", [each.async_runs])
            yield figure(kind, "records at the failure destination", [each.records])
        for level, route in zip(("info", "debug"), each.routes, strict=True):
            yield figure(kind, f"log names the route, level {level}", [bool(route)])


def _chart(seen: Mapping[str, FailureResult]) -> BarChart:
    return BarChart(
        title="How often an event that fails is run",
        across="runs",
        cases={kind: {"synchronous": each.runs, "asynchronous": each.async_runs or 0} for kind, each in seen.items()},
    )


def _verdict(seen: Mapping[str, FailureResult], queued: list[FailureResult], lost: int, *, holds: bool) -> str:
    routed = [each.routes for kind, each in seen.items() if kind != _INIT]
    plain, debug = (sum(bool(route) for route in routes) for routes in zip(*routed, strict=True))
    runs = max(each.async_runs or 0 for each in queued)
    healthy = sum(each.after == 200 for each in seen.values())
    return (
        f"{'Yes' if holds else 'No'}: after {healthy} of {len(seen)} kinds of failure the next request was answered, "
        f"only a function that cannot load answers nothing; a failed request ran once, an asynchronous event {runs} "
        f"times, and {lost} of {len(queued)} were lost; the log named the route of {debug} of {len(routed)} at level "
        f"debug, of {plain} at info, which a request that ends its process never reaches."
    )
