"""What can be told of an image: from its header at once, and how it looks from one small decode."""

from __future__ import annotations

import base64
import math
import struct
from typing import TYPE_CHECKING, Any, Final

import msgspec

from app.config import Limits
from app.deadline import Deadline, Stopwatch
from app.errors import UndecodableImage
from app.imaging import metadata
from app.imaging.codecs import plugins
from app.imaging.codecs.decode_errors import decoding
from app.imaging.headers import png
from app.imaging.headers.probe import Header, probe
from app.imaging.pipeline import Work, decoded, prepare
from app.options import ResizeOptions

if TYPE_CHECKING:
    from PIL import Image

# What a page may be told of how a picture was taken: name, where EXIF keeps it, tag.
_BASE, _DETAILS, _GPS = 0, 0x8769, 0x8825
_TOLD: Final = (
    ("make", _BASE, 0x010F),
    ("model", _BASE, 0x0110),
    ("software", _BASE, 0x0131),
    ("artist", _BASE, 0x013B),
    ("copyright", _BASE, 0x8298),
    ("taken", _DETAILS, 0x9003),
    ("exposure_s", _DETAILS, 0x829A),
    ("f_number", _DETAILS, 0x829D),
    ("iso", _DETAILS, 0x8827),
    ("focal_length_mm", _DETAILS, 0x920A),
    ("lens", _DETAILS, 0xA434),
)
_SMALL: Final = 64
_COLOURS: Final = 6
_PLACEHOLDER: Final = 24


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one image. Sizes are upright, in pixels; ``duration`` of an animation in milliseconds.

    ``mode`` is the decoder's name for the samples, ``icc`` the name of the colour profile.
    """

    format: str
    width: int
    height: int
    frames: int
    duration: float
    orientation: int
    alpha: bool
    mode: str
    icc: str | None
    bytes: int
    exif: dict[str, Any]


class Look(msgspec.Struct, frozen=True):
    """How an image looks: colours as six hex digits, commonest first; a BlurHash; a tiny image as a data URI."""

    dominant: str
    palette: list[str]
    blurhash: str
    lqip: str


def describe(data: bytes, limits: Limits, *, position: bool = False) -> Info:
    """Return what the header tells; ``position`` adds where the picture was taken. Raises what ``probe`` raises."""
    header = probe(data, limits)
    return Info(
        format=header.format,
        width=header.width,
        height=header.height,
        frames=header.frames,
        duration=header.duration,
        orientation=header.orientation,
        alpha=header.alpha,
        mode=header.mode,
        icc=_profile_name(data, header) if header.icc else None,
        bytes=header.bytes,
        exif=_exif(data, header, position=position),
    )


def prepare_look(data: bytes, limits: Limits) -> Work:
    """Return the work that ``look`` will do, with its cost; raises what ``probe`` raises."""
    return prepare(data, ResizeOptions(width=_SMALL, height=_SMALL, format="png", frames=1), limits)


def look(work: Work, data: bytes, deadline: Deadline, stopwatch: Stopwatch) -> Look:
    """Return how ``data`` looks, from a decode as small as the format allows; raises what ``render`` raises."""
    from app.imaging import blurhash, draw

    frame = next(decoded(work, data, deadline, stopwatch))
    with stopwatch.stage("resize"):
        image = draw.render_frame(work, draw.plan_first_frame(work, frame), frame)
        seen = _over_white(image)
        palette = _palette(seen)
        return Look(palette[0], palette, blurhash.encode(seen.tobytes(), seen.size), _lqip(image))


def _over_white(image: Image.Image) -> Image.Image:
    from app.imaging.steps import canvas

    return canvas.flatten(image, background="ffffffff", alpha=False).convert("RGB")


def _palette(image: Image.Image) -> list[str]:
    """Return the commonest colours, the first of them the dominant one."""
    reduced = image.quantize(_COLOURS)
    counted = sorted(reduced.getcolors() or [], reverse=True)
    samples = bytes(reduced.getpalette() or ())
    return [samples[3 * index : 3 * index + 3].hex() for _, index in counted if isinstance(index, int)]


def _lqip(image: Image.Image) -> str:
    small = image.copy()
    small.thumbnail((_PLACEHOLDER, _PLACEHOLDER))
    mode = "RGBA" if small.mode in ("LA", "RGBA") else "RGB"
    body = plugins.save_image(small.convert(mode), "webp", quality=20, method=6)
    return "data:image/webp;base64," + base64.b64encode(body).decode()


def _profile_name(data: bytes, header: Header) -> str | None:
    """Return the description in the profile; None when it has none that can be read (ICC.1:2022, 9.2.41)."""
    try:
        with decoding(header.format):
            image = plugins.open_image(png.trim(data) if header.trimmed else data, header.format)
            profile: bytes = image.info.get("icc_profile") or b""
        return _description(profile)
    except (UndecodableImage, struct.error, ValueError):
        return None


def _description(profile: bytes) -> str | None:
    (count,) = struct.unpack_from(">I", profile, 128)
    for index in range(min(count, 100)):
        name, at, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        if name == b"desc":
            return _text(profile[at : at + size])
    return None


def _text(tag: bytes) -> str | None:
    if tag[:4] == b"mluc":
        length, at = struct.unpack_from(">II", tag, 20)
        text = tag[at : at + length].decode("utf-16-be", "replace")
    else:
        (length,) = struct.unpack_from(">I", tag, 8)
        text = tag[12 : 12 + length].decode("ascii", "replace")
    return text.strip("\0 ")[:200] or None


def _exif(data: bytes, header: Header, *, position: bool) -> dict[str, Any]:
    """Return what may be told, by its name here; broken EXIF tells nothing."""
    try:
        block = metadata.block(data, header)
        return _told(block, position=position) if block else {}
    except (UndecodableImage, *metadata.BROKEN):
        return {}


def _told(block: bytes, *, position: bool) -> dict[str, Any]:
    from PIL import Image

    exif = Image.Exif()
    exif.load(block)
    parts: dict[int, Any] = {_BASE: exif, _DETAILS: exif.get_ifd(_DETAILS)}
    found = {name: _plain(parts[part].get(tag)) for name, part, tag in _TOLD}
    told = {name: value for name, value in found.items() if value is not None}
    where = _position(exif.get_ifd(_GPS)) if position else {}
    return {**told, "gps": where} if where else told


def _plain(value: Any) -> str | float | None:
    """Return text without what ends it, or a number that JSON can hold."""
    if isinstance(value, bytes):
        return None
    if isinstance(value, str):
        return value.encode(errors="replace").decode().strip("\0 ")[:200] or None
    if isinstance(value, tuple):
        value = value[0] if value else None
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (int(number) if number.is_integer() else round(number, 6)) if math.isfinite(number) else None


def _position(gps: dict[int, Any]) -> dict[str, float]:
    """Return latitude, longitude and altitude in degrees and metres (CIPA DC-008, 4.6.6)."""
    found = {"latitude": _degrees(gps.get(2), gps.get(1), "S"), "longitude": _degrees(gps.get(4), gps.get(3), "W")}
    height = _plain(gps.get(6))
    if isinstance(height, int | float):
        found["altitude_m"] = -height if gps.get(5) in (1, b"\x01") else height
    return {name: value for name, value in found.items() if value is not None}


def _degrees(parts: Any, side: Any, negative: str) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    numbers = [_plain(part) for part in parts]
    if not all(isinstance(number, int | float) for number in numbers):
        return None
    value = sum(float(number or 0) / (1, 60, 3600)[place] for place, number in enumerate(numbers))
    return round(-value if side == negative else value, 6)
