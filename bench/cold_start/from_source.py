"""Experiment: the cold start of the app beside that of a bare Flask app, both run from this tree."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.cold_start.rounds import ProcessTimes, check_result, figures_of
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from measurement.figures import Target
from measurement.processes import ProcessTime, clean_environment, run_to_end
from measurement.stamps import ROOT

APPS = {"ours": "wsgi:app", "bare": "measurement.bare_app:app"}
LABELS = {"ours": "Monolambda", "bare": "bare Flask + Pillow"}
CPU_TARGETS = {"bare": Target(1.15)}
METHOD = (
    "A new interpreter imports the app, answers `POST /resize?w=480` of a 1000×750 JPEG in the same process, and "
    "exits. Bytecode and files are warm; the two take turns, ratios within each turn. The bare app is "
    "measurement/bare_app.py."
)


def run(config: RunConfig) -> ExperimentResult:
    """Start both apps in turns and compare their cost."""
    with TemporaryDirectory() as folder:
        rounds = list(_rounds(config, Path(folder), count=3 if config.quick else 21))
    return ExperimentResult(title="Cold start", method=METHOD, figures=figures_of(rounds, LABELS, CPU_TARGETS))


def _rounds(config: RunConfig, folder: Path, *, count: int) -> Iterator[ProcessTimes]:
    for number in range(count + 1):
        times = {name: _start_once(name, config, folder) for name in APPS}
        if number:  # the first writes bytecode and our secret, and warms the file cache
            yield times


def _start_once(name: str, config: RunConfig, folder: Path) -> ProcessTime:
    result = folder / f"{name}.jpg"
    result.unlink(missing_ok=True)
    times = run_to_end(_command(name, config, result), _environment(folder))
    check_result(result)
    return times


def _command(name: str, config: RunConfig, result: Path, *flags: str) -> list[str]:
    module = "bench.cold_start.first_request"
    return [sys.executable, *flags, "-m", module, APPS[name], str(config.sources.small), str(result)]


def _environment(folder: Path) -> dict[str, str]:
    return clean_environment(MONOLAMBDA_STORAGE=str(folder / "storage"), MONOLAMBDA_LOG_LEVEL="error")


def extra_imports(config: RunConfig) -> str:
    """Return the modules that we import and the bare app does not, slowest first, by ``-X importtime``."""
    with TemporaryDirectory() as folder:
        ours, bare = (_import_ms(name, config, Path(folder)) for name in APPS)
    totals = [f"{LABELS[n]}: {len(m)} modules, {sum(m.values()):.1f} ms" for n, m in (("ours", ours), ("bare", bare))]
    extra = sorted((name for name in ours if name not in bare), key=lambda name: -ours[name])
    only = f"only ours: {len(extra)} modules, {sum(ours[name] for name in extra):.1f} ms"
    return "\n".join([*totals, only, *(f"{ours[name]:8.2f} ms {name}" for name in extra)])


def _import_ms(name: str, config: RunConfig, folder: Path) -> dict[str, float]:
    """Return the milliseconds spent in each module itself."""
    command = _command(name, config, folder / "out.jpg", "-X", "importtime")
    done = subprocess.run(command, cwd=ROOT, env=_environment(folder), capture_output=True, text=True, check=True)
    rows = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines() if "|" in line]
    return {module.strip(): int(own_us) / 1000 for own_us, _, module in rows[1:]}
