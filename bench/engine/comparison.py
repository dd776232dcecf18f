"""Measures one case of the comparison: CPU of every subject in turn, and the quality of each result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import msgspec

from bench.engine.quality import at_equal_bytes, size_and_ssim
from bench.engine.subjects import PROGRAMS, SUBJECTS, available
from bench.engine.task import ResizeTask, subject_worker
from bench.run_config import RunConfig
from measurement.figures import Figure, Spread, Target, ratios
from measurement.processes import Worker

SSIM_TARGET, ANIMATED_SSIM_TARGET = Target(-0.001, "at least"), Target(-0.005, "at least")
# Rounds of one case stop after this many seconds of CPU, but there are always three.
TIME_BUDGET_S = 45.0


class EngineCase(msgspec.Struct, frozen=True, kw_only=True):
    """One task with its targets: for our CPU over sharp's, and for our SSIM minus sharp's.

    With ``equal_bytes`` our quality is the best whose result is no larger than sharp's; ``bytes_target`` is for our
    bytes over sharp's.
    """

    name: str
    task: ResizeTask
    cpu_target: Target
    ssim_target: Target = SSIM_TARGET
    bytes_target: Target | None = None
    equal_bytes: bool = False
    subjects: tuple[str, ...] = PROGRAMS


def compare(case: EngineCase, config: RunConfig, *, rounds: int = 31) -> Iterator[Figure]:
    """Yield the CPU of each subject, the ratio of ours to theirs, and bytes and SSIM of each result."""
    tasks = dict.fromkeys((key for key in available(config) if key in case.subjects), case.task)
    if case.equal_bytes:
        tasks["ours"] = at_equal_bytes(case.task, config)
    with ExitStack() as stack:
        workers = {key: stack.enter_context(subject_worker(key, task, config)) for key, task in tasks.items()}
        yield from _cpu(case, workers, rounds=3 if config.quick else rounds)
        yield from _quality(case, workers)


def _cpu(case: EngineCase, workers: Mapping[str, Worker], *, rounds: int) -> Iterator[Figure]:
    for worker in workers.values():
        worker.cpu_per_call(1)  # loads codecs and fills allocators
    one_round = sum(worker.cpu_per_call(1) for worker in workers.values())
    count = 2 if one_round < 1 else 1
    rounds = max(3, min(rounds, int(TIME_BUDGET_S / one_round / count)))
    seconds: dict[str, list[float]] = {key: [] for key in workers}
    for _ in range(rounds):
        for key, worker in workers.items():
            seconds[key].append(worker.cpu_per_call(count))
    for key, values in seconds.items():
        spread = Spread.of((1000 * value for value in values), digits=1)
        yield Figure(case=case.name, measure=SUBJECTS[key], unit="ms", spread=spread)
    for key in [each for each in workers if each != "ours"]:
        spread = Spread.of(ratios(seconds["ours"], seconds[key]), digits=3)
        target = case.cpu_target if key == "sharp" else None
        yield Figure(case=case.name, measure=f"Monolambda / {SUBJECTS[key]}", unit="×", spread=spread, target=target)


def _quality(case: EngineCase, workers: Mapping[str, Worker]) -> Iterator[Figure]:
    results = {SUBJECTS[key]: result for key, result in size_and_ssim(case.task, workers)}
    for label, (size, ssim) in results.items():
        yield _single(case.name, f"bytes, {label}", "kB", size / 1000)
        yield _single(case.name, f"SSIM, {label}", "", ssim)
    difference = results["Monolambda"][1] - results["sharp"][1]
    yield _single(case.name, "SSIM, Monolambda − sharp", "", difference, case.ssim_target)
    if case.bytes_target is not None:
        ratio = results["Monolambda"][0] / results["sharp"][0]
        yield _single(case.name, "bytes, Monolambda / sharp", "×", ratio, case.bytes_target)


def _single(case: str, measure: str, unit: str, value: float, target: Target | None = None) -> Figure:
    return Figure(case=case, measure=measure, unit=unit, spread=Spread.of([value]), target=target)
