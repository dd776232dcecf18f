"""The cases of the cost model: every format read and written, every step, and sizes from small to large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

# any id does: the engine is given the watermark's bytes and never looks it up
WATERMARK_ID: Final = "0" * 32


class CostCase(msgspec.Struct, frozen=True):
    """One row of the table: the file names of a source and of the watermark that options ask for."""

    source: str
    options: Mapping[str, Any]
    watermark: str = "rgba.png"

    @property
    def name(self) -> str:
        """Return the source and the options as one text."""
        shown = {name: self.watermark if name == "watermark" else value for name, value in self.options.items()}
        return f"{self.source} → " + " ".join(f"{name}={value}" for name, value in shown.items())


# the sources of every format and mode that is read, as bench/cost_model/noise.py names them
READ: Final = (
    *("rgb.jpg", "progressive.jpg", "fine.jpg", "cmyk.jpg", "grey.jpg", "profile.jpg"),
    *("rgb.png", "rgba.png", "grey16.png", "p.png", "la.png", "1.png"),
    *("rgb.webp", "rgba.webp", "rgb.avif", "rgba.avif", "rgb.tif", "rgb.bmp", "masks.bmp", "p.gif"),
    *("rgb.heic", "rgba.heic", "deep.heic", "tiles.heic", "clear-tiles.heic"),
    *("large.jpg", "large.png"),
    *("scans.jpg", "lossless.avif", "strip.tif", "runs.bmp", "hidden.png"),
)
WRITTEN: Final = ("jpeg", "png", "webp", "avif", "gif", "tiff")
# 12 MP when square, but fewer pixels for an encoder with a lower limit
MAX_WIDTHS: Final = {"avif": 2800}
BOX: Final = {"fit": "cover", "width": 900, "height": 900}
STEPS: Final[tuple[dict[str, Any], ...]] = (
    {"brightness": 1.5},
    {"contrast": 1.5},
    {"saturation": 1.5},
    {"grayscale": True},
    {"tint": "704214"},
    {"pixelate": 2},
    {"blur": 20},
    {"sharpen": 2},
    {"radius": "max"},
    {"pad": 500},
    {"crop": "10,10,700,700"},
    {"rotate": 33},
    {"rotate": 90},
    {"flip": True, "flop": True},
    {"trim": 10},
    {"watermark": WATERMARK_ID, "watermark_scale": 1},
    {"fit": "contain", "width": 900, "height": 500},
    {**BOX, "gravity": "attention"},
    {**BOX, "gravity": "entropy"},
)
CASES: Final = (
    *(CostCase("rgb.jpg", {"format": name}) for name in WRITTEN),
    *(CostCase("rgba.png", {"format": name}) for name in WRITTEN),
    *(CostCase("rgba.png", {"format": name, "width": 300}) for name in WRITTEN),
    *(CostCase("rgb.jpg", {"format": n, "width": MAX_WIDTHS.get(n, 3500), "upscale": True}) for n in WRITTEN),
    *(CostCase("enlarged.png", {"format": name}) for name in WRITTEN),
    *(CostCase(source, {"width": 480, "format": "jpeg"}) for source in READ),
    *(CostCase(source, {"height": 60}) for source in ("rgb.jpg", "rgba.png", "rgba.webp", "p.gif")),
    *(CostCase("rgb.jpg", {"format": "jpeg", **step}) for step in STEPS),
    *(CostCase("rgba.png", {"format": "png", **step}) for step in STEPS),
    CostCase("exif.png", {"format": "jpeg"}),
    CostCase("exif.png", {"format": "avif", "metadata": "all"}),
    # a palette repeats its colors, which makes an encoder search
    CostCase("p.png", {"format": "tiff"}),
    # each larger than what it is laid over, and one so wide that it is resampled in bands beside each other
    *(
        CostCase("rgb.jpg", {"format": "jpeg", "width": 480, "watermark": WATERMARK_ID}, watermark)
        for watermark in ("large.png", "profile.png", "wide.png", "cmyk.jpg")
    ),
    CostCase("wide.png", {"format": "png", "width": 480}),
    CostCase("wide.png", {"format": "png", **BOX, "gravity": "attention"}),
    CostCase("la.png", {"format": "png", "rotate": 90}),
    CostCase("rgba.png", {"format": "png", "grayscale": True, "background": "ff000080"}),
    # backgrounds around a picture, and under a larger canvas than the picture's own
    CostCase("rgb.jpg", {"format": "png", "width": 1000, "pad": 1000, "background": "ff000080"}),
    CostCase("rgba.png", {"format": "jpeg", "pad": 1000}),
    CostCase("rgb.bmp", {"format": "png", "rotate": 90, "pad": 300, "background": "ff000080", "radius": 50}),
    # the watermark is still there while what it was drawn on is laid on a background
    *(
        CostCase(source, {"format": "png", "watermark": WATERMARK_ID, "watermark_scale": 1, "background": "ff000080"})
        for source in ("rgba.png", "la.png")
    ),
    CostCase("rgb.jpg", {"format": "webp", "lossless": True}),
    CostCase("rgba.png", {"format": "webp", "lossless": True, "width": 800}),
    CostCase("rgb.jpg", {"format": "jpeg", "max_bytes": 400_000, "width": 1000}),
    CostCase("rgb.jpg", {"format": "webp", "max_bytes": 400_000, "width": 1000}),
    CostCase("rgb.jpg", {"format": "avif", "max_bytes": 150_000, "width": 500}),
    CostCase("rgb.jpg", {"format": "webp", "quality": 100}),
    CostCase("rgb.jpg", {"format": "avif", "quality": 90}),
    *(CostCase("moving.gif", {"format": name}) for name in ("gif", "webp", "png", "avif")),
    *(CostCase(f"moving.{name}", {"format": name, "height": 100}) for name in ("webp", "png", "avif")),
    CostCase("moving.gif", {"format": "gif", "brightness": 2, "blur": 3}),
    CostCase("moving.webp", {"format": "webp", "page": 5, "frames": 3}),
)
