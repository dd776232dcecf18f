"""Every experiment by its name on the command line, in the order of a full run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.cold_start import from_package, from_source
from bench.cost_model import experiment as cost_model
from bench.engine import animations, jpeg, memory, options, other_sources, scaling, stages
from bench.handler import experiment as handler
from bench.limits import experiment as limits
from bench.load import experiment as load
from bench.quality import likeness, saliency
from bench.repeats import experiment as repeats
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from bench.server import experiment as server

EXPERIMENTS: Mapping[str, Callable[[RunConfig], ExperimentResult]] = {
    "engine": jpeg.run,
    "sources": other_sources.run,
    "animations": animations.run,
    "scaling": scaling.run,
    "stages": stages.run,
    "options": options.run,
    "memory": memory.run,
    "limits": limits.run,
    "repeats": repeats.run,
    "server": server.run,
    "load": load.run,
    "likeness": likeness.run,
    "saliency": saliency.run,
    "cost": cost_model.run,
    "cold_start": from_source.run,
    "handler": handler.run,
    "lambda_cold_start": from_package.run,
}
