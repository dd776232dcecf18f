"""Converts the samples of any file to 8-bit gray or sRGB, with or without alpha."""

from __future__ import annotations

from typing import Any

from PIL import Image

from app.imaging.decode_errors import decoding
from app.imaging.headers import Header, icc_profile
from app.options import ResizeOptions

_CONVERTED = {"PA": "RGBA", "La": "LA", "RGBa": "RGBA", "YCbCr": "RGB"}
_WITHOUT_ALPHA = {"LA": "L", "RGBA": "RGB"}


def plain(image: Image.Image, header: Header) -> Image.Image:
    """Return the frame in a mode that can be resized: L, LA, RGB or RGBA; raises UndecodableImage.

    Converts what resizing would get wrong; the rest waits until the image is small (``to_srgb``).
    """
    if header.mixes_unlike_rgb:
        return to_srgb(image, header)
    transparency = image.info.get("transparency")
    if image.mode.startswith("I;16"):
        return _from_sixteen_bits(image, transparency)
    if image.mode == "1":
        image = image.convert("L")
    if image.mode in ("L", "RGB") and transparency is not None:
        return _with_transparent_color(image, transparency, header)
    if image.mode == "P":
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in _WITHOUT_ALPHA and not header.animated and _is_opaque(image):
        # An opaque alpha channel, as in screenshots, would be weighted, resized and encoded for nothing.
        return image.convert(_WITHOUT_ALPHA[image.mode])
    return image.convert(_CONVERTED[image.mode]) if image.mode in _CONVERTED else image


def _is_opaque(image: Image.Image) -> bool:
    # most pictures that are cut out are clear in the first row, and to look there alone costs nothing
    first = image.crop((0, 0, image.width, 1))
    return all(part.getchannel("A").getextrema() == (255, 255) for part in (first, image))


def _from_sixteen_bits(image: Image.Image, transparency: int | None) -> Image.Image:
    """Return L or LA, rounded: Pillow's own conversion would clip everything above 255 to white."""
    wide = image.convert("I")
    gray = wide.point([(value + 128) // 257 for value in range(65536)], "L")
    if transparency is None:
        return gray
    return Image.merge("LA", (gray, wide.point([255 * (value != transparency) for value in range(65536)], "L")))


def _with_transparent_color(image: Image.Image, transparency: Any, header: Header) -> Image.Image:
    """Return LA or RGBA, transparent where a sample has the value that the tRNS chunk of a PNG names.

    The chunk names it in the bit depth of the file, while the frame has 8 bits. Colors of 16 bits are found before.
    """
    if header.format == "png" and header.depth in (2, 4):
        transparency = transparency * 255 // ((1 << header.depth) - 1)
    image.info["transparency"] = transparency
    return image.convert("LA" if image.mode == "L" else "RGBA")


def to_srgb(image: Image.Image, header: Header, *, keep: bool = False) -> Image.Image:
    """Return the image as L, LA, RGB or RGBA in sRGB, without any metadata.

    ``keep`` leaves the samples of ``kept_profile`` as they are. Raises UndecodableImage.
    """
    profile = b"" if keep else _describing(image.mode, header)
    if profile and not icc_profile.is_srgb(profile):
        from app.imaging import icc

        image = icc.profile_to_srgb(image, profile)
    if image.mode == "LAB":
        from app.imaging import icc

        with decoding(header.format):
            image = icc.from_lab(image)
    if image.mode not in ("L", "LA", "RGB", "RGBA"):
        image = image.convert("RGB")
    image.info = {}
    return image


def kept_profile(mode: str, header: Header, options: ResizeOptions) -> bytes:
    """Return the profile that a result keeps: one for RGB, on samples of RGB that become no gray; otherwise empty."""
    colored = mode in ("RGB", "RGBA") and not becomes_gray(options)
    profile = _describing(mode, header)
    return profile if options.icc == "keep" and colored and icc_profile.is_for_rgb(profile) else b""


def to_kept(image: Image.Image, profile: bytes) -> Image.Image:
    """Return ``image``, which is RGB or RGBA in sRGB, in the colors of the profile that a result keeps, if any."""
    if not profile or icc_profile.is_srgb(profile):
        return image
    from app.imaging import icc

    return icc.srgb_to_profile(image, profile)


def _describing(mode: str, header: Header) -> bytes:
    """Return the profile of samples of this mode: none for those that it does not fit, or that ``plain`` converted."""
    converted = header.mixes_unlike_rgb and mode != header.mode
    return header.profile if not converted and icc_profile.fits(header.profile, mode) else b""


def becomes_gray(options: ResizeOptions) -> bool:
    """Return whether no color can be left, so that the result has one channel for it."""
    return options.grayscale and options.tint is None
