"""Experiment: whether entropy and attention keep the part of a picture that sharp keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

from PIL import Image

from bench.chain import Sharp, sharp
from bench.scenes import crop, sets
from bench.stand import Stand
from measurement.results import Experiment, Figure, Limit, Spread
from measurement.stamps import ROOT

Box = tuple[float, float, float, float]
GRAVITIES = ("entropy", "attention")
# What sharp keeps of each scene, as shares of the picture: tests compare with it where there is no sharp.
RECORD = ROOT / "tests" / "app" / "imaging" / "sharp_crops.json"
COMMAND = "python -m bench saliency"
METHOD = (
    "24 drawn pictures in three sets, cut to boxes of other shapes; mean overlap (intersection over union) of the part "
    "that we keep with the part that sharp keeps, beside that of the middle."
)


def run(stand: Stand) -> Experiment:
    """Ask sharp, record its answers, and compare."""
    with TemporaryDirectory() as folder, sharp(stand.node) as peer:
        theirs = {name: _theirs(peer, image, gravity, Path(folder)) for name, gravity, image in scenes()}
    if not stand.quick:
        RECORD.write_text(json.dumps({"made by": COMMAND, "crops": theirs}, indent=1) + "\n")
    figures = []
    for gravity in GRAVITIES:
        for group, (ours, middle) in overlaps(theirs, gravity).items():
            case = f"{gravity}, {group}"
            figures.append(_figure(case, "overlap with sharp", ours, Limit(max(0.6, middle), "at least")))
            figures.append(_figure(case, "overlap of the middle with sharp", middle, None))
    return Experiment(title="Saliency", method=METHOD, figures=tuple(figures))


def scenes() -> Iterator[tuple[str, str, Image.Image]]:
    """Yield name, gravity and picture of each comparison."""
    for group, images in sets():
        for index, image in enumerate(images):
            for gravity in GRAVITIES:
                yield f"{group} {index} {gravity}", gravity, image


def overlaps(theirs: Mapping[str, Box], gravity: str) -> dict[str, tuple[float, float]]:
    """Return for each set the mean overlap with ``theirs`` of what we keep, and of the middle."""
    found: dict[str, list[tuple[float, float]]] = {}
    for name, asked, image in scenes():
        if asked == gravity:
            pair = overlap(kept(image, gravity), theirs[name]), overlap(kept(image, "center"), theirs[name])
            found.setdefault(name.split()[0], []).append(pair)
    return {group: (mean(a for a, _ in pairs), mean(b for _, b in pairs)) for group, pairs in found.items()}


def kept(image: Image.Image, gravity: str) -> Box:
    """Return the part that our engine keeps, as shares of the picture: left, top, right, bottom."""
    from app import imaging
    from app.config import Limits
    from app.deadline import Deadline, Stopwatch
    from app.imaging import draw, pipeline
    from app.options import ResizeOptions

    width, height = crop(image.size)
    data = _png(image)
    asked = ResizeOptions(width=width, height=height, fit="cover", gravity=gravity)  # type: ignore[arg-type]
    work = imaging.prepare(data, asked, Limits())
    frame = next(pipeline.decode_frames(work, data, Deadline.after(60), Stopwatch()))
    box = draw.plan_first_frame(work, frame).resize.box
    return box[0] / image.width, box[1] / image.height, box[2] / image.width, box[3] / image.height


def _theirs(peer: Sharp, image: Image.Image, gravity: str, folder: Path) -> Box:
    source, out = folder / "in.png", folder / "out.png"
    source.write_bytes(_png(image))
    width, height = crop(image.size)
    told = peer.make(source, out, [["resize", width, height, {"fit": "cover", "position": gravity}], ["png"]])
    # sharp cuts from the picture reduced so far that it covers the box
    scale = max(width / image.width, height / image.height)
    left, top = -told["cropOffsetLeft"] / scale, -told["cropOffsetTop"] / scale
    right, bottom = left + width / scale, top + height / scale
    return left / image.width, top / image.height, right / image.width, bottom / image.height


def overlap(one: Box, other: Box) -> float:
    """Return intersection over union of two boxes."""
    wide = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    high = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    return wide * high / (_area(one) + _area(other) - wide * high)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _figure(case: str, measure: str, value: float, limit: Limit | None) -> Figure:
    return Figure(case=case, measure=measure, unit="", spread=Spread.of([value], digits=3), limit=limit)
