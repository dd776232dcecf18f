"""The experiments by name, in the order they run; each file is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lab.experiments import concurrency
from lab.experiments.desk import Desk
from lab.findings import Finding

Run = Callable[[Desk], Finding]

EXPERIMENTS: Final[Mapping[str, Run]] = {
    "concurrency": concurrency.run,
}
