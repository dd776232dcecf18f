"""Draws noise, the content that costs every codec most, in every format and mode that is read."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

from app.imaging.headers.color_space import from_code_points
from bench.cost_model import variants
from bench.sources.formats import DISPLAY_P3

FRAMES = 12


def draw(folder: Path, *, side: int) -> Path:
    """Write squares with sides of ``side`` pixels, animations with a fifth of it and large images with three times it.

    Returns ``folder``.
    """
    rng = np.random.default_rng(7)
    rgba = Image.fromarray(rng.integers(0, 256, (side, side, 4), np.uint8))
    rgb = rgba.convert("RGB")
    _jpegs(folder, rgb)
    _pngs(folder, rgba, rgb)
    Image.fromarray(rng.integers(0, 65536, (side, side), np.uint16)).save(folder / "grey16.png", compress_level=1)
    for name, image in (("rgb", rgb), ("rgba", rgba)):
        image.save(folder / f"{name}.webp", method=0)
        image.save(folder / f"{name}.avif", speed=10)
    _heics(folder, rgba, rgb)
    rgb.save(folder / "rgb.tif")
    rgb.save(folder / "rgb.bmp")
    (folder / "masks.bmp").write_bytes(_masked_bmp(rng.integers(0, 1 << 16, (side, side), "<u2")))
    rgb.convert("P").save(folder / "p.gif")
    # neither rough nor smooth, where encoders search longest
    rgb.resize((side // 4, side // 4)).resize((side, side), Image.Resampling.BICUBIC).save(folder / "enlarged.png")
    _animate(folder, rng, side // 5)
    variants.draw(folder, rgba, rgb)
    return folder


def _jpegs(folder: Path, rgb: Image.Image) -> None:
    rgb.save(folder / "rgb.jpg", quality=90)
    rgb.save(folder / "profile.jpg", quality=90, icc_profile=from_code_points(*DISPLAY_P3))
    rgb.save(folder / "progressive.jpg", quality=80, progressive=True)
    rgb.save(folder / "fine.jpg", quality=40, progressive=True, subsampling="4:4:4")
    rgb.convert("CMYK").save(folder / "cmyk.jpg", quality=90)
    rgb.convert("L").save(folder / "grey.jpg", quality=90)
    _larger(rgb).save(folder / "large.jpg", quality=40)


def _pngs(folder: Path, rgba: Image.Image, rgb: Image.Image) -> None:
    images = {"rgb": rgb, "rgba": rgba, "p": rgb.convert("P"), "la": rgba.convert("LA"), "1": rgb.convert("1")}
    for name, image in images.items():
        image.save(folder / f"{name}.png", compress_level=1)
    # eight colors, because a file of plain noise of that size would be larger than a source may be
    large = _larger(rgb.quantize(8).convert("RGB"))
    large.save(folder / "large.png", compress_level=1)
    large.save(folder / "profile.png", compress_level=1, icc_profile=from_code_points(*DISPLAY_P3))
    few = rgba.quantize(8).convert("RGBA").crop((0, 0, rgba.width // 2, rgba.height // 2))
    wide = Image.new("RGBA", (50 * few.width, few.height))
    for index in range(50):
        wide.paste(few, (index * few.width, 0))
    wide.putalpha(wide.getchannel("R"))
    wide.save(folder / "wide.png", compress_level=1)


def _heics(folder: Path, rgba: Image.Image, rgb: Image.Image) -> None:
    settings = {"quality": 50, "enc_params": {"preset": "ultrafast"}}
    deep = (np.asarray(rgb).astype(np.uint16) << 8).tobytes()
    pillow_heif.from_pillow(rgb).save(folder / "rgb.heic", **settings)
    pillow_heif.from_pillow(rgb).save(folder / "tiles.heic", tile_size=512, **settings)
    pillow_heif.from_pillow(rgba).save(folder / "rgba.heic", **settings)
    pillow_heif.from_pillow(rgba).save(folder / "clear-tiles.heic", tile_size=512, **settings)
    pillow_heif.from_bytes("RGB;16", rgb.size, deep).save(folder / "deep.heic", **settings)


def _masked_bmp(pixels: np.ndarray[tuple[int, int], np.dtype[np.uint16]]) -> bytes:
    """Return a BMP of 16 bits a pixel, four for each color and four for alpha, which are unpacked one by one."""
    height, width = pixels.shape
    info = struct.pack("<IiiHHI20x4I", 40, width, height, 1, 16, 6, 0xF00, 0xF0, 0xF, 0xF000)
    begin = 14 + len(info)
    return struct.pack("<2sI4xI", b"BM", begin + pixels.nbytes, begin) + info + pixels.tobytes()


def _larger(image: Image.Image) -> Image.Image:
    return image.resize((3 * image.width, 3 * image.height), Image.Resampling.NEAREST)


def _animate(folder: Path, rng: np.random.Generator, side: int) -> None:
    frames = [Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8)) for _ in range(FRAMES)]
    for format, settings in (
        ("gif", {}),
        ("webp", {"method": 0}),
        ("png", {"compress_level": 1}),
        ("avif", {"speed": 10}),
    ):
        path = folder / f"moving.{format}"
        frames[0].save(path, format, save_all=True, append_images=frames[1:], duration=50, **settings)
