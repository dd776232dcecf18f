"""Experiment: CPU of one resize of other sizes and formats, beside sharp and naive Pillow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from bench.engine import Case, measure
from bench.measure import Job
from bench.picture import photograph
from bench.results import Experiment, Limit
from bench.setup import BUILD
from bench.stand import Stand

METHOD = (
    "As above, each to 480 wide in the format named: seeded photographs of 24, 2 and 6 MP (2725×2225), 4 MP RGBA PNG, "
    "3 MP WebP, 2 MP to AVIF, and a GIF of 30 frames of 640×480. sharp: its own defaults for what is not said."
)


def run(stand: Stand) -> Experiment:
    """Measure every source; quality is compared where the result is a still without alpha."""
    files = sources(BUILD / "sources")
    cases = (
        (Case("24 MP JPEG", Job(files["24mp"]), Limit(1.0)), True),
        (Case("2 MP JPEG", Job(files["2mp"]), Limit(1.0)), True),
        (Case("2725×2225 JPEG", Job(files["6mp"]), Limit(1.1)), True),
        (Case("4 MP RGBA PNG", Job(files["clear"], format="png"), Limit(1.3)), False),
        (Case("3 MP WebP", Job(files["webp"], format="webp"), Limit(1.3)), True),
        (Case("2 MP to AVIF", Job(files["2mp"], format="avif", quality=50), Limit(0.25)), True),
        (Case("GIF of 30 frames", Job(files["gif"], format="gif"), Limit(1.5)), False),
    )
    figures = tuple(figure for case, like in cases for figure in measure(case, stand, rounds=11, like=like))
    return Experiment(title="Other sources", method=METHOD, figures=figures)


def sources(folder: Path) -> Mapping[str, Path]:
    """Write the pictures into ``folder``, or take those already there."""
    jpegs = {"24mp": (6000, 4000), "2mp": (1632, 1224), "6mp": (2725, 2225)}
    files = {name: folder / f"{name}.jpg" for name in jpegs}
    files |= {"clear": folder / "clear.png", "webp": folder / "3mp.webp", "gif": folder / "moving.gif"}
    if all(path.exists() for path in files.values()):
        return files
    for name, size in jpegs.items():
        photograph(*size).save(files[name], quality=90)
    still = photograph(2000, 2000)
    still.resize((2000, 1500)).save(files["webp"], quality=85)
    _clear(still).save(files["clear"], compress_level=6)
    frames = [still.crop((20 * index, 10 * index, 20 * index + 640, 10 * index + 480)) for index in range(30)]
    frames[0].save(files["gif"], save_all=True, append_images=frames[1:], duration=50, loop=0)
    return files


def _clear(image: Image.Image) -> Image.Image:
    """Return the picture with a soft hole and a soft ramp in its alpha."""
    mask = np.linspace(0, 255, image.width)[None, :].repeat(image.height, axis=0)
    alpha = Image.fromarray(mask.astype(np.uint8))
    ImageDraw.Draw(alpha).ellipse((400, 400, 1200, 1200), fill=255)
    image = image.copy()
    image.putalpha(alpha)
    return image
