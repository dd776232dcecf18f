"""Draws an image that is as hard to code as a photograph, and the JPEG files made from it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from measurement.stamps import build_once, stamp

WIDTH, HEIGHT = 4000, 3000
SEED = 480
# other pictures are made from the photograph, and drawn again with it
DRAWN_BY = stamp(Path(__file__).read_text())
# standard deviation of the grain, as of a small sensor: with it the file is as large as that of a real photograph
GRAIN = 5.0


class SourceFiles(msgspec.Struct, frozen=True):
    """One photograph as JPEG, quality 90 and 4:2:0: 12 MP in both codings, 1000×750, and 64×48 to load codecs."""

    baseline: Path
    progressive: Path
    small: Path
    tiny: Path

    def describe(self) -> dict[str, str]:
        """Return size and hash of each file, by which others can tell whether they drew the same."""
        return {
            path.stem: f"{path.stat().st_size} bytes, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
            for path in (self.baseline, self.progressive, self.small)
        }


def draw(folder: Path) -> SourceFiles:
    """Write the files into a folder below ``folder``, unless this code has drawn them before."""
    folder = folder / "photograph"
    paths = {name: folder / f"{name}.jpg" for name in ("baseline", "progressive", "small", "tiny")}

    def build() -> None:
        folder.mkdir(exist_ok=True)
        image = photograph(WIDTH, HEIGHT)
        _save(image, paths["baseline"], progressive=False)
        _save(image, paths["progressive"], progressive=True)
        _save(image.resize((1000, 750), Image.Resampling.LANCZOS), paths["small"], progressive=False)
        _save(image.resize((64, 48), Image.Resampling.LANCZOS), paths["tiny"], progressive=False)

    build_once(folder, DRAWN_BY, build)
    return SourceFiles(**paths)


def _save(image: Image.Image, path: Path, *, progressive: bool) -> None:
    image.save(path, "JPEG", quality=90, subsampling="4:2:0", progressive=progressive)


def photograph(width: int, height: int) -> Image.Image:
    """Draw gradients, soft and hard edges, textures of every scale, and grain; the same image for the same size."""
    rng = np.random.default_rng(SEED)
    image = _shapes(_gradient(width, height), rng)
    pixels = np.asarray(image, dtype=np.float32)
    texture = _texture(width, height, rng)
    # a photograph has smooth and rough parts, as sky and ground
    roughness = np.linspace(0.15, 1.0, height, dtype=np.float32)[:, None]
    pixels = pixels + (texture * roughness)[:, :, None]
    pixels += rng.standard_normal(pixels.shape, dtype=np.float32) * GRAIN
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _gradient(width: int, height: int) -> Image.Image:
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    planes = [70 + 110 * down + 20 * across, 120 + 40 * down - 30 * across, 200 - 130 * down + 15 * across]
    return Image.fromarray(np.stack(planes, axis=2).astype(np.uint8))


def _shapes(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Draw 150 blurred shapes as background and 250 sharp ones over them, from large to small."""
    for count, blurred in ((150, True), (250, False)):
        pen = ImageDraw.Draw(image)
        for index in range(count):
            _shape(pen, image.size, rng, scale=0.25 / (1 + index / 20))
        if blurred:
            image = image.filter(ImageFilter.BoxBlur(12))
    return image


def _shape(pen: ImageDraw.ImageDraw, size: tuple[int, int], rng: np.random.Generator, *, scale: float) -> None:
    x, y = rng.random(2) * size
    w, h = (rng.random(2) + 0.2) * scale * size[0]
    red, green, blue = (int(part) for part in rng.integers(10, 245, 3))
    kind = rng.integers(3)
    if kind == 0:
        pen.ellipse((x, y, x + w, y + h), fill=(red, green, blue))
    elif kind == 1:
        pen.polygon([(x, y), (x + w, y + h * 0.3), (x + w * 0.4, y + h)], fill=(red, green, blue))
    else:
        pen.line([(x, y), (x + w, y + h)], fill=(red, green, blue), width=int(1 + 12 * rng.random()))


def _texture(width: int, height: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return octaves of noise whose amplitude falls with frequency, as in natural scenes."""
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(1, 11):
        cells = (4 * 2**octave, 3 * 2**octave)
        noise = Image.fromarray(rng.standard_normal((cells[1], cells[0]), dtype=np.float32))
        total += np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC)) * (11 / octave**0.3)
    return total
