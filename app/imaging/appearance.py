"""How an image looks, in a few bytes: its colors, a BlurHash, a tiny placeholder."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import msgspec

from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.imaging import plugins
from app.imaging.pipeline import decode_frames
from app.imaging.work import Work, prepare
from app.options import ResizeOptions

if TYPE_CHECKING:
    from PIL import Image

# Longest sides in pixels: of the image that is analyzed, and of the placeholder.
_SMALL, _PLACEHOLDER = 64, 24
_PALETTE: Final = 6


class Appearance(msgspec.Struct, frozen=True):
    """How an image looks: colors as six hex digits, commonest first; a BlurHash; a tiny image as a data URI."""

    dominant: str
    palette: list[str]
    blurhash: str
    lqip: str


def prepare_appearance(data: bytes, limits: Limits) -> Work:
    """Return the work that ``describe_appearance`` will do, with its cost; raises what ``probe`` raises."""
    return prepare(data, ResizeOptions(width=_SMALL, height=_SMALL, format="png", frames=1), limits)


def describe_appearance(work: Work, data: bytes, deadline: Deadline, stopwatch: Stopwatch) -> Appearance:
    """Return how ``data`` looks, from a decode as small as the format allows; raises what ``render`` raises."""
    from app.imaging import blurhash, draw
    from app.imaging.steps.flatten import flatten

    frame = next(decode_frames(work, data, deadline, stopwatch))
    with stopwatch.stage("resize"):
        image = draw.render_frame(draw.plan_first_frame(work, frame), frame, deadline)
        opaque = flatten(image, "ffffffff", alpha=False).convert("RGB")
        palette = _palette(opaque)
        return Appearance(palette[0], palette, blurhash.encode(opaque.tobytes(), opaque.size), _lqip(image))


def _palette(image: Image.Image) -> list[str]:
    """Return the commonest colors, the first of them the dominant one."""
    reduced = image.quantize(_PALETTE)
    counted = sorted(reduced.getcolors() or [], reverse=True)
    samples = bytes(reduced.getpalette() or ())
    return [samples[3 * index : 3 * index + 3].hex() for _, index in counted if isinstance(index, int)]


def _lqip(image: Image.Image) -> str:
    """Return a placeholder of low quality (LQIP) as a data URI."""
    from app.imaging.resample import resample

    scale = min(1.0, _PLACEHOLDER / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    small = resample(image, (0, 0, *image.size), size)
    mode = "RGBA" if small.mode in ("LA", "RGBA") else "RGB"
    body = plugins.save_image(small.convert(mode), "webp", quality=20, method=6)
    return "data:image/webp;base64," + base64.b64encode(body).decode()
