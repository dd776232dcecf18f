"""Two stages on one account: the effect of load on one on the other, and the remedy, reserved concurrency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import msgspec

from lab.experiments.support.findings import DOCUMENTED, BarChart, Finding, figure, in_words
from lab.experiments.support.invocations import invoke
from lab.experiments.support.load import at_once, play, steady
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.recorded_traffic import Sample
from measurement.figures import Figure, p99

WORK_S: Final = 0.05
PRODUCTION, DEV = "production", "dev"
QUIET, FLOODED, RESERVED, CAPPED = "alone", "dev floods", "production reserves", "dev is capped"
# the phases in which production must be refused nothing
_SPARED: Final = (QUIET, RESERVED, CAPPED)


class StageLoad(msgspec.Struct, frozen=True, kw_only=True):
    """The account's concurrency, production's share of it, and requests a second of each stage for ``seconds``."""

    limit: int
    reserved: int
    production: float
    dev: float
    seconds: float


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """The concurrency reserved for each stage while dev gets ``dev`` requests a second."""

    dev: float
    reserved: Mapping[str, int] = {}


Taken = Mapping[str, list[Sample]]


def run(workbench: Workbench) -> Finding:
    """Play the same production traffic four times: alone, beside a flood, and with either stage's concurrency set."""
    plan = workbench.pick(
        StageLoad(limit=6, reserved=3, production=25.0, dev=240.0, seconds=0.6),
        StageLoad(limit=20, reserved=6, production=40.0, dev=600.0, seconds=2.0),
    )
    return judge(plan, phases(workbench, plan, workbench.pick(1, 5)))


def judge(plan: StageLoad, taken: Mapping[str, Sequence[Taken]]) -> Finding:
    """Return what follows from most of the rounds: a busy machine bunches requests, and a reservation has a limit too.

    In such a round production is refused requests beside the flood and never else: not alone, or it would be no
    neighbour's doing, and not with either remedy.
    """
    refused = {name: [_refused(each[PRODUCTION]) for each in several] for name, several in taken.items()}
    rounds = [dict(zip(refused, each, strict=True)) for each in zip(*refused.values(), strict=True)]
    as_claimed = sum(each[FLOODED] > 0 and not any(each[name] for name in _SPARED) for each in rounds)
    holds = 2 * as_claimed > len(rounds)
    return Finding(
        title="A noisy neighbour",
        claim="Load on one stage starves another on the same account; reserved concurrency prevents it.",
        method=f"Two functions share a concurrency of {plan.limit}; each request waits {1000 * WORK_S:.0f} ms. "
        f"Production gets {plan.production:.0f} requests a second, which need about {plan.production * WORK_S:.2g} of "
        f"it, dev none or {plan.dev:.0f}, which would need {plan.dev * WORK_S:.0f}. Then production reserves "
        f"{plan.reserved}, or dev is given {plan.limit - plan.reserved}, which is its limit too. All of it "
        f"{len(taken[QUIET])} times. Nobody retries. AWS itself keeps 100 of an account unreserved; here the account "
        "is as small as the traffic.",
        figures=tuple(each for name, several in taken.items() for each in _figures(name, several)),
        verdict=_verdict(taken, refused, as_claimed, holds=holds),
        holds=holds,
        basis=DOCUMENTED,
        charts=(
            BarChart(
                title="What became of production's requests, first time",
                across="requests",
                cases={name: _parts(several[0][PRODUCTION]) for name, several in taken.items()},
            ),
        ),
    )


def phases(workbench: Workbench, plan: StageLoad, repetitions: int) -> dict[str, list[Taken]]:
    """Return the samples of each stage in each phase, once for each repetition."""
    by_phase = {
        QUIET: Phase(dev=0.0),
        FLOODED: Phase(dev=plan.dev),
        RESERVED: Phase(dev=plan.dev, reserved={PRODUCTION: plan.reserved}),
        CAPPED: Phase(dev=plan.dev, reserved={DEV: plan.limit - plan.reserved}),
    }
    functions = [workbench.function("waiting.handler", name=name) for name in (PRODUCTION, DEV)]
    with (
        ThreadPoolExecutor(len(functions)) as pool,
        workbench.lab(*functions, concurrency=plan.limit, unreservable=0) as lab,
    ):
        # both are warm: a cold start would use concurrency for as long as it takes
        for function, count in ((PRODUCTION, plan.reserved), (DEV, plan.limit - plan.reserved)):
            at_once(count, lambda _, name=function: invoke(lab, name, {"wait_s": 0.2}))  # type: ignore[misc]
        taken: dict[str, list[Taken]] = {name: [] for name in by_phase}
        for name in workbench.steps("noisy_neighbour", list(by_phase) * repetitions):
            taken[name].append(_phase(lab, pool, plan, by_phase[name]))
        return taken


def _phase(lab: LocalLambda, pool: ThreadPoolExecutor, plan: StageLoad, phase: Phase) -> Taken:
    for name in (PRODUCTION, DEV):
        lab.concurrency.reserve(name, None)
    for name, count in phase.reserved.items():
        lab.concurrency.reserve(name, count)
    rates = {PRODUCTION: plan.production, DEV: phase.dev}
    waiting = {name: pool.submit(_play, lab, name, rate, plan.seconds) for name, rate in rates.items()}
    return {name: each.result() for name, each in waiting.items()}


def _play(lab: LocalLambda, name: str, rate: float, seconds: float) -> list[Sample]:
    call = partial(invoke, lab, name, {"wait_s": WORK_S})
    return [each.sample for each in play(steady(rate, seconds), lambda _: call(), function=name)]


def _figures(case: str, taken: Sequence[Taken]) -> Iterator[Figure]:
    for name in taken[0]:
        every = [each[name] for each in taken if each[name]]
        answered = [[sample.latency_ms for sample in samples if sample.status == 200] for samples in every]
        if every:
            yield figure(case, f"{name}: requests", [len(samples) for samples in every])
            refused = [100 * _refused(samples) / len(samples) for samples in every]
            yield figure(case, f"{name}: refused", refused, unit="%")
        if any(answered):
            latencies = [each for several in answered for each in several]
            yield figure(case, f"{name}: latency of those answered", latencies, unit="ms")
            yield figure(case, f"{name}: latency, p99", [p99(each) for each in answered if each], unit="ms")


def _refused(samples: list[Sample]) -> int:
    return sum(sample.status == 429 for sample in samples)


def _parts(samples: list[Sample]) -> dict[str, float]:
    return {"answered": len(samples) - _refused(samples), "refused": _refused(samples)}


def _verdict(
    taken: Mapping[str, Sequence[Taken]], refused: Mapping[str, Sequence[int]], as_claimed: int, *, holds: bool
) -> str:
    count, times = len(taken[QUIET][0][PRODUCTION]), len(taken[QUIET])
    text = {name: in_words(several) for name, several in refused.items()}
    rounds = f"each of {times} rounds" if as_claimed == times else f"{as_claimed} of {times} rounds"
    return (
        f"{'Yes' if holds else 'No'}: in {rounds} production was refused requests while dev was flooded, and none "
        f"otherwise; of {count} requests {text[QUIET]} were refused when it was alone, {text[FLOODED]} while dev was "
        f"flooded, {text[RESERVED]} with concurrency reserved for production, and {text[CAPPED]} with a cap on dev "
        f"(n = {times})."
    )
