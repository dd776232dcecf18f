"""Experiment: whether the gravities entropy and attention keep the part of a picture that sharp keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

from PIL import Image

from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.imaging import draw, pipeline
from app.options import parse
from bench.peers.sharp import Sharp, sharp
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from bench.sources.scenes import crop_size, scene_sets
from measurement.figures import Figure, Spread, Target
from measurement.stamps import ROOT

# left, top, right and bottom as shares of the picture
Region = tuple[float, float, float, float]
GRAVITIES = ("entropy", "attention")
# the part that sharp keeps of each scene, for a test on machines without sharp
RECORD = ROOT / "tests" / "bench" / "quality" / "sharp_crops.json"
COMMAND = "python -m bench saliency"
METHOD = (
    "24 drawn pictures in three sets, cropped to other aspect ratios: mean overlap (intersection over union) of the "
    "part that we keep with the part that sharp keeps, and of a centered crop with the same."
)


def run(config: RunConfig) -> ExperimentResult:
    """Ask sharp, record its answers, and compare."""
    with TemporaryDirectory() as folder, sharp(config.node) as peer:
        theirs = {name: _sharp_region(peer, image, gravity, Path(folder)) for name, gravity, image in scenes()}
    if not config.quick:
        RECORD.write_text(json.dumps({"made by": COMMAND, "crops": theirs}, indent=1) + "\n")
    figures = []
    for gravity in GRAVITIES:
        for group, (ours, middle) in overlaps(theirs, gravity).items():
            case = f"{gravity}, {group}"
            figures.append(_figure(case, "overlap with sharp", ours, Target(max(0.6, middle), "at least")))
            figures.append(_figure(case, "overlap of a centered crop with sharp", middle, None))
    return ExperimentResult(title="Saliency", method=METHOD, figures=tuple(figures))


def scenes() -> Iterator[tuple[str, str, Image.Image]]:
    """Yield name, gravity and picture of each comparison."""
    for group, images in scene_sets():
        for index, image in enumerate(images):
            for gravity in GRAVITIES:
                yield f"{group} {index} {gravity}", gravity, image


def overlaps(theirs: Mapping[str, Region], gravity: str) -> dict[str, tuple[float, float]]:
    """Return for each set the mean overlap with ``theirs`` of the region we keep, and of the middle."""
    pairs_by_set: dict[str, list[tuple[float, float]]] = {}
    for name, scene_gravity, image in scenes():
        if scene_gravity == gravity:
            ours, middle = kept_region(image, gravity), kept_region(image, "center")
            pair = overlap(ours, theirs[name]), overlap(middle, theirs[name])
            pairs_by_set.setdefault(name.split()[0], []).append(pair)
    return {group: (mean(a for a, _ in pairs), mean(b for _, b in pairs)) for group, pairs in pairs_by_set.items()}


def kept_region(image: Image.Image, gravity: str) -> Region:
    """Return the region that our engine keeps."""
    width, height = crop_size(image.size)
    options = parse({"width": width, "height": height, "fit": "cover", "gravity": gravity}.items())
    data = _png(image)
    work = imaging.prepare(data, options, Limits())
    frame = next(pipeline.decode_frames(work, data, Deadline.after(60), Stopwatch()))
    left, top, right, bottom = draw.plan_first_frame(work, frame).resize.box
    return (
        float(left / image.width),
        float(top / image.height),
        float(right / image.width),
        float(bottom / image.height),
    )


def _sharp_region(peer: Sharp, image: Image.Image, gravity: str, folder: Path) -> Region:
    source, out = folder / "in.png", folder / "out.png"
    source.write_bytes(_png(image))
    width, height = crop_size(image.size)
    info = peer.make(source, out, [["resize", width, height, {"fit": "cover", "position": gravity}], ["png"]])
    # sharp crops after reducing the picture until it just covers the box
    scale = max(width / image.width, height / image.height)
    left, top = -info["cropOffsetLeft"] / scale, -info["cropOffsetTop"] / scale
    right, bottom = left + width / scale, top + height / scale
    return left / image.width, top / image.height, right / image.width, bottom / image.height


def overlap(one: Region, other: Region) -> float:
    """Return intersection over union of two regions."""
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    return width * height / (_area(one) + _area(other) - width * height)


def _area(region: Region) -> float:
    return (region[2] - region[0]) * (region[3] - region[1])


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _figure(case: str, measure: str, value: float, target: Target | None) -> Figure:
    return Figure(case=case, measure=measure, unit="", spread=Spread.of([value], digits=3), target=target)
