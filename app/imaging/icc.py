"""Applies embedded color profiles; imported only when an image has one, because it loads Little CMS."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageCms

# The color space signature in the header of a profile, by mode: ICC.1:2022, table 19.
_SPACES = {"L": b"GRAY", "LA": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB ", "CMYK": b"CMYK"}


def profile_to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return ``image`` in sRGB; unchanged when the profile is sRGB already, broken, or for another color space."""
    if profile[16:20] != _SPACES.get(image.mode) or _is_srgb(profile):
        return image
    try:
        return _converted(image, ImageCms.ImageCmsProfile(BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def from_lab(image: Image.Image) -> Image.Image:
    """Return an image of CIELAB samples (D50, as in TIFF and ICC) in sRGB; raises what Little CMS raises."""
    lab, srgb = (ImageCms.ImageCmsProfile(ImageCms.createProfile(space)) for space in ("LAB", "sRGB"))
    return ImageCms.buildTransform(lab, srgb, "LAB", "RGB").apply(image)


def _is_srgb(profile: bytes) -> bool:
    """Return whether the profile names itself sRGB, as those of most cameras and phones do."""
    return b"sRGB" in profile[:3144] or "sRGB".encode("utf-16-be") in profile[:3144]


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    if image.mode == "LA":
        gray, alpha = image.split()
        return Image.merge("LA", (_converted(gray, profile), alpha))
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    srgb = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(profile, ImageCms.ImageCmsProfile(srgb), image.mode, mode)
    result = transform.apply(image)
    # A gray profile only bends the tone curve, so the three channels are equal.
    return result.getchannel(0) if image.mode == "L" else result
