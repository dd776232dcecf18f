"""Draws the seeded 12 MP photograph-like source, so that no file of unknown origin is measured."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 4000, 3000
SEED = 480
# Grain as a small sensor leaves it; with it the file has the weight of a real photograph.
GRAIN = 5.0

Plane = NDArray[np.float32]


class Sources(msgspec.Struct, frozen=True):
    """The same picture in both JPEG codings, at quality 90 and 4:2:0, and a tiny one that only loads codecs."""

    baseline: Path
    progressive: Path
    small: Path
    tiny: Path

    def describe(self) -> dict[str, str]:
        """Return bytes and hash of each file, which let others see whether they drew the same."""
        return {
            path.stem: f"{path.stat().st_size} bytes, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
            for path in (self.baseline, self.progressive, self.small)
        }


def draw(folder: Path) -> Sources:
    """Write the sources into ``folder``, or take those already there."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {name: folder / f"{name}.jpg" for name in ("baseline", "progressive", "small", "tiny")}
    if not all(path.exists() for path in names.values()):
        image = photograph(WIDTH, HEIGHT)
        _save(image, names["baseline"], progressive=False)
        _save(image, names["progressive"], progressive=True)
        _save(image.resize((1000, 750), Image.Resampling.LANCZOS), names["small"], progressive=False)
        _save(image.resize((64, 48), Image.Resampling.LANCZOS), names["tiny"], progressive=False)
    return Sources(**names)


def _save(image: Image.Image, path: Path, *, progressive: bool) -> None:
    part = path.with_suffix(".part")
    image.save(part, "JPEG", quality=90, subsampling="4:2:0", progressive=progressive)
    part.rename(path)


def photograph(width: int, height: int) -> Image.Image:
    """Draw sky and ground with gradients, hard and soft edges, textures of every scale, and grain."""
    rng = np.random.default_rng(SEED)
    image = _shapes(_gradient(width, height), rng)
    pixels = np.asarray(image, dtype=np.float32)
    texture = _texture(width, height, rng)
    # Ground is rough and sky is smooth: a photograph is not equally busy everywhere.
    busy = np.linspace(0.15, 1.0, height, dtype=np.float32)[:, None]
    pixels = pixels + (texture * busy)[:, :, None]
    pixels += rng.standard_normal(pixels.shape, dtype=np.float32) * GRAIN
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _gradient(width: int, height: int) -> Image.Image:
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    planes = [70 + 110 * down + 20 * across, 120 + 40 * down - 30 * across, 200 - 130 * down + 15 * across]
    return Image.fromarray(np.stack(planes, axis=2).astype(np.uint8))


def _shapes(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Lay 150 soft shapes far away and 250 sharp ones in front, large to small."""
    for count, blurred in ((150, True), (250, False)):
        pen = ImageDraw.Draw(image)
        for index in range(count):
            _shape(pen, image.size, rng, reach=0.25 / (1 + index / 20))
        if blurred:
            image = image.filter(ImageFilter.BoxBlur(12))
    return image


def _shape(pen: ImageDraw.ImageDraw, size: tuple[int, int], rng: np.random.Generator, *, reach: float) -> None:
    x, y = rng.random(2) * size
    w, h = (rng.random(2) + 0.2) * reach * size[0]
    red, green, blue = (int(part) for part in rng.integers(10, 245, 3))
    kind = rng.integers(3)
    if kind == 0:
        pen.ellipse((x, y, x + w, y + h), fill=(red, green, blue))
    elif kind == 1:
        pen.polygon([(x, y), (x + w, y + h * 0.3), (x + w * 0.4, y + h)], fill=(red, green, blue))
    else:
        pen.line([(x, y), (x + w, y + h)], fill=(red, green, blue), width=int(1 + 12 * rng.random()))


def _texture(width: int, height: int, rng: np.random.Generator) -> Plane:
    """Add octaves of noise whose strength falls with frequency, as natural scenes have it."""
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(1, 11):
        cells = (4 * 2**octave, 3 * 2**octave)
        noise = Image.fromarray(rng.standard_normal((cells[1], cells[0]), dtype=np.float32))
        total += np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC)) * (11 / octave**0.3)
    return total
