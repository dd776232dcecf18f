"""Experiment: the cold start of packages as Lambda unpacks them: ours, a bare app's and a naive one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from bench.cold_start.asked_first import HEALTH, IMAGE, PAGE, AskedFirst, new_object
from bench.cold_start.bucket import MemoryBucket
from bench.cold_start.rounds import ProcessTimes, compared, figures_of
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from measurement.figures import Figure, Target
from measurement.packages import Packages, build_packages, lambda_environment
from measurement.processes import ProcessTime, run_to_end, worker_process
from measurement.stamps import ROOT

LABELS: Final = {
    "ours": "Monolambda",
    "bare": "bare Flask + apig-wsgi + Pillow",
    "naive": "naive Zappa package",
    "inbox": "boto3 + Pillow, without Flask",
    "not_postponed": "Monolambda, nothing postponed",
}
NAIVE_TARGET: Final = Target(0.5)
# what waits at a start costs nothing later
WARM_TARGET: Final = Target(1.02)
METHOD: Final = (
    "A new interpreter (Python {version}) imports `wsgi.handler` from the unpacked package, passes it one event, and "
    "exits. The event is `POST /resize?w=480` of a REST API with a 1000×750 JPEG, or where the heading says so "
    "`GET /healthz`, the page at `/`, or that of S3 for the same JPEG in the inbox. Files are warm and nothing is "
    "written; the packages take turns, ratios within each turn. Bare: the app of measurement/bare_app.py with our "
    "package's wheels, compiled. Naive: the same app with a boto3 client and requests at import, and bytecode dated as "
    "Zappa leaves it; boto3 is outside the package, with good bytecode, as in Lambda's runtime. S3 event: three "
    "renditions go to a bucket on loopback, without TLS; beside it a function that does only this, "
    "measurement/bare_inbox.py. Warm: the same event again, CPU of one call, in processes that stay and take turns; "
    "of requests also in our package with nothing postponed."
)


class Starter(msgspec.Struct, frozen=True):
    """Starts packages with events and results in ``folder``; ``quick`` is a few rounds instead of enough."""

    packages: Packages
    folder: Path
    quick: bool

    @property
    def rounds(self) -> int:
        """Return the number of rounds, without the one that only warms."""
        return 2 if self.quick else 21

    def command(self, name: str, asked: AskedFirst, *more: str) -> list[str]:
        """Return the command in which the package ``name`` answers what is asked."""
        script = str(ROOT / "bench" / "cold_start" / "first_event.py")
        # -P keeps the script's directory off the path, -S what is installed on this machine
        python = [str(self.packages.python.path), "-P", "-S", script]
        return [*python, str(self.folder / f"event{asked.suffix}"), str(self.result(name, asked)), *more]

    def environment(self, name: str, asked: AskedFirst) -> dict[str, str]:
        """Return the variables of a process of the package ``name`` that is asked this."""
        path = self.packages.search_path(name, with_sdk=bool(asked.variables))
        return {**lambda_environment(path, self.folder / "storage"), **asked.variables}

    def result(self, name: str, asked: AskedFirst) -> Path:
        """Return where the body of the response is written."""
        return self.folder / f"{name}{asked.suffix}"

    def start_once(self, name: str, asked: AskedFirst) -> ProcessTime:
        """Return the cost of one start; raise RuntimeError for a response that is not the expected one."""
        result = self.result(name, asked)
        result.unlink(missing_ok=True)
        times = run_to_end(self.command(name, asked), self.environment(name, asked))
        asked.check(result)
        return times


def run(config: RunConfig) -> ExperimentResult:
    """Start the packages in turns and compare their cost, cold and warm."""
    packages = build_packages()
    source = config.sources.small.read_bytes()
    with TemporaryDirectory() as folder, MemoryBucket() as bucket:
        starter = Starter(packages, Path(folder), config.quick)
        asked_first = (IMAGE, HEALTH, PAGE, new_object(bucket))
        for asked in asked_first:
            event = starter.folder / f"event{asked.suffix}"
            event.write_bytes(msgspec.json.encode(asked.event(source)))
        figures = tuple(_figures(starter, asked_first))
    method = METHOD.format(version="{}.{}.{}".format(*packages.python.version))
    return ExperimentResult(title="Cold start of the package", method=method, figures=figures)


def _figures(starter: Starter, asked_first: Sequence[AskedFirst]) -> Iterator[Figure]:
    for asked in asked_first:
        labels = {name: LABELS[name] for name in ("ours", *asked.beside)}
        rounds = list(_cold_rounds(starter, asked, labels))
        if asked is IMAGE:
            targets = {"bare": IMAGE.target, "naive": NAIVE_TARGET}
            yield from figures_of(rounds, labels, targets)
        else:
            cpu = {name: [times[name].cpu_s for times in rounds] for name in labels}
            yield from compared(f"CPU, {asked.name}", cpu, labels, {asked.beside[0]: asked.target})
    for asked in asked_first:
        labels = {name: LABELS[name] for name in ("ours", asked.beside[0], *asked.beside_warm)}
        cpu = _warm_cpu(starter, asked, labels)
        yield from compared(f"CPU, {asked.name}, warm", cpu, labels, {"not_postponed": WARM_TARGET}, digits=3)


def _cold_rounds(starter: Starter, asked: AskedFirst, labels: Mapping[str, str]) -> Iterator[ProcessTimes]:
    for number in range(starter.rounds + 1):
        times = {name: starter.start_once(name, asked) for name in labels}
        if number:  # the first warms the file cache
            yield times


def _warm_cpu(starter: Starter, asked: AskedFirst, labels: Mapping[str, str]) -> dict[str, list[float]]:
    """Return the CPU seconds of a call, by package, in processes that have answered the event before."""
    cpu: dict[str, list[float]] = {name: [] for name in labels}
    with ExitStack() as stack:
        commands = {name: (starter.command(name, asked, "stay"), starter.environment(name, asked)) for name in labels}
        workers = {
            name: stack.enter_context(worker_process(command, starter.folder, environment))
            for name, (command, environment) in commands.items()
        }
        for number in range(starter.rounds + 1):
            for name, worker in workers.items():
                seconds = worker.cpu_per_call(asked.warm_calls)
                if number:
                    cpu[name].append(seconds)
    return cpu
