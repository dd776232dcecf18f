"""Draws the images that tests need, in code and from seeds: no test depends on a file of unknown origin."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

RED, GREEN, BLUE, YELLOW = (220, 30, 40), (20, 160, 60), (30, 60, 210), (240, 210, 30)


def photo(width: int, height: int, *, seed: int = 1, noise: float = 6.0) -> Image.Image:
    """Return an RGB image that codecs treat like a photograph: smooth waves of several scales, and grain."""
    drawn = _photo if width * height <= 2_000_000 else _photo.__wrapped__  # a large one is not kept in memory
    return Image.frombytes("RGB", (width, height), drawn(width, height, seed, noise))


@lru_cache(maxsize=64)
def _photo(width: int, height: int, seed: int, noise: float) -> bytes:
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pixels = np.full((height, width, 3), 128, np.float32)
    for wave in range(8):
        angle, rate = random.uniform(0, 6.28), random.uniform(0.002, 0.12)
        swing = np.sin((x * np.cos(angle) + y * np.sin(angle)) * rate)
        pixels += swing[..., None] * random.uniform(-1, 1, 3).astype(np.float32) * (40 / (1 + wave * 0.3))
    pixels += random.normal(0, noise, (height, width, 1)).astype(np.float32)
    return np.clip(pixels, 0, 255).astype(np.uint8).tobytes()


def noise(width: int, height: int, mode: str = "RGB", *, seed: int = 1) -> Image.Image:
    """Return random samples, the content that takes every codec longest."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    samples = np.random.default_rng(seed).integers(0, 256, width * height * bands, np.uint8)
    return Image.frombytes(mode, (width, height), samples.tobytes())


def quadrants(width: int = 64, height: int = 48) -> Image.Image:
    """Return red top left, green top right, blue bottom left, yellow bottom right: every orientation of it differs."""
    image = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=GREEN)
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=BLUE)
    draw.rectangle((width // 2, height // 2, width, height), fill=YELLOW)
    return image


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """Return the colors in the middle of the four quarters: top left, top right, bottom left, bottom right."""
    rgb = image.convert("RGB")
    across, down = (rgb.width // 4, 3 * rgb.width // 4), (rgb.height // 4, 3 * rgb.height // 4)
    return [channels(rgb, (x, y)) for y in down for x in across]


def channels(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    """Return the samples of one pixel, in a tuple for gray too."""
    found = image.getpixel(at)
    return found if isinstance(found, tuple) else (int(found or 0),)


def flat(*color: int, size: tuple[int, int] = (40, 30)) -> bytes:
    """Return a PNG in one color: gray, RGB or RGBA."""
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[len(color)]
    return encoded(Image.new(mode, size, color if len(color) > 1 else color[0]), "PNG")


def encoded(image: Image.Image, format: str, **settings: Any) -> bytes:
    """Return ``image`` as a file."""
    out = BytesIO()
    image.save(out, format, **settings)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    """Return the image in a file, loaded."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


def frames(data: bytes) -> list[Image.Image]:
    """Return every frame of a file as RGBA."""
    return [image.convert("RGBA") for image in _each_frame(data)]


def durations(data: bytes) -> list[float]:
    """Return how long each frame of a file shows, in milliseconds."""
    return [image.info["duration"] for image in _each_frame(data)]


def _each_frame(data: bytes) -> Iterator[Image.Image]:
    image = Image.open(BytesIO(data))
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        image.load()
        yield image


def exif(orientation: int) -> bytes:
    """Return an EXIF block that holds the orientation and nothing else."""
    directory = struct.pack("<HHHII", 1, 0x0112, 3, 1, orientation) + b"\0\0\0\0"
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + directory


def author(name: str) -> bytes:
    """Return an EXIF block with an artist, a camera, and a position that must stay private."""
    block = Image.Exif()
    block[0x010F], block[0x013B], block[0x8298] = "Camera works", name, f"(c) {name}"
    block.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)})
    block.get_ifd(0x8769).update({0x829A: IFDRational(1, 250), 0x8827: 200})
    return block.tobytes()


def position() -> bytes:
    """Return an EXIF block that says where north is and nothing else."""
    block = Image.Exif()
    block.get_ifd(0x8825).update({1: "N"})
    return block.tobytes()


def moving(size: tuple[int, int] = (40, 30), frames: int = 4) -> list[Image.Image]:
    """Return frames of a square that moves over a gray background, each unlike the one before."""
    pictures = []
    for index in range(frames):
        image = Image.new("RGB", size, (90, 90, 90))
        ImageDraw.Draw(image).rectangle((index * 6, 4, index * 6 + 9, 13), fill=(250, 40 + 20 * index, 10))
        pictures.append(image)
    return pictures


def animation(format: str, frames: Sequence[Image.Image], **settings: Any) -> bytes:
    """Return ``frames`` as one animated file; ``duration`` in milliseconds, ``loop`` as the format counts."""
    return encoded(frames[0], format, save_all=True, append_images=list(frames[1:]), **settings)


def chunk(name: bytes, payload: bytes) -> bytes:
    """Return one PNG chunk."""
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png(size: tuple[int, int], depth: int, color: int, rows: Sequence[bytes], **chunks: bytes) -> bytes:
    """Return a PNG of any depth and color type from packed ``rows``; ``chunks`` by name go before the pixels."""
    header = struct.pack(">IIBBBBB", *size, depth, color, 0, 0, 0)
    between = b"".join(chunk(name.encode(), payload) for name, payload in chunks.items())
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + between + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def with_chunk(data: bytes, name: bytes, payload: bytes) -> bytes:
    """Return the PNG ``data`` with one more chunk after its header."""
    return data[:33] + chunk(name, payload) + data[33:]


def array(image: Image.Image) -> NDArray[np.int64]:
    """Return the samples as integers that can be subtracted."""
    return np.asarray(image).astype(np.int64)


# From RGB to luma and the two differences of color (JFIF).
_YCBCR = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]).T


def ycbcr(image: Image.Image) -> NDArray[np.float64]:
    """Return luma and chroma of each pixel, not rounded."""
    samples: NDArray[np.float64] = array(image.convert("RGB")) @ _YCBCR
    return samples


def pixels(image: Image.Image) -> list[tuple[int, ...]]:
    """Return every pixel as RGBA, row by row."""
    return [tuple(pixel) for pixel in array(image.convert("RGBA")).reshape(-1, 4).tolist()]
