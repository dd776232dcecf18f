"""Which results of an earlier run may stand beside those of a new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec

# a machine in a cloud gets another kernel from one day to the next, with hardly an effect on any figure
_KERNEL: Final = "kernel"

# a struct with a field ``kernel``, empty for that of the file
_Experiment = TypeVar("_Experiment", bound=Any)


def differences(older: Mapping[str, str], newer: Mapping[str, str]) -> list[str]:
    """Return in words what differs between two descriptions of machine and programs, the kernel apart."""
    names = [name for name in dict.fromkeys([*older, *newer]) if name != _KERNEL]
    return [
        f"{name} was {older.get(name, 'unknown')}, is {newer.get(name, 'unknown')}"
        for name in names
        if older.get(name) != newer.get(name)
    ]


def with_kernels(
    experiments: Mapping[str, _Experiment], older: Mapping[str, str], newer: Mapping[str, str]
) -> Iterator[tuple[str, _Experiment]]:
    """Yield experiments that ran on the ``older`` machine, each with its kernel if that is not the newer one's."""
    for name, each in experiments.items():
        ran_on = each.kernel or older.get(_KERNEL, "")
        yield name, msgspec.structs.replace(each, kernel="" if ran_on == newer.get(_KERNEL) else ran_on)


def other_kernels(experiments: Mapping[str, Any]) -> str:
    """Return a sentence for each kernel that is not that of the file, with a space before it."""
    names: dict[str, list[str]] = {}
    for name, each in experiments.items():
        if each.kernel:
            names.setdefault(each.kernel, []).append(name)
    return "".join(f" Measured on {kernel}: {', '.join(several)}." for kernel, several in names.items())
