"""What makes results of an earlier run those of another machine."""

from __future__ import annotations

import msgspec

from measurement.earlier_runs import differences, other_kernels, with_kernels

A = {"cpu": "a", "kernel": "Linux 1"}


class Experiment(msgspec.Struct, frozen=True):
    kernel: str = ""


def test_another_kernel_is_no_other_machine() -> None:
    assert differences(A, {**A, "kernel": "Linux 2"}) == []
    assert differences(A, {"cpu": "b", "python": "3.13"}) == ["cpu was a, is b", "python was unknown, is 3.13"]


def test_each_experiment_keeps_the_kernel_it_ran_on() -> None:
    newer = {**A, "kernel": "Linux 2"}
    kept = dict(with_kernels({"one": Experiment(), "two": Experiment("Linux 0")}, A, newer))
    assert other_kernels(kept) == " Measured on Linux 1: one. Measured on Linux 0: two."
    assert other_kernels(dict(with_kernels(kept, newer, A))) == " Measured on Linux 0: two."
