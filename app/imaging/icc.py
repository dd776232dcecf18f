"""Converts colors by ICC profiles; imported only when there is something to convert, because it loads Little CMS."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageCms

from app.imaging.headers import icc_profile


def profile_to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return ``image``, whose mode the profile fits, in sRGB; unchanged when the profile is broken."""
    try:
        return _converted(image, _opened(profile))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def srgb_to_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Return ``image``, which is RGB or RGBA, in the colors of a profile; unchanged when nothing leads to them."""
    try:
        transform = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), _opened(profile), image.mode, image.mode)
        return transform.apply(image)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def from_lab(image: Image.Image) -> Image.Image:
    """Return an image of CIELAB samples (D50, as in TIFF and ICC) in sRGB; raises what Little CMS raises."""
    lab, srgb = (ImageCms.ImageCmsProfile(ImageCms.createProfile(space)) for space in ("LAB", "sRGB"))
    return ImageCms.buildTransform(lab, srgb, "LAB", "RGB").apply(image)


def _opened(profile: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(BytesIO(icc_profile.without_elements(profile)))


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    if image.mode == "LA":
        gray, alpha = image.split()
        return Image.merge("LA", (_converted(gray, profile), alpha))
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    # gray samples may have a profile for RGB, which takes them for three equal ones
    samples = image.convert(mode) if profile.profile.xcolor_space.strip() == "RGB" else image
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    result = ImageCms.buildTransform(profile, srgb, samples.mode, mode).apply(samples)
    return result.getchannel("G") if image.mode == "L" else result
