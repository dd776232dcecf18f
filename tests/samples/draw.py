"""Draws the sample files with libvips, ImageMagick and FFmpeg, and notes the pixels that libvips reads in them.

None of it comes from Pillow, which the tests judge. Run once with a Python that has numpy and pyvips, and with
``convert`` and ``ffmpeg`` on the path: ``python tests/samples/draw.py``. The files are committed; other versions of the
programs draw others.
"""

from __future__ import annotations

import json
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FOLDER: Final = Path(__file__).parent
SIZE: Final = (240, 160)
SMALL: Final = (96, 64)
# where pixels are compared, in shares of width and height: the mean of the block around each
POINTS: Final = ((0.1, 0.12), (0.5, 0.12), (0.9, 0.12), (0.15, 0.5), (0.5, 0.4), (0.85, 0.5), (0.1, 0.88), (0.9, 0.88))
REACH: Final = 2

vips: Any = import_module("pyvips")


def scene(size: tuple[int, int] = SIZE, *, at: float = 0.0) -> NDArray[np.float64]:
    """Return a sky over hills with a sun and grain, as RGB of 0..1; no two corners are alike. ``at`` moves the sun."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    sky = np.stack([0.35 + 0.4 * y, 0.5 + 0.3 * x, 0.95 - 0.4 * y], axis=2)
    land = np.stack([0.2 + 0.5 * x, 0.55 - 0.3 * x + 0.2 * y, 0.15 + 0.2 * y], axis=2)
    hills = y > 0.6 + 0.08 * np.sin(9 * x) + 0.03 * np.sin(31 * x + 1)
    picture = np.where(hills[..., None], land, sky)
    sun = np.hypot(x - 0.7 + at, (y - 0.28) * height / width) < 0.09
    picture[sun] = (0.98, 0.9, 0.5)
    grain = np.random.default_rng(7).normal(0, 0.012, (height, width, 1))
    return np.asarray(np.clip(picture + grain, 0, 1))


def image(samples: NDArray[np.float64], *, bits: int = 8) -> Any:
    """Return the samples as an image of libvips, in sRGB or gray."""
    kind = np.uint8 if bits == 8 else np.uint16
    whole = np.rint(samples * (2**bits - 1)).astype(kind)
    found = vips.Image.new_from_array(whole)
    name = ("b-w" if found.bands < 3 else "srgb") if bits == 8 else ("grey16" if found.bands < 3 else "rgb16")
    return found.copy(interpretation=name)


def with_alpha(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the samples with an alpha that rises from left to right."""
    ramp = np.linspace(0.1, 1, samples.shape[1])[None, :].repeat(samples.shape[0], axis=0)
    return np.concatenate([samples, ramp[..., None]], axis=2)


def exif(orientation: int, thumbnail: bytes = b"") -> bytes:
    """Return the APP1 segment of a camera, big-endian, with a thumbnail in its second directory."""
    texts = {0x010F: b"Samples\0", 0x0110: b"Drawn 1\0"}
    entries = [(0x0112, 3, 1, struct.pack(">HH", orientation, 0))]
    begin = 8 + 2 + 12 * (len(texts) + 1) + 4
    heap = b"".join(texts.values())
    for index, tag in enumerate(texts):
        entries.append((tag, 2, 8, struct.pack(">I", begin + 8 * index)))
    second = begin + len(heap) if thumbnail else 0
    blob = b"MM\0*" + struct.pack(">I", 8) + _directory(entries, second) + heap
    if thumbnail:
        offset = second + 2 + 12 * 3 + 4
        rows = [(0x0103, 3, 1, struct.pack(">HH", 6, 0))]
        rows += [(0x0201, 4, 1, struct.pack(">I", offset)), (0x0202, 4, 1, struct.pack(">I", len(thumbnail)))]
        blob += _directory(rows, 0) + thumbnail
    return b"\xff\xe1" + struct.pack(">H", 8 + len(blob)) + b"Exif\0\0" + blob


def _directory(entries: list[tuple[int, int, int, bytes]], following: int) -> bytes:
    rows = b"".join(struct.pack(">HHI", tag, kind, count) + value for tag, kind, count, value in sorted(entries))
    return struct.pack(">H", len(entries)) + rows + struct.pack(">I", following)


def camera(orientation: int, *, thumbnail: bool) -> bytes:
    """Return a JPEG as a camera stores it when it is held in another way: Exif directly after the beginning."""
    turns = {3: -2, 6: 1, 8: -1}
    stored = np.rot90(scene(), turns[orientation]).copy()
    body = image(stored).jpegsave_buffer(Q=85, strip=True)
    # of another scene, so that a reader which shows the thumbnail is noticed
    small = image(1 - scene((80, 53))).jpegsave_buffer(Q=60, strip=True) if thumbnail else b""
    return bytes(body[:2] + exif(orientation, small) + _without_jfif(body[2:]))


def _without_jfif(body: bytes) -> bytes:
    return body[2 + int.from_bytes(body[2:4], "big") :] if body[:2] == b"\xff\xe0" else body


def converted(*arguments: str, to: str) -> bytes:
    """Return what ImageMagick makes of the scene."""
    command = ["convert", "png:-", *arguments, f"{to}:-"]
    return bytes(subprocess.run(command, input=image(scene()).pngsave_buffer(), capture_output=True, check=True).stdout)


def filmed(*arguments: str, frames: int = 1, size: tuple[int, int] = SIZE) -> bytes:
    """Return what FFmpeg makes of the scene, or of a sun that moves through it."""
    moving = b"".join(np.rint(scene(size, at=0.06 * index) * 255).astype(np.uint8).tobytes() for index in range(frames))
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", "10", "-i", "-"]
    with tempfile.TemporaryDirectory() as folder:  # the number of frames stands before them, so a pipe will not do
        path = Path(folder, "film")
        subprocess.run(["ffmpeg", "-v", "error", *raw, "-bitexact", *arguments, str(path)], input=moving, check=True)
        return path.read_bytes()


