"""Experiment: from the start of the interpreter to the first resized JPEG, beside a bare Flask app."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from bench.stand import Stand
from measurement.processes import Usage, clean_environment, run_to_end
from measurement.results import Experiment, Figure, Limit, Spread, ratios
from measurement.stamps import ROOT

APPS = {"ours": "wsgi:app", "bare": "bench.bare_app:app"}
LABELS = {"ours": "Monolambda", "bare": "bare Flask + Pillow"}
CPU_LIMIT = Limit(1.15)
METHOD = (
    "A new interpreter imports the app, answers `POST /resize?w=480` of a 1000×750 JPEG in process and ends; bytecode "
    "and files are warm; pairs in turns, ratio within each pair. The bare app is bench/bare_app.py."
)


def run(stand: Stand) -> Experiment:
    """Start both apps in turns and compare what they took."""
    with TemporaryDirectory() as folder:
        pairs = list(_pairs(stand, Path(folder), count=3 if stand.quick else 21))
    cpu = {name: [pair[name].cpu_s for pair in pairs] for name in APPS}
    wall = {name: [pair[name].wall_s for pair in pairs] for name in APPS}
    figures = (*_figures("CPU", cpu, CPU_LIMIT), *_figures("wall clock", wall, None))
    return Experiment(title="Cold start", method=METHOD, figures=figures)


def _pairs(stand: Stand, folder: Path, *, count: int) -> Iterator[dict[str, Usage]]:
    for turn in range(count + 1):
        pair = {name: _once(name, stand, folder) for name in APPS}
        if turn:  # the first writes bytecode and our secret, and warms the file cache
            yield pair


def _once(name: str, stand: Stand, folder: Path) -> Usage:
    result = folder / f"{name}.jpg"
    result.unlink(missing_ok=True)
    usage = run_to_end(_command(name, stand, result), _environment(folder))
    with Image.open(result) as image:
        if (image.format, image.width) != ("JPEG", 480):
            raise RuntimeError(f"expected a JPEG 480 wide of {name}, received {image.format} {image.size}")
    return usage


def _command(name: str, stand: Stand, result: Path, *flags: str) -> list[str]:
    return [sys.executable, *flags, "-m", "bench.first_request", APPS[name], str(stand.sources.small), str(result)]


def _environment(folder: Path) -> dict[str, str]:
    return clean_environment(MONOLAMBDA_STORAGE=str(folder / "storage"), MONOLAMBDA_LOG_LEVEL="error")


def _figures(case: str, seconds: dict[str, list[float]], limit: Limit | None) -> Iterator[Figure]:
    for name, label in LABELS.items():
        yield Figure(case=case, measure=label, unit="ms", spread=Spread.of((1000 * s for s in seconds[name]), digits=1))
    spread = Spread.of(ratios(seconds["ours"], seconds["bare"]), digits=3)
    yield Figure(case=case, measure="Monolambda / bare", unit="×", spread=spread, limit=limit)


def extra_imports(stand: Stand) -> str:
    """Return what we import and the bare app does not, dearest first, as ``-X importtime`` tells it."""
    with TemporaryDirectory() as folder:
        ours, bare = (_imports(name, stand, Path(folder)) for name in APPS)
    totals = [f"{LABELS[n]}: {len(f)} modules, {sum(f.values()):.1f} ms" for n, f in (("ours", ours), ("bare", bare))]
    extra = sorted((name for name in ours if name not in bare), key=lambda name: -ours[name])
    only = f"only ours: {len(extra)} modules, {sum(ours[name] for name in extra):.1f} ms"
    return "\n".join([*totals, only, *(f"{ours[name]:8.2f} ms {name}" for name in extra)])


def _imports(name: str, stand: Stand, folder: Path) -> dict[str, float]:
    """Return module → milliseconds spent in it alone."""
    command = _command(name, stand, folder / "out.jpg", "-X", "importtime")
    done = subprocess.run(command, cwd=ROOT, env=_environment(folder), capture_output=True, text=True, check=True)
    rows = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines() if "|" in line]
    return {module.strip(): int(own) / 1000 for own, _, module in rows[1:]}
