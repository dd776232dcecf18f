"""JPEGs drawn anew for each run, so that no file of unknown origin is measured."""

from __future__ import annotations

import os
from io import BytesIO

from PIL import Image, ImageFilter


def photo(width: int, height: int) -> bytes:
    """Return a JPEG as cameras make them: smooth areas and grain."""
    rough = Image.frombytes("RGB", (24, 18), os.urandom(24 * 18 * 3)).resize((width, height), Image.Resampling.BICUBIC)
    grain = Image.effect_noise((width, height), 24).filter(ImageFilter.BoxBlur(1)).convert("RGB")
    return _jpeg(Image.blend(rough, grain, 0.3), quality=88)


def noise(width: int, height: int) -> bytes:
    """Return a JPEG that no codec makes small."""
    return _jpeg(Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)), quality=93)


def _jpeg(image: Image.Image, *, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
