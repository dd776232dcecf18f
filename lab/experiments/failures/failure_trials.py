"""Lets the app fail on purpose in a lab, and collects what the caller, the log and the failure destination got."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from lab.experiments.failures import log_reader
from lab.experiments.support.app_functions import app_function
from lab.experiments.support.http_client import ClientResponse, request
from lab.experiments.support.invocations import http_event
from lab.experiments.support.polling import wait_until
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda, Options
from lab.traits import Traits

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


def observe(workbench: Workbench, setup: FailureSetup, number: int) -> dict[str, FailureResult]:
    """Let the setup's kinds of failure happen in a lab of their own; ``number`` is that of the repetition."""
    function = app_function(
        workbench,
        "failing.handler",
        {"MONOLAMBDA_LOG_LEVEL": "debug", **setup.environment},
        timeout_s=setup.timeout_s,
        memory_mb=256,
    )
    destination = workbench.directory / f"failures-{next(iter(setup.kinds))}-{number}"
    traits = Traits(gateway_timeout_s=setup.gateway_timeout_s)
    options = Options(failures=destination if setup.keep else None, retry_scale=1e-4, traits=traits)
    with LocalLambda(lambda _: [function], options) as lab:
        accepted = {kind: _put(lab, path) for kind, path in setup.kinds.items() if setup.invoke}
        known = set(accepted.values())
        found = {kind: _through_gateway(lab, path, known) for kind, path in setup.kinds.items()}
        if not setup.invoke:
            return found
        url = lab.invoke_url + _INVOKE
        sync = {kind: request(url, http_event("GET", path)) for kind, path in setup.kinds.items()}
        wait_until(lambda: lab.queue.pending == 0, "the end of all asynchronous events", within_s=_TIMEOUT_S)
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
    wait_until(
        lambda: any(each.failures for each in _new(lab, before)),
        f"the failure of {path} in the log",
        within_s=_TIMEOUT_S,
    )
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
