"""Experiment: whether each option gives the image that sharp gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bench.engine.render import render
from bench.peers.sharp import Sharp, SharpCalls, sharp
from bench.quality.delta_e import ciede2000, lab
from bench.quality.ssim import ssim
from bench.report.results import ExperimentResult
from bench.run_config import RunConfig
from measurement.figures import Figure, Spread, Target

METHOD = (
    "The same step by our options and by sharp's calls, as PNG: SSIM of luma and mean CIEDE2000, both over white. "
    "Photo: a 1000×750 JPEG; clear: a 600×450 RGBA PNG with soft edges; framed: a picture with a plain border."
)


class StepCase(msgspec.Struct, frozen=True):
    """One step as our options and as sharp's calls, and the name of its source."""

    name: str
    options: Mapping[str, Any]
    calls: SharpCalls
    source: str = "photo"


def _resize(width: int | None, height: int | None, **settings: Any) -> list[Any]:
    return ["resize", {"width": width, "height": height, "withoutEnlargement": True, **settings}]


def _padding(top: int, right: int, bottom: int, left: int) -> dict[str, Any]:
    return {"top": top, "right": right, "bottom": bottom, "left": left, "background": "red"}


W = {"width": 480}
R = _resize(480, None)
CASES = (
    StepCase("resize", W, [R]),
    StepCase("resize, clear edges", {"width": 240}, [_resize(240, None)], "clear"),
    StepCase("cover", {"width": 300, "height": 300, "fit": "cover"}, [_resize(300, 300, fit="cover")]),
    StepCase(
        "contain",
        {"width": 300, "height": 300, "fit": "contain", "background": "red"},
        [_resize(300, 300, fit="contain", background="red")],
    ),
    StepCase("fill", {"width": 300, "height": 300, "fit": "fill"}, [_resize(300, 300, fit="fill")]),
    StepCase("outside", {"width": 300, "height": 300, "fit": "outside"}, [_resize(300, 300, fit="outside")]),
    StepCase(
        "crop",
        {"crop": "100,50,600,400", **W},
        [["extract", {"left": 100, "top": 50, "width": 600, "height": 400}], R],
    ),
    StepCase("trim", {"trim": 10}, [["trim", {"threshold": 10}]], "framed"),
    StepCase("rotate 90", {"rotate": 90, **W}, [["rotate", 90], R]),
    StepCase("rotate 33", {"rotate": 33, "background": "white"}, [["rotate", 33, {"background": "white"}]]),
    StepCase("flip", {"flip": "true", **W}, [["flip"], R]),
    StepCase("flop", {"flop": "true", **W}, [["flop"], R]),
    StepCase("brightness", {"brightness": 1.3, **W}, [R, ["modulate", {"brightness": 1.3}]]),
    StepCase("contrast", {"contrast": 1.4, **W}, [R, ["linear", 1.4, 127.5 * (1 - 1.4)]]),
    StepCase("saturation", {"saturation": 1.8, **W}, [R, ["modulate", {"saturation": 1.8}]]),
    StepCase("grayscale", {"grayscale": "true", **W}, [R, ["grayscale"]]),
    StepCase("tint", {"tint": "704214", **W}, [R, ["tint", "#704214"]]),
    StepCase("blur 1", {"blur": 1, **W}, [R, ["blur", 1]]),
    StepCase("blur 8", {"blur": 8, **W}, [R, ["blur", 8]]),
    StepCase("blur, clear edges", {"blur": 4}, [["blur", 4]], "clear"),
    StepCase("sharpen", {"sharpen": 1, **W}, [R, ["sharpen", {"sigma": 1}]]),
    StepCase("pad", {"pad": "5,10,15,20", "background": "red", **W}, [R, ["extend", _padding(5, 10, 15, 20)]]),
    StepCase("flatten", {"background": "0000ff"}, [["flatten", {"background": "#0000ff"}]], "clear"),
)


def run(config: RunConfig) -> ExperimentResult:
    """Compare every case."""
    with TemporaryDirectory() as name, sharp(config.node) as peer:
        folder = Path(name)
        sources = _sources(config.sources.small, folder)
        figures = tuple(figure for case in CASES for figure in _compare(case, sources[case.source], peer, folder))
    return ExperimentResult(title="Likeness", method=METHOD, figures=figures)


def _compare(case: StepCase, source: Path, peer: Sharp, folder: Path) -> Iterator[Figure]:
    peer.make(source, folder / "theirs.png", [*case.calls, ["png"]])
    theirs = _pixels((folder / "theirs.png").read_bytes())
    ours = _pixels(render(source, {**case.options, "format": "png"}))
    size_difference = max(abs(a - b) for a, b in zip(ours.shape[:2], theirs.shape[:2], strict=True))
    rows, columns = min(ours.shape[0], theirs.shape[0]), min(ours.shape[1], theirs.shape[1])
    ours, theirs = ours[:rows, :columns], theirs[:rows, :columns]
    weights = np.array([0.299, 0.587, 0.114])
    yield _figure(case, "SSIM", ssim(ours @ weights, theirs @ weights), Target(0.99, "at least"))
    yield _figure(case, "mean ΔE2000", float(ciede2000(lab(ours), lab(theirs)).mean()), Target(1.0))
    yield _figure(case, "difference in size, pixels", size_difference, Target(1))


def _figure(case: StepCase, measure: str, value: float, target: Target) -> Figure:
    return Figure(case=case.name, measure=measure, unit="", spread=Spread.of([value]), target=target)


def _pixels(data: bytes) -> NDArray[np.float64]:
    with Image.open(BytesIO(data)) as image:
        white = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"), dtype=np.float64)


def _sources(photo_path: Path, folder: Path) -> dict[str, Path]:
    photo = Image.open(photo_path).convert("RGB")
    clear = photo.resize((600, 450))
    mask = Image.new("L", (2400, 1800))
    pen = ImageDraw.Draw(mask)
    pen.ellipse((200, 100, 1800, 1500), fill=255)
    pen.polygon([(1200, 1700), (2300, 900), (2200, 1750)], fill=140)
    clear.putalpha(mask.resize((600, 450), Image.Resampling.BOX))
    framed = Image.new("RGB", (700, 560), (240, 240, 235))
    framed.paste(photo.resize((560, 420)), (60, 90))
    for name, image in (("clear", clear), ("framed", framed)):
        image.save(folder / f"{name}.png")
    return {"photo": photo_path, "clear": folder / "clear.png", "framed": folder / "framed.png"}
