"""Draws the seeded sources of other sizes and formats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from bench.picture import SEED, photograph

JPEGS = {"24mp": (6000, 4000), "2mp": (1632, 1224), "6mp": (2725, 2225)}
OTHERS = {
    "clear": "clear.png",
    "3mp": "3mp.webp",
    "avif": "2mp.avif",
    "moving": "moving.gif",
    "drawn": "drawn.gif",
    "fine": "progressive-444.jpg",
}
FRAMES, FRAME = 30, (640, 480)


def sources(folder: Path) -> Mapping[str, Path]:
    """Write the pictures into ``folder``, or take those already there."""
    files = {name: folder / f"{name}.jpg" for name in JPEGS} | {name: folder / file for name, file in OTHERS.items()}
    if all(path.exists() for path in files.values()):
        return files
    for name, size in JPEGS.items():
        photograph(*size).save(files[name], quality=90)
    still = photograph(2000, 2000)
    still.resize((2000, 1500)).save(files["3mp"], quality=85)
    still.resize(JPEGS["2mp"]).save(files["avif"], quality=60, speed=8)
    photograph(4000, 3000).save(files["fine"], quality=90, subsampling="4:4:4", progressive=True)
    _clear(still).save(files["clear"], compress_level=6)
    wide, high = FRAME
    moved = [(20 * index, 10 * index) for index in range(FRAMES)]
    _animate([still.crop((x, y, x + wide, y + high)) for x, y in moved], files["moving"])
    _animate(_drawn(), files["drawn"])
    return files


def _animate(frames: list[Image.Image], path: Path) -> None:
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=50, loop=0)


def _drawn() -> list[Image.Image]:
    """Return a plain ground with twenty shapes that go their ways, as most GIFs are."""
    rng = np.random.default_rng(SEED)
    places, ways = rng.random((20, 2)) * FRAME, rng.normal(size=(20, 2)) * 6
    colours = [tuple(int(part) for part in each) for each in rng.integers(20, 235, (20, 3))]
    frames = []
    for index in range(FRAMES):
        frame = Image.new("RGB", FRAME, "ivory")
        pen = ImageDraw.Draw(frame)
        for (x, y), colour in zip(places + index * ways, colours, strict=True):
            pen.ellipse((x - 40, y - 40, x + 40, y + 40), fill=colour, outline="black", width=3)
        frames.append(frame)
    return frames


def _clear(image: Image.Image) -> Image.Image:
    """Return the picture with a soft hole and a soft ramp in its alpha."""
    mask = np.linspace(0, 255, image.width)[None, :].repeat(image.height, axis=0)
    alpha = Image.fromarray(mask.astype(np.uint8))
    ImageDraw.Draw(alpha).ellipse((400, 400, 1200, 1200), fill=255)
    image = image.copy()
    image.putalpha(alpha)
    return image
