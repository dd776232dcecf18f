"""For each option a request that shows what it does, and the same request without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app import options

# what an option needs beside it to be seen, and another value than that of its description
_BESIDE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("width", "height"), ""),
    **{"aspect": "width=160", "upscale": "width=200&crop=150,60,100,80", "dpr": "width=80"},
    **{"fit": "width=120&height=120", "focal": "width=90&height=120&fit=cover"},
    **{"gravity": "width=90&height=120&fit=cover", "background": "width=120&height=120&fit=contain"},
    **dict.fromkeys(("watermark_gravity", "watermark_opacity", "watermark_scale"), "width=160&watermark=ID"),
    **{"lossless": "width=160&format=webp", "progressive": "width=160&format=jpeg", "quality": "width=160"},
    **dict.fromkeys(("page", "frames"), "width=160"),
}
_VALUES: Final[Mapping[str, str]] = {
    **{"width": "120", "height": "80", "gravity": "west", "focal": "0.2,0.5", "crop": "150,60,240,160"},
    **{"watermark": "ID", "watermark_gravity": "northwest", "background": "gold", "quality": "10"},
    **{"tint": "704214", "trim": "10", "max_bytes": "1500", "blur": "3", "pad": "8", "rotate": "30"},
}
_USUAL: Final = "width=160"


def value_of(name: str) -> str:
    """Return the value that the example of an option has; ``ID`` stands for a stored image."""
    return _VALUES.get(name, options.describe(name).example)


def query_of(name: str, *, without: bool = False) -> str:
    """Return the options of the example, or of the request ``without`` the option in question."""
    beside = _BESIDE.get(name, _USUAL)
    own = "" if without else f"{name}={value_of(name)}"
    return "&".join(filter(None, (beside, own)))
