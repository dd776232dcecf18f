"""Code of both cold start experiments: checks the result of a start, and turns all rounds into figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from measurement.figures import Figure, Spread, Target, ratios
from measurement.processes import ProcessTime

# the cost of each app in one round, by its name
ProcessTimes = Mapping[str, ProcessTime]


def check_result(path: Path) -> None:
    """Raise RuntimeError unless the file is a JPEG 480 wide."""
    check_image(path.name, path, 480)


def check_image(name: str, file: Path | BinaryIO, width: int) -> None:
    """Raise RuntimeError unless the file is a JPEG of that width."""
    with Image.open(file) as image:
        if (image.format, image.width) != ("JPEG", width):
            raise RuntimeError(f"{name}: expected a JPEG {width} wide, received {image.format} {image.size}")


def figures_of(
    rounds: Sequence[ProcessTimes], labels: Mapping[str, str], cpu_targets: Mapping[str, Target | None]
) -> tuple[Figure, ...]:
    """Return CPU of each app in ``labels``, the ratio of ``ours`` to each of the others, and the wall clock of two.

    ``cpu_targets`` are those of the ratios of CPU, by the name of the other app. The two are ``ours`` and ``bare``.
    """
    cpu = {name: [times[name].cpu_s for times in rounds] for name in labels}
    pair = {name: labels[name] for name in ("ours", "bare")}
    wall = {name: [times[name].wall_s for times in rounds] for name in pair}
    return (*compared("CPU", cpu, labels, cpu_targets), *compared("wall clock", wall, pair, {}))


def compared(
    case: str,
    seconds: Mapping[str, Sequence[float]],
    labels: Mapping[str, str],
    targets: Mapping[str, Target | None],
    *,
    digits: int = 1,
) -> list[Figure]:
    """Return the milliseconds of each app, with so many digits, and the ratio of ``ours`` to each of the others."""
    figures = [
        Figure(case=case, measure=label, unit="ms", spread=Spread.of((1000 * s for s in seconds[name]), digits=digits))
        for name, label in labels.items()
    ]
    for name in [each for each in labels if each != "ours"]:
        spread = Spread.of(ratios(seconds["ours"], seconds[name]), digits=3)
        measure = f"Monolambda / {name.replace('_', ' ')}"
        figures.append(Figure(case=case, measure=measure, unit="×", spread=spread, target=targets.get(name)))
    return figures
