"""Experiment: from the start of the interpreter to the first resized JPEG, of packages as Lambda unpacks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from PIL import Image

from bench.events import v1
from bench.stand import Stand
from measurement.packages import Packages, lambda_environment, packages
from measurement.processes import Usage, run_to_end
from measurement.results import Experiment, Figure, Limit, Spread, ratios
from measurement.stamps import ROOT

LABELS = {"ours": "Monolambda", "bare": "bare Flask + apig-wsgi + Pillow", "naive": "naive Zappa package"}
LIMITS = {"bare": Limit(1.15), "naive": Limit(0.5)}
METHOD = (
    "A new interpreter (Python {version}) imports `wsgi.handler` from the unpacked package, gives it one REST event "
    "`POST /resize?w=480` with a 1000×750 JPEG and ends; files are warm, nothing is written; in turns, ratio within "
    "each turn. Bare: the app of bench/bare_app.py, packaged by the same steps as ours. Naive: the same app with a "
    "boto3 client and requests at import, and bytecode dated as Zappa leaves it; boto3 lies outside, with good "
    "bytecode, as Lambda carries it."
)


def run(stand: Stand) -> Experiment:
    """Start the three in turns and compare what they took."""
    made = packages()
    with TemporaryDirectory() as folder:
        rounds = list(_rounds(made, stand, Path(folder), count=2 if stand.quick else 21))
    cpu = {name: [each[name].cpu_s for each in rounds] for name in LABELS}
    wall = {name: [each[name].wall_s for each in rounds] for name in LABELS}
    figures = (*_figures("CPU", cpu, LIMITS), *_figures("wall clock", wall, {}))
    method = METHOD.format(version="{}.{}.{}".format(*made.python.version))
    return Experiment(title="Cold start of the package", method=method, figures=figures)


def _rounds(made: Packages, stand: Stand, folder: Path, *, count: int) -> Iterator[dict[str, Usage]]:
    event = v1("POST", "/resize", query={"w": "480"}, body=stand.sources.small.read_bytes(), kind="image/jpeg")
    (folder / "event.json").write_bytes(msgspec.json.encode(event))
    for turn in range(count + 1):
        each = {name: _once(name, made, folder) for name in LABELS}
        if turn:  # the first warms the file cache
            yield each


def _once(name: str, made: Packages, folder: Path) -> Usage:
    result = folder / f"{name}.jpg"
    result.unlink(missing_ok=True)
    script = str(ROOT / "bench" / "first_event.py")
    # without -P the bench's own modules would come first on the path, without -S what is installed on this machine
    command = [str(made.python.path), "-P", "-S", script, str(folder / "event.json"), str(result)]
    usage = run_to_end(command, lambda_environment(made.search_path(name), folder / "storage"))
    with Image.open(result) as image:
        if (image.format, image.width) != ("JPEG", 480):
            raise RuntimeError(f"expected a JPEG 480 wide of {name}, received {image.format} {image.size}")
    return usage


def _figures(case: str, seconds: dict[str, list[float]], limits: dict[str, Limit]) -> Iterator[Figure]:
    for name, label in LABELS.items():
        yield Figure(case=case, measure=label, unit="ms", spread=Spread.of((1000 * s for s in seconds[name]), digits=1))
    for name in ("bare", "naive"):
        spread = Spread.of(ratios(seconds["ours"], seconds[name]), digits=3)
        yield Figure(case=case, measure=f"Monolambda / {name}", unit="×", spread=spread, limit=limits.get(name))
