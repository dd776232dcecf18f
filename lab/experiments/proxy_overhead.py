"""The cost of our side of the proxy: the same request as a plain call, on two servers, and through a container."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Final

import msgspec

from lab.experiments.support.app_functions import app_environment, app_function
from lab.experiments.support.findings import MEASURED, BarChart, Finding, LineChart, figure
from lab.experiments.support.http_client import ClientConnection
from lab.experiments.support.invocations import http_event, result
from lab.experiments.support.servers import flask_run, gunicorn, serving
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from measurement.figures import Figure, rounded_median
from measurement.processes import free_port

SERVERS: Final = {"flask run": flask_run, "gunicorn": gunicorn}
PROXIED: Final = "gateway and container"
CLAIMED_MS: Final = 500
_QUIET: Final = {"MONOLAMBDA_LOG_LEVEL": "error"}

Times = Mapping[str, Sequence[float]]


class Sized(msgspec.Struct, frozen=True):
    """One body size: the times of requests by server and of the steps inside, in ms, and the size of the event."""

    size: int
    servers: Times
    parts: Times
    event: int


def run(workbench: Workbench) -> Finding:
    """Send bodies of growing size to every server in turns, and time the steps of the proxied one."""
    sizes = workbench.pick((1_000, 1_000_000), (1_000, 10_000, 100_000, 1_000_000, 2_000_000, 4_700_000))
    with ExitStack() as stack:
        lab = stack.enter_context(workbench.lab(app_function(workbench, "echoing.handler", _QUIET, timeout_s=60.0)))
        urls = _urls(workbench, stack, lab)
        connections = {name: stack.enter_context(ClientConnection(url)) for name, url in urls.items()}
        found = [_measure(workbench, lab, connections, size) for size in workbench.steps("proxy_overhead", sizes)]
    return judge(found)


def judge(found: Sequence[Sized]) -> Finding:
    """Return what follows from the times of each body size, smallest first."""
    added = [rounded_median(sized.servers[PROXIED]) - rounded_median(sized.parts["direct"]) for sized in found]
    reached = {each >= CLAIMED_MS for each in added}
    holds = None if len(reached) > 1 else reached.pop()
    return Finding(
        title="Proxy overhead",
        claim=f"The adapter and the runtime client of a proxied web app add {CLAIMED_MS} ms to a request.",
        method="A route of the app echoes the body. It is requested under `flask run`, under gunicorn with 8 "
        "threads, and through REST gateway, runtime client and apig-wsgi, in turns, each over one connection; warm. "
        "The steps inside are measured in the container itself, those of the gateway in this process; transport is "
        "not measured, but what the medians of the others leave: sockets, threads, freezing. There is no network "
        "between them, and the gateway is the lab's: what AWS's adds is not in these figures.",
        figures=tuple(each for sized in found for each in _figures(sized)),
        verdict=_verdict(found, added, holds=holds),
        holds=holds,
        basis=MEASURED,
        charts=_charts(found),
    )


def _urls(workbench: Workbench, stack: ExitStack, lab: LocalLambda) -> dict[str, str]:
    """Start both servers; return the URL of each, and of the gateway."""
    urls = {}
    for name, command in SERVERS.items():
        port = free_port()
        environment = {**app_environment(workbench, _QUIET), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
        urls[name] = stack.enter_context(serving(command("echoing:app", port), port, environment, workbench.directory))
    return {**urls, PROXIED: lab.url}


def _measure(workbench: Workbench, lab: LocalLambda, connections: Mapping[str, ClientConnection], size: int) -> Sized:
    rounds = workbench.pick(5, 30 if size > 500_000 else 100)
    body = os.urandom(size)
    servers: dict[str, list[float]] = {name: [] for name in connections}
    # the first turn only warms
    for turn in range(rounds + 1):
        for name, connection in connections.items():
            taken_ms = _timed(partial(_echo, connection, body))
            if turn:
                servers[name].append(taken_ms)
    event = http_event("POST", "/lab/echo", body, Content_Type="application/octet-stream")
    return Sized(size, servers, _parts(lab, event, body, rounds), len(event))


def _echo(connection: ClientConnection, body: bytes) -> None:
    response = connection.request("/lab/echo", body, Content_Type="application/octet-stream")
    if response.body != body:
        raise RuntimeError(f"expected the {len(body)} bytes sent, received {response.status} {response.body[:200]!r}")


def _parts(lab: LocalLambda, encoded: bytes, body: bytes, rounds: int) -> Times:
    """Return the times of the app alone, and those of the adapter, base64 and JSON on both sides, in ms."""
    event = msgspec.json.decode(encoded)
    inside: Times = result(lab.invoke(msgspec.json.encode({"measure": event, "rounds": rounds})))
    text = base64.b64encode(body)
    coding = [_timed(lambda: (base64.b64encode(body), base64.b64decode(text))) for _ in range(rounds)]
    writing = [_timed(lambda: (msgspec.json.encode(event), msgspec.json.decode(encoded))) for _ in range(rounds)]
    adapter = [
        max(0.0, h - d - b) for h, d, b in zip(inside["handler"], inside["direct"], inside["base64"], strict=True)
    ]
    return {
        "direct": inside["direct"],
        "adapter": adapter,
        "base64": [gateway + container for gateway, container in zip(coding, inside["base64"], strict=True)],
        "JSON": [gateway + container for gateway, container in zip(writing, inside["JSON"], strict=True)],
    }


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def _rounds(sized: Sized) -> int:
    return len(sized.servers[PROXIED])


def _transport(sized: Sized) -> float:
    return max(0.0, rounded_median(sized.servers[PROXIED]) - sum(map(rounded_median, sized.parts.values())))


def _figures(sized: Sized) -> Iterator[Figure]:
    case = _name(sized.size)
    yield figure(case, "direct WSGI call", sized.parts["direct"], unit="ms")
    for name, times in sized.servers.items():
        yield figure(case, name, times, unit="ms")
    for name, times in sized.parts.items():
        if name != "direct":
            yield figure(case, f"of it {name}", times, unit="ms")
    # what is left of medians: one figure, however many rounds it comes from
    yield figure(case, "of it transport", [_transport(sized)], unit="ms")
    yield figure(case, "event / body", [sized.event / sized.size], unit="×")


def _name(size: int) -> str:
    return f"{size / 1e6:g} MB" if size >= 1e6 else f"{size / 1e3:g} KB"


def _charts(found: Sequence[Sized]) -> tuple[BarChart, LineChart]:
    cases = {
        _name(sized.size): {
            **{"app" if name == "direct" else name: rounded_median(times) for name, times in sized.parts.items()},
            "transport": _transport(sized),
        }
        for sized in found
    }
    lines = {
        name: tuple((sized.size / 1e6, rounded_median(sized.servers[name])) for sized in found)
        for name in (*SERVERS, PROXIED)
    }
    return (
        BarChart(title="Where a proxied request spends its time", across="ms", cases=cases),
        LineChart(title="A request by size of body and response", across="MB", up="ms", lines=lines),
    )


def _verdict(found: Sequence[Sized], added: Sequence[float], *, holds: bool | None) -> str:
    first, last = found[0], found[-1]
    most = max(range(len(found)), key=lambda at: added[at])
    answer = {True: "Yes", False: "No", None: "For some sizes"}[holds]
    worst = f", most of all {added[most]:.0f} ms to one of {_name(found[most].size)}" if most < len(found) - 1 else ""
    return (
        f"{answer}: our adapter and the runtime client, behind the lab's own gateway, add {added[0]:.1f} ms to a "
        f"request of {_name(first.size)}, where gunicorn takes {rounded_median(first.servers['gunicorn']):.1f} ms "
        f"(n = {_rounds(first)}), and {added[-1]:.0f} ms to one of {_name(last.size)} (n = {_rounds(last)}){worst}; "
        f"{_largest(last, added[-1])}; what API Gateway and the way to it add cannot be decided on this machine."
    )


def _largest(sized: Sized, added: float) -> str:
    """Return the largest part of what is added to a request of this size, and how much of it that is."""
    parts = {name: rounded_median(times) for name, times in sized.parts.items() if name != "direct"}
    rest = "transport, which is what the medians of the others leave"
    name, taken_ms = max({**parts, rest: _transport(sized)}.items(), key=lambda part: part[1])
    share = f", {taken_ms / added:.0%}," if added > 0 else ""
    return f"the largest part of that{share} is {name}"