def p3() -> bytes:
    """Return a JPEG in Display P3, with the profile that libvips carries."""
    wide = image(scene()).icc_transform("p3", input_profile="srgb")
    return bytes(wide.jpegsave_buffer(Q=90, profile="p3"))


def animated_webp() -> bytes:
    """Return six frames as one WebP, lossy."""
    tall = vips.Image.arrayjoin([image(scene(SMALL, at=0.06 * index)) for index in range(6)], across=1)
    tall = tall.copy()
    tall.set_type(vips.GValue.gint_type, "page-height", SMALL[1])
    tall.set_type(vips.GValue.array_int_type, "delay", [100, 120, 140, 160, 180, 200])
    tall.set_type(vips.GValue.gint_type, "loop", 3)
    return bytes(tall.webpsave_buffer(Q=75))


def jpeg(samples: NDArray[np.float64], **settings: Any) -> bytes:
    """Return the samples as libvips writes them, without any metadata."""
    return bytes(image(samples).jpegsave_buffer(strip=True, **settings))


def sampled(factors: str) -> bytes:
    """Return a JPEG of ImageMagick whose components have these sizes."""
    return converted("-sampling-factor", factors, "-quality", "88", to="jpg")


def by_libvips() -> Mapping[str, bytes]:
    """Return the files that libvips writes."""
    small, clear = image(scene(SMALL)), image(with_alpha(scene(SMALL)))
    return {
        "progressive-420.jpg": jpeg(scene(), Q=85, interlace=True, subsample_mode="on"),
        "baseline-444.jpg": jpeg(scene(), Q=90, subsample_mode="off"),
        "restart-420.jpg": jpeg(scene(), Q=80, restart_interval=4),
        "gray.jpg": jpeg(scene().mean(axis=2), Q=85),
        "p3.jpg": p3(),
        "orientation-3.jpg": camera(3, thumbnail=False),
        "orientation-6.jpg": camera(6, thumbnail=True),
        "orientation-8.jpg": camera(8, thumbnail=True),
        "16-bit.png": image(scene(SMALL), bits=16).pngsave_buffer(bitdepth=16),
        "16-bit-gray.png": image(scene(SMALL).mean(axis=2), bits=16).pngsave_buffer(bitdepth=16),
        "interlaced.png": clear.pngsave_buffer(interlace=True),
        "alpha.webp": image(with_alpha(scene())).webpsave_buffer(Q=80, alpha_q=90),
        "lossless.webp": small.webpsave_buffer(lossless=True),
        "10-bit.avif": image(scene(), bits=16).heifsave_buffer(Q=65, compression="av1", bitdepth=10),
        "lzw.tif": small.tiffsave_buffer(compression="lzw", predictor="horizontal"),
        "tiled.tif": small.tiffsave_buffer(tile=True, tile_width=32, tile_height=32),
        "film.webp": animated_webp(),
    }


def by_imagemagick() -> Mapping[str, bytes]:
    """Return the files that ImageMagick writes."""
    return {
        "sampling-411.jpg": sampled("4x1,1x1,1x1"),
        "sampling-440.jpg": sampled("1x2,1x1,1x1"),
        "palette.png": converted("-resize", "96x64!", "-dither", "None", "-colors", "64", to="png8"),
        "24-bit.bmp": converted("-resize", "96x64!", to="bmp3"),
    }


def by_ffmpeg() -> Mapping[str, bytes]:
    """Return the files that FFmpeg writes, with encoders of its own."""
    return {
        "ffmpeg-422.jpg": filmed("-c:v", "mjpeg", "-pix_fmt", "yuvj422p", "-q:v", "3", "-f", "mjpeg"),
        "film.gif": filmed("-f", "gif", "-loop", "2", frames=6, size=SMALL),
        "film.png": filmed("-c:v", "apng", "-f", "apng", "-plays", "2", frames=4, size=(48, 32)),
    }


def read(name: str, data: bytes) -> Any:
    """Return the file as libvips reads it, upright and in sRGB; a BMP, which it does not read, from ImageMagick."""
    if name.endswith(".bmp"):
        data = subprocess.run(["convert", "bmp:-", "png:-"], input=data, capture_output=True, check=True).stdout
    found = vips.Image.new_from_buffer(data, "").autorot()
    if found.get_typeof("icc-profile-data"):
        found = found.icc_transform("srgb")
    if found.format == "ushort":
        found = (found >> 8).cast("uchar")
    return found


def noted(name: str, data: bytes) -> dict[str, Any]:
    """Return size, bands and the mean samples, 0..255, at each of the points."""
    found = read(name, data)
    pixels = []
    for across, down in POINTS:
        x, y = int(across * found.width), int(down * found.height)
        block = found.crop(x - REACH, y - REACH, 2 * REACH + 1, 2 * REACH + 1)
        pixels.append([x, y, [round(block[band].avg(), 2) for band in range(found.bands)]])
    return {"width": found.width, "height": found.height, "pixels": pixels}


def draw() -> None:
    """Write every file, and what libvips reads in it."""
    notes = {}
    for program, files in {"libvips": by_libvips(), "ImageMagick": by_imagemagick(), "FFmpeg": by_ffmpeg()}.items():
        for name, data in files.items():
            (FOLDER / name).write_bytes(data)
            notes[name] = {"drawn_by": program, "bytes": len(data), **noted(name, data)}
    (FOLDER / "pixels.json").write_text(json.dumps(notes, indent=1) + "\n")


if __name__ == "__main__":
    draw()
