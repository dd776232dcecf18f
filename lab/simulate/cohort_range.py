"""The range in which the cohort model was compared with the exact one.

tests/lab/simulate/test_cohort_range.py covers its ends. A random search over all options found no more disagreement
inside than chance explains: beyond 20 % for cold starts and containers, 2 points of refused requests, 7 % of dollars.
"""

from __future__ import annotations

from typing import Final

from lab.simulate.cohorts import least_step_s
from lab.simulate.rules import Rules
from lab.simulate.times import Measured, RequestTimes, Times
from lab.simulate.traffic import Traffic
from measurement.plain import plain

# requests in flight, by the seconds that a cold start lasts longer than a warm one
_STARTS: Final = ((1.6, 0.25), (3.0, 2.5), (11.0, 10.0))
_INIT_S: Final = 6.5
_SIGMA: Final = 0.6
_LIMIT: Final = 15
_IN_FLIGHT_PINGED: Final = 0.06
_WARM: Final = 3
_PING_EVERY_S: Final = 60.0
_DURING_PING: Final = 0.2
_SHORT_MS: Final = 50.0
_RATE_OF_SHORT: Final = 30.0
_REUSES: Final = 0.2
_SECONDS: Final = 30.0
# a first burst above the limit is refused otherwise than the model says: it must be a small part of the run
_BURSTS: Final = 50
# while one starts for what the provisioned containers cannot take, more requests come that find none
_PROVISIONED_STARTS: Final = 20
_IDLE_S: Final = 60.0
_IDLE_STEPS: Final = 7
_CYCLE_S: Final = 600.0


def unchecked(traffic: Traffic, times: RequestTimes, rules: Rules) -> str:
    """Return what takes the traffic out of the range, with the option and what it needs; nothing when it is inside.

    The model counts the peak of each step. When only a few requests an hour overlap, those overlaps are the cold
    starts, and steps of a second miss most of them: at 0.05 requests a second it finds a tenth. Steps are also too
    coarse when containers end, or the rate changes, within a few of them.
    """
    return (
        _unchecked_times(traffic, times, rules)
        or _unchecked_limits(traffic, times, rules)
        or _unchecked_pings(traffic, rules)
        or _unchecked_rate(traffic, times, rules)
    )


def _unchecked_times(traffic: Traffic, times: RequestTimes, rules: Rules) -> str:
    if traffic.seconds < _SECONDS:
        return f"for {plain(traffic.seconds)} s: it needs at least {plain(_SECONDS)}"
    if 0 < traffic.cycle_s < _CYCLE_S:
        return f"with a --period of {plain(traffic.cycle_s)} s: it needs at least {plain(_CYCLE_S)}"
    spreads: tuple[tuple[str, Times], ...] = (
        ("--service-sigma", times.service),
        ("--service-sigma", times.first),
        ("--init-sigma", times.init),
    )
    for option, each in spreads:
        if each.sigma > _SIGMA:
            what = "--samples as uneven as a" if isinstance(each, Measured) else "a"
            return f"with {what} {option} of {plain(each.sigma, 3)}: it needs at most {_SIGMA:g}"
    init_s, start_s = times.init.mean_ms / 1000, _cold_s(times, rules)
    if init_s > _INIT_S:
        return f"with INIT of {plain(init_s, 3)} s: it needs at most {_INIT_S:g}"
    if start_s > _STARTS[-1][0]:
        return f"with cold starts of {plain(start_s, 3)} s: it needs at most {_STARTS[-1][0]:g}"
    return ""


def _unchecked_limits(traffic: Traffic, times: RequestTimes, rules: Rules) -> str:
    if rules.limit < _LIMIT:
        return f"with a --limit of {rules.limit}: it needs at least {_LIMIT}"
    service_s, start_s = times.service.mean_ms / 1000, _cold_s(times, rules)
    peak = max(traffic.rates) * service_s
    if rules.provisioned and peak > rules.limit:
        return f"with --provisioned and {plain(peak, 3)} in flight: it needs a --limit of at least as many"
    if rules.provisioned and start_s > _PROVISIONED_STARTS * service_s:
        return (
            f"with --provisioned and cold starts of {plain(start_s, 3)} s: it needs at most {_PROVISIONED_STARTS} "
            f"invocations, {plain(_PROVISIONED_STARTS * service_s, 3)} s"
        )
    # at the start every request needs a container, for as long as a cold start lasts
    burst = traffic.rates[0] * (service_s + start_s)
    if min(burst, rules.limit) > rules.scaling:
        first = plain(min(burst, rules.limit), 3)
        return f"with a --scaling of {rules.scaling}: it needs at least the {first} of the first burst"
    if burst > rules.limit and traffic.seconds < _BURSTS * start_s:
        return (
            f"for {plain(traffic.seconds)} s and a first burst of {plain(burst, 3)} above --limit: it needs at least "
            f"{plain(_BURSTS * start_s, 3)} s"
        )
    return ""


def _unchecked_pings(traffic: Traffic, rules: Rules) -> str:
    if not rules.ping_every:
        return ""
    if rules.warm > _WARM:
        return f"with a --warm of {rules.warm}: it needs at most {_WARM}"
    if rules.ping_every < _PING_EVERY_S:
        return f"with a --ping-every of {plain(rules.ping_every)} s: it needs at least {plain(_PING_EVERY_S)}"
    during = max(traffic.rates) * rules.held_ms / 1000
    if during > _DURING_PING:
        return f"with {plain(during, 3)} requests during a ping of --ping-ms: it needs at most {_DURING_PING:g}"
    return ""


def _unchecked_rate(traffic: Traffic, times: RequestTimes, rules: Rules) -> str:
    rate, step_s = traffic.expected() / traffic.seconds, least_step_s(times)
    if not rules.provisioned and rules.idle_s >= step_s and rate * rules.idle_s <= _REUSES:
        # hardly any container is used twice: what is cold follows from the gaps alone
        return ""
    idle_s = max(_IDLE_S, _IDLE_STEPS * step_s)
    if rules.idle_s < idle_s:
        return f"with an --idle of {plain(rules.idle_s)} s: it needs at least {plain(idle_s, 3)}"
    service_ms, start_s = times.service.mean_ms, _cold_s(times, rules)
    in_flight = rate * service_ms / 1000
    tier, least = next((tier, least) for tier, (up_to_s, least) in enumerate(_STARTS) if start_s <= up_to_s)
    if 0 < rules.ping_every < rules.idle_s and rules.warm >= _WARM and not tier:
        least = _IN_FLIGHT_PINGED
    where = f"at {plain(rate, 3)} requests a second" + (f" and cold starts of {plain(start_s, 3)} s" if tier else "")
    if in_flight < least:
        return f"{where}: it needs at least {least:g} in flight, {in_flight:.2g} are expected"
    if service_ms < _SHORT_MS and rate < _RATE_OF_SHORT:
        return f"{where}: it needs at least {_RATE_OF_SHORT:g} where they last {service_ms:.2g} ms"
    return ""


def _cold_s(times: RequestTimes, rules: Rules) -> float:
    """Return how much longer a cold start occupies its container than a warm one."""
    later_ms = max(0.0, times.first.mean_ms - times.service.mean_ms)
    return rules.attach_s + (times.init.mean_ms + later_ms) / 1000
