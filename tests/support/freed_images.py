"""A heap like the one a busy container has: images were freed, and what is in use between them keeps their memory."""

from __future__ import annotations

from PIL import Image

_COUNT = 26
# 7.8 MB of pixels: a hole of that size is of no use to a larger image, which Pillow makes of blocks of 16 MB
_SIDE = 1400


def free_images() -> list[bytes]:
    """Draw and free 200 MB of images; return the small blocks between them, which the caller keeps."""
    images, pins = [], []
    for _ in range(_COUNT):
        images.append(Image.new("RGB", (_SIDE, _SIDE), "red"))
        # no hole that was there before is as large
        pins.append(bytes(200_000))
    return pins
