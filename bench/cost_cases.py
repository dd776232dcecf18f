"""The rows of the cost model's table: every format read and written, every step, and sizes from small to large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

ID: Final = "0" * 32


class Case(msgspec.Struct, frozen=True):
    """One row: a source, and options for it."""

    source: str
    wanted: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return the row's words."""
        shown = {name: "…" if name == "watermark" else value for name, value in self.wanted.items()}
        return f"{self.source} → " + " ".join(f"{name}={value}" for name, value in shown.items())


# What is read, by name of the file that bench/cost_sources.py draws.
READ: Final = (
    *("rgb.jpg", "progressive.jpg", "fine.jpg", "cmyk.jpg", "grey.jpg", "profile.jpg"),
    *("rgb.png", "rgba.png", "grey16.png", "p.png", "la.png", "1.png"),
    *("rgb.webp", "rgba.webp", "rgb.avif", "rgba.avif", "rgb.tif", "rgb.bmp", "p.gif"),
    *("large.jpg", "large.png"),
)
WRITTEN: Final = ("jpeg", "png", "webp", "avif", "gif", "tiff")
# As wide as the encoder's own limit of pixels lets a square be, or 12 MP.
WIDEST: Final = {"avif": 2800}
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
    {"watermark": ID, "watermark_scale": 1},
    {"fit": "contain", "width": 900, "height": 500},
    {**BOX, "gravity": "attention"},
    {**BOX, "gravity": "entropy"},
)
CASES: Final = (
    *(Case("rgb.jpg", {"format": name}) for name in WRITTEN),
    *(Case("rgba.png", {"format": name}) for name in WRITTEN),
    *(Case("rgba.png", {"format": name, "width": 300}) for name in WRITTEN),
    *(Case("rgb.jpg", {"format": n, "width": WIDEST.get(n, 3500), "upscale": True}) for n in WRITTEN),
    *(Case("enlarged.png", {"format": name}) for name in WRITTEN),
    *(Case(source, {"width": 480, "format": "jpeg"}) for source in READ),
    *(Case(source, {"height": 60}) for source in ("rgb.jpg", "rgba.png", "rgba.webp", "p.gif")),
    *(Case("rgb.jpg", {"format": "jpeg", **step}) for step in STEPS),
    *(Case("rgba.png", {"format": "png", **step}) for step in STEPS),
    Case("rgb.jpg", {"format": "webp", "lossless": True}),
    Case("rgba.png", {"format": "webp", "lossless": True, "width": 800}),
    Case("rgb.jpg", {"format": "jpeg", "max_bytes": 400_000, "width": 1000}),
    Case("rgb.jpg", {"format": "webp", "max_bytes": 400_000, "width": 1000}),
    Case("rgb.jpg", {"format": "avif", "max_bytes": 150_000, "width": 500}),
    Case("rgb.jpg", {"format": "webp", "quality": 100}),
    Case("rgb.jpg", {"format": "avif", "quality": 90}),
    *(Case("moving.gif", {"format": name}) for name in ("gif", "webp", "png", "avif")),
    *(Case(f"moving.{name}", {"format": name, "height": 100}) for name in ("webp", "png", "avif")),
    Case("moving.gif", {"format": "gif", "brightness": 2, "blur": 3}),
    Case("moving.webp", {"format": "webp", "page": 5, "frames": 3}),
)
