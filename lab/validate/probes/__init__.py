"""Every probe of a function, in the order they run: those that start several containers come last."""

from __future__ import annotations

from typing import Final

from lab.validate.probe import Probe
from lab.validate.probed_function import ProbedFunction
from lab.validate.probes import containers, environment, errors, files, invocations, limits

PROBES: Final[tuple[Probe[ProbedFunction], ...]] = (
    *environment.PROBES,
    *files.PROBES,
    *containers.IN_TURN,
    *invocations.PROBES,
    *limits.PROBES,
    *errors.PROBES,
    *invocations.ASYNCHRONOUS,
    *limits.ASYNCHRONOUS,
    *containers.AT_ONCE,
    *invocations.COLD,
)
