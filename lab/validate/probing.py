"""Runs the probes and keeps what they saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TypeVar

from lab.validate.probe import Probe
from lab.validate.probed_function import ProbedFunction, Undecided
from lab.validate.probed_url import ProbedUrl
from lab.validate.probes import PROBES, gateway
from lab.validate.validation import Observation, ProbeRun

_Target = TypeVar("_Target")


def probe_run(
    function: ProbedFunction, urls: Sequence[ProbedUrl], *, slow: bool, tell: Callable[[Observation], None]
) -> ProbeRun:
    """Return one run of all probes, and ``tell`` each observation when it is made.

    Raises SetupError when it is another function, Undecided when it is not behind a URL, and boto3's own errors.
    """
    configuration, facts = function.configuration, function.facts
    gateways = [observe(url, gateway.probes(url.api)) for url in urls]
    observations = []
    for observation in chain(observe(function, (each for each in PROBES if slow or not each.slow)), *gateways):
        tell(observation)
        observations.append(observation)
    return ProbeRun(
        date=datetime.now(UTC).date().isoformat(),
        function={
            "memory": f"{configuration['MemorySize']} MB",
            "timeout": f"{configuration['Timeout']} s",
            "python": facts["python"],
            "processor": facts["machine"],
            "runtime client": facts["runtime_client"] or "unknown",
        },
        observations=tuple(observations),
    )


def observe(target: _Target, probes: Iterable[Probe[_Target]]) -> Iterator[Observation]:
    """Yield what each probe sees, as soon as it is seen."""
    for probe in probes:
        seen = why = ""
        try:
            seen = probe.look(target)
        except Undecided as exc:
            why = str(exc)
        yield Observation(trait=probe.trait, source=probe.source, documented=probe.documented, seen=seen, why=why)
