"""Experiment: the cold start of packages as Lambda unpacks them: ours, a bare app's and a naive one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.cold_start.rounds import ProcessTimes, check_result, figures_of
from bench.handler.events import rest_event
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from measurement.figures import Target
from measurement.packages import Packages, build_packages, lambda_environment
from measurement.processes import ProcessTime, run_to_end
from measurement.stamps import ROOT

LABELS = {"ours": "Monolambda", "bare": "bare Flask + apig-wsgi + Pillow", "naive": "naive Zappa package"}
CPU_TARGETS = {"bare": Target(1.15), "naive": Target(0.5)}
METHOD = (
    "A new interpreter (Python {version}) imports `wsgi.handler` from the unpacked package, passes it one REST event "
    "`POST /resize?w=480` with a 1000×750 JPEG, and exits. Files are warm and nothing is written; the three take "
    "turns, ratios within each turn. Bare: the app of measurement/bare_app.py with our package's wheels, compiled. "
    "Naive: the same app with a boto3 client and requests at import, and bytecode dated as Zappa leaves it; boto3 is "
    "outside the package, with good bytecode, as in Lambda's runtime."
)


def run(config: RunConfig) -> ExperimentResult:
    """Start the three in turns and compare their cost."""
    packages = build_packages()
    with TemporaryDirectory() as folder:
        rounds = list(_rounds(packages, config, Path(folder), count=2 if config.quick else 21))
    return ExperimentResult(
        title="Cold start of the package",
        method=METHOD.format(version="{}.{}.{}".format(*packages.python.version)),
        figures=figures_of(rounds, LABELS, CPU_TARGETS),
    )


def _rounds(packages: Packages, config: RunConfig, folder: Path, *, count: int) -> Iterator[ProcessTimes]:
    jpeg = config.sources.small.read_bytes()
    event = rest_event("POST", "/resize", query={"w": "480"}, body=jpeg, content_type="image/jpeg")
    (folder / "event.json").write_bytes(msgspec.json.encode(event))
    for number in range(count + 1):
        times = {name: _start_once(name, packages, folder) for name in LABELS}
        if number:  # the first warms the file cache
            yield times


def _start_once(name: str, packages: Packages, folder: Path) -> ProcessTime:
    result = folder / f"{name}.jpg"
    result.unlink(missing_ok=True)
    script = str(ROOT / "bench" / "cold_start" / "first_event.py")
    # -P keeps the script's directory off the path, -S what is installed on this machine
    command = [str(packages.python.path), "-P", "-S", script, str(folder / "event.json"), str(result)]
    times = run_to_end(command, lambda_environment(packages.search_path(name), folder / "storage"))
    check_result(result)
    return times
