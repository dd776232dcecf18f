"""The options of ``python -m lab simulate`` and the runs they describe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from lab import recorded_traffic
from lab.commands.arguments import Choice, Number, Option
from lab.errors import SetupError
from lab.simulate import cohort_range
from lab.simulate.billing import FunctionSize
from lab.simulate.rules import Rules
from lab.simulate.runs import SimulationCase
from lab.simulate.times import Lognormal, RequestTimes, measured_times
from lab.simulate.traffic import DAY_S, Traffic, constant, diurnal, least_period, spike
from measurement.plain import plain

_RULES: Final = Rules()
_FUNCTION: Final = FunctionSize()
_WINDOW_S: Final = 60.0
# up to here the exact model takes seconds and some hundred megabytes
_AUTO_EXACT_REQUESTS: Final = 5e6
_MAX_EXACT_REQUESTS: Final = 2e7
_LEAST_PING_EVERY_S: Final = 1

OPTIONS: Final[tuple[Option, ...]] = (
    Number(flag="--rate", default=100, low=1e-6, high=1e6, many=True, help="requests a second, one run for each"),
    Number(
        flag="--seconds", default=None, low=0.1, high=31 * DAY_S, help="length of the run: 60, or a day when diurnal"
    ),
    Choice(flag="--arrivals", words=("constant", "diurnal", "spike"), help="shape of the traffic"),
    Number(flag="--swing", default=0.8, high=1, help="diurnal: how far the rate moves from its mean"),
    Number(flag="--period", default=DAY_S, low=1, high=31 * DAY_S, help="diurnal: seconds of a cycle"),
    Number(flag="--base", default=10, low=0, high=1e6, help="spike: requests a second before and after it"),
    Number(flag="--spike-at", default=10, high=31 * DAY_S, help="spike: second at which it begins"),
    Number(flag="--spike-lasts", default=1e6, low=0.1, high=1e6, help="spike: seconds it lasts"),
    Number(flag="--service-ms", default=120, low=0.01, high=900_000, help="median of an invocation"),
    Number(flag="--service-sigma", default=0.5, high=3, help="its spread, sigma of the logarithm"),
    Number(flag="--init-ms", default=600, high=900_000, help="median of INIT"),
    Number(flag="--init-sigma", default=0.2, high=3, help="its spread"),
    Number(
        flag="--first-ms",
        default=None,
        low=0.01,
        high=900_000,
        help="median of a container's first invocation (as the others)",
    ),
    Number(flag="--limit", default=_RULES.limit, low=1, high=1e6, whole=True, help="the account's concurrency"),
    Number(flag="--scaling", default=_RULES.scaling, low=1, high=1e6, whole=True, help="new containers in 10 seconds"),
    Number(
        flag="--idle", default=_RULES.idle_s, low=0.001, high=1e6, help="seconds after which an idle container ends"
    ),
    Choice(flag="--reuse", words=("most_recent", "oldest"), help="which idle container serves next"),
    Number(flag="--provisioned", default=0, high=1e6, whole=True, help="containers of provisioned concurrency"),
    Number(
        flag="--attach", default=0, high=10, many=True, help="seconds that a VPC adds to a cold start, one run for each"
    ),
    Number(flag="--ping-every", default=0, high=DAY_S, help="seconds between keep-warm pings, 1 or more; 0 for none"),
    Number(
        flag="--warm", default=_RULES.warm, low=1, high=10_000, whole=True, help="containers that each ping keeps warm"
    ),
    Number(
        flag="--ping-ms",
        default=_RULES.ping_ms,
        low=0.01,
        high=900_000,
        help="ms that a ping occupies its container, 50 more for each other",
    ),
    Number(flag="--starters", default=None, high=1e6, whole=True, help="containers that may initialize at once (any)"),
    Number(flag="--memory", default=_FUNCTION.memory_mb, low=128, high=10_240, whole=True, help="MB"),
    Choice(flag="--architecture", words=("x86", "arm"), help="of the processor"),
    Choice(flag="--model", words=("auto", "exact", "cohort"), help="follow every request, or count by the second"),
    Number(flag="--seed", default=0, high=1e9, whole=True, help="the same seed gives the same result"),
)


def cases(values: Mapping[str, Any], samples: Sequence[Path]) -> Iterator[SimulationCase]:
    """Yield a run for each rate and attachment; raise SetupError for options that exclude each other."""
    found = [sample for path in samples for sample in recorded_traffic.read(path, "--samples").samples]
    times = measured_times(found) if samples else _assumed(values)
    for rate in values["rate"]:
        traffic = _traffic(values, rate)
        for attach in values["attach"]:
            rules = _rules(values, attach)
            yield SimulationCase(
                rate=rate,
                traffic=traffic,
                times=times,
                rules=rules,
                function=FunctionSize(memory_mb=values["memory"], architecture=values["architecture"]),
                model=_model(values, traffic, times, rules),
                seed=values["seed"],
            )


def _assumed(values: Mapping[str, Any]) -> RequestTimes:
    service = Lognormal(median_ms=values["service_ms"], sigma=values["service_sigma"])
    return RequestTimes(
        service=service,
        init=Lognormal(median_ms=values["init_ms"], sigma=values["init_sigma"]),
        first=msgspec.structs.replace(service, median_ms=values["first_ms"] or values["service_ms"]),
    )


def _traffic(values: Mapping[str, Any], rate: float) -> Traffic:
    shape = values["arrivals"]
    seconds = values["seconds"] or (DAY_S if shape == "diurnal" else _WINDOW_S)
    if shape == "diurnal":
        if values["period"] < least_period(seconds):
            least, given = least_period(seconds), plain(values["period"])
            raise SetupError(f"--period: expected at least {least:,} for {plain(seconds)} seconds, received {given}")
        return diurnal(rate, seconds, swing=values["swing"], period=values["period"])
    if shape == "spike":
        return spike(rate, seconds, base=values["base"], at=values["spike_at"], lasts=values["spike_lasts"])
    return constant(rate, seconds)


def _model(values: Mapping[str, Any], traffic: Traffic, times: RequestTimes, rules: Rules) -> str:
    # a ping is followed like a request
    model, pings = str(values["model"]), rules.pings(traffic.seconds)
    expected = traffic.expected() + pings
    unchecked = cohort_range.unchecked(traffic, times, rules)
    if model == "auto":
        most = _MAX_EXACT_REQUESTS if unchecked else _AUTO_EXACT_REQUESTS
        model = "exact" if expected <= most else "cohort"
    limit = f"exact follows up to {_MAX_EXACT_REQUESTS:,.0f} requests, {expected:,.0f} are expected"
    limit += " with the pings of --ping-every" if pings else ""
    if model == "exact" and expected > _MAX_EXACT_REQUESTS:
        raise SetupError(f"--model: {limit}")
    if model == "cohort" and values["arrivals"] == "spike":
        raise SetupError(f"--model: cohort does not follow a spike, and {expected:,.0f} requests need it")
    if model == "cohort" and (values["reuse"] != "most_recent" or values["starters"]):
        raise SetupError("--model: cohort knows neither --reuse oldest nor --starters")
    if model == "cohort" and unchecked:
        other = f"; {limit}" if expected > _MAX_EXACT_REQUESTS else ""
        raise SetupError(f"--model: cohort has not been checked {unchecked}{other}")
    return model


def _rules(values: Mapping[str, Any], attach: float) -> Rules:
    if values["provisioned"] > values["limit"]:
        raise SetupError(f"--provisioned: {values['provisioned']} are more than the --limit of {values['limit']}")
    if 0 < values["ping_every"] < _LEAST_PING_EVERY_S:
        expected = f"0, or a number from {_LEAST_PING_EVERY_S} to {plain(DAY_S)}"
        raise SetupError(f"--ping-every: expected {expected}, received {plain(values['ping_every'])}")
    names = ("limit", "scaling", "reuse", "provisioned", "ping_every", "warm", "ping_ms")
    same = {name: values[name] for name in names}
    return Rules(attach_s=attach, idle_s=values["idle"], starters=values["starters"] or 0, **same)
