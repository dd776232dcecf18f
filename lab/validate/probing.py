"""Runs the probes and keeps what they saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from lab.validate.probe import Probe
from lab.validate.probed_function import ProbedFunction, Undecided
from lab.validate.probed_url import ApiName, ProbedUrl
from lab.validate.probes import PROBES, gateway
from lab.validate.validation import Observation, ProbeRun

_Target = TypeVar("_Target")


def observe_function(function: ProbedFunction, *, slow: bool) -> Iterator[Observation]:
    """Yield what each probe of a function sees, as soon as it is seen."""
    yield from _observe(function, (each for each in PROBES if slow or not each.slow))


def observe_url(url: ProbedUrl, api: ApiName) -> Iterator[Observation]:
    """Yield what each probe of a gateway sees."""
    yield from _observe(url, gateway.probes(api))


def probe_run(
    function: ProbedFunction, urls: Sequence[ProbedUrl], *, slow: bool, tell: Callable[[Observation], None]
) -> ProbeRun:
    """Return one run of all probes, and ``tell`` each observation when it is made.

    Raises SetupError when it is another function, Undecided when it is not behind a URL, and boto3's own errors.
    """
    configuration, facts = function.configuration, function.facts
    apis = [url.api for url in urls]
    observations = []
    for found in (observe_function(function, slow=slow), *map(observe_url, urls, apis)):
        for observation in found:
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


def _observe(target: _Target, probes: Iterable[Probe[_Target]]) -> Iterator[Observation]:
    for probe in probes:
        seen = why = ""
        try:
            seen = probe.look(target)
        except Undecided as exc:
            why = str(exc)
        yield Observation(trait=probe.trait, source=probe.source, documented=probe.documented, seen=seen, why=why)
