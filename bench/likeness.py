"""Experiment: whether each option makes the picture that sharp makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
from PIL import Image, ImageDraw

from bench.chain import Chain, Sharp, ours, sharp
from bench.delta_e import ciede2000, lab
from bench.ssim import ssim
from bench.stand import Stand
from measurement.results import Experiment, Figure, Limit, Spread

METHOD = (
    "The same step by our options and by sharp's calls, as PNG. SSIM of luma, and mean CIEDE2000, both over white; "
    "photo: 1000×750 JPEG; clear: 600×450 RGBA PNG with soft edges; framed: a picture with a plain border."
)


class Case(msgspec.Struct, frozen=True):
    """One step: our options, sharp's calls, and which source."""

    name: str
    wanted: Mapping[str, Any]
    chain: Chain
    source: str = "photo"


def _resize(width: int | None, height: int | None, **how: Any) -> list[Any]:
    return ["resize", {"width": width, "height": height, "withoutEnlargement": True, **how}]


def _padding(top: int, right: int, bottom: int, left: int) -> dict[str, Any]:
    return {"top": top, "right": right, "bottom": bottom, "left": left, "background": "red"}


W = {"width": 480}
R = _resize(480, None)
CASES = (
    Case("resize", W, [R]),
    Case("resize, clear edges", {"width": 240}, [_resize(240, None)], "clear"),
    Case("cover", {"width": 300, "height": 300, "fit": "cover"}, [_resize(300, 300, fit="cover")]),
    Case(
        "contain",
        {"width": 300, "height": 300, "fit": "contain", "background": "red"},
        [_resize(300, 300, fit="contain", background="red")],
    ),
    Case("fill", {"width": 300, "height": 300, "fit": "fill"}, [_resize(300, 300, fit="fill")]),
    Case("outside", {"width": 300, "height": 300, "fit": "outside"}, [_resize(300, 300, fit="outside")]),
    Case(
        "crop",
        {"crop": "100,50,600,400", **W},
        [["extract", {"left": 100, "top": 50, "width": 600, "height": 400}], R],
    ),
    Case("trim", {"trim": 10}, [["trim", {"threshold": 10}]], "framed"),
    Case("rotate 90", {"rotate": 90, **W}, [["rotate", 90], R]),
    Case("rotate 33", {"rotate": 33, "background": "white"}, [["rotate", 33, {"background": "white"}]]),
    Case("flip", {"flip": "true", **W}, [["flip"], R]),
    Case("flop", {"flop": "true", **W}, [["flop"], R]),
    Case("brightness", {"brightness": 1.3, **W}, [R, ["modulate", {"brightness": 1.3}]]),
    Case("contrast", {"contrast": 1.4, **W}, [R, ["linear", 1.4, 127.5 * (1 - 1.4)]]),
    Case("saturation", {"saturation": 1.8, **W}, [R, ["modulate", {"saturation": 1.8}]]),
    Case("grayscale", {"grayscale": "true", **W}, [R, ["grayscale"]]),
    Case("tint", {"tint": "704214", **W}, [R, ["tint", "#704214"]]),
    Case("blur 1", {"blur": 1, **W}, [R, ["blur", 1]]),
    Case("blur 8", {"blur": 8, **W}, [R, ["blur", 8]]),
    Case("blur, clear edges", {"blur": 4}, [["blur", 4]], "clear"),
    Case("sharpen", {"sharpen": 1, **W}, [R, ["sharpen", {"sigma": 1}]]),
    Case("pad", {"pad": "5,10,15,20", "background": "red", **W}, [R, ["extend", _padding(5, 10, 15, 20)]]),
    Case("flatten", {"background": "0000ff"}, [["flatten", {"background": "#0000ff"}]], "clear"),
)


def run(stand: Stand) -> Experiment:
    """Compare every case."""
    with TemporaryDirectory() as name, sharp(stand.node) as peer:
        sources = _sources(stand, Path(name))
        figures = tuple(figure for case in CASES for figure in _compare(case, sources[case.source], peer, Path(name)))
    return Experiment(title="Likeness", method=METHOD, figures=figures)


def _compare(case: Case, source: Path, peer: Sharp, folder: Path) -> Iterator[Figure]:
    peer.make(source, folder / "theirs.png", [*case.chain, ["png"]])
    theirs = _pixels((folder / "theirs.png").read_bytes())
    mine = _pixels(ours(source, {**case.wanted, "format": "png"}))
    apart = max(abs(a - b) for a, b in zip(mine.shape[:2], theirs.shape[:2], strict=True))
    rows, columns = min(mine.shape[0], theirs.shape[0]), min(mine.shape[1], theirs.shape[1])
    mine, theirs = mine[:rows, :columns], theirs[:rows, :columns]
    weights = np.array([0.299, 0.587, 0.114])
    yield _figure(case, "SSIM", ssim(mine @ weights, theirs @ weights), Limit(0.99, "at least"))
    yield _figure(case, "mean ΔE2000", float(ciede2000(lab(mine), lab(theirs)).mean()), Limit(1.0))
    yield _figure(case, "sides apart, pixels", apart, Limit(1))


def _figure(case: Case, measure: str, value: float, limit: Limit) -> Figure:
    return Figure(case=case.name, measure=measure, unit="", spread=Spread.of([value]), limit=limit)


def _pixels(data: bytes) -> np.ndarray[Any, np.dtype[np.float64]]:
    with Image.open(BytesIO(data)) as image:
        white = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"), dtype=np.float64)


def _sources(stand: Stand, folder: Path) -> dict[str, Path]:
    photo = Image.open(stand.sources.small).convert("RGB")
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
    return {"photo": stand.sources.small, "clear": folder / "clear.png", "framed": folder / "framed.png"}
