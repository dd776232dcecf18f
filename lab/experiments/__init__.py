"""The experiments by name, in the order they run; each file is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lab.experiments import (
    after_response,
    cold_start,
    concurrency,
    deploy_under_load,
    failures,
    keep_warm,
    memory_between_requests,
    memory_size,
    noisy_neighbour,
    one_or_many,
    payload,
    pooling,
    proxy_overhead,
    throttle,
)
from lab.experiments.support.findings import Finding
from lab.experiments.support.workbench import Workbench

Experiment = Callable[[Workbench], Finding]

EXPERIMENTS: Final[Mapping[str, Experiment]] = {
    "one_or_many": one_or_many.run,
    "concurrency": concurrency.run,
    "cold_start": cold_start.run,
    "keep_warm": keep_warm.run,
    "pooling": pooling.run,
    "memory_between_requests": memory_between_requests.run,
    "after_response": after_response.run,
    "proxy_overhead": proxy_overhead.run,
    "payload": payload.run,
    "failures": failures.run,
    "throttle": throttle.run,
    "noisy_neighbour": noisy_neighbour.run,
    "deploy_under_load": deploy_under_load.run,
    "memory_size": memory_size.run,
}
