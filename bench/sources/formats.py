"""Draws the source images of other sizes and formats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from app.imaging.headers.color_space import from_code_points
from bench.sources.photograph import DRAWN_BY, SEED, photograph
from measurement.stamps import build_once, stamp

JPEG_SIZES = {"24mp": (6000, 4000), "2mp": (1632, 1224), "6mp": (2725, 2225)}
OTHER_FILES = {
    "clear": "clear.png",
    "3mp": "3mp.webp",
    "avif": "2mp.avif",
    "moving": "moving.gif",
    "drawn": "drawn.gif",
    "fine": "progressive-444.jpg",
    "wide": "p3.jpg",
    "wide png": "p3.png",
}
# ITU-T H.273: primaries, and the curve of sRGB.
DISPLAY_P3 = (12, 13)
FRAMES, FRAME_SIZE = 30, (640, 480)


def draw_formats(folder: Path) -> Mapping[str, Path]:
    """Write the images into a folder below ``folder``, unless this code has drawn them before; return paths by name."""
    folder = folder / "formats"
    files = {name: folder / f"{name}.jpg" for name in JPEG_SIZES}
    files |= {name: folder / file for name, file in OTHER_FILES.items()}
    build_once(folder, stamp(DRAWN_BY, Path(__file__).read_text()), lambda: _draw(folder, files))
    return files


def _draw(folder: Path, files: Mapping[str, Path]) -> None:
    folder.mkdir(exist_ok=True)
    for name, size in JPEG_SIZES.items():
        photograph(*size).save(files[name], quality=90)
    still = photograph(2000, 2000)
    still.resize((2000, 1500)).save(files["3mp"], quality=85)
    still.resize(JPEG_SIZES["2mp"]).save(files["avif"], quality=60, speed=8)
    photograph(4000, 3000).save(files["fine"], quality=90, subsampling="4:4:4", progressive=True)
    _with_alpha(still).save(files["clear"], compress_level=6)
    profile = from_code_points(*DISPLAY_P3)
    photograph(*JPEG_SIZES["2mp"]).save(files["wide"], quality=90, icc_profile=profile)
    photograph(*JPEG_SIZES["2mp"]).save(files["wide png"], icc_profile=profile)
    width, height = FRAME_SIZE
    corners = [(20 * index, 10 * index) for index in range(FRAMES)]
    _animate([still.crop((x, y, x + width, y + height)) for x, y in corners], files["moving"])
    _animate(_moving_shapes(), files["drawn"])


def _animate(frames: list[Image.Image], path: Path) -> None:
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=50, loop=0)


def _moving_shapes() -> list[Image.Image]:
    """Return frames of twenty shapes that move over a plain background, which is what most GIFs are like."""
    rng = np.random.default_rng(SEED)
    starts, steps = rng.random((20, 2)) * FRAME_SIZE, rng.normal(size=(20, 2)) * 6
    colors = [tuple(int(part) for part in each) for each in rng.integers(20, 235, (20, 3))]
    frames = []
    for index in range(FRAMES):
        frame = Image.new("RGB", FRAME_SIZE, "ivory")
        pen = ImageDraw.Draw(frame)
        for (x, y), color in zip(starts + index * steps, colors, strict=True):
            pen.ellipse((x - 40, y - 40, x + 40, y + 40), fill=color, outline="black", width=3)
        frames.append(frame)
    return frames


def _with_alpha(image: Image.Image) -> Image.Image:
    """Return the image with a ramp as its alpha, and an opaque ellipse in it."""
    ramp = np.linspace(0, 255, image.width)[None, :].repeat(image.height, axis=0)
    alpha = Image.fromarray(ramp.astype(np.uint8))
    ImageDraw.Draw(alpha).ellipse((400, 400, 1200, 1200), fill=255)
    image = image.copy()
    image.putalpha(alpha)
    return image
