"""Reads HEIC with the optional pillow-heif: imported only for HEIC content, and only where the package is.

The decoder turns and mirrors as the container asks and sets the orientation in its EXIF to 1, so that nothing is
turned twice; it converts ten and twelve bits to eight, shows the primary picture, and refuses one whose pixels are
not of the size that its header promised.
"""

from __future__ import annotations

from io import BytesIO

from PIL import ImageFile


def opened(data: bytes) -> ImageFile.ImageFile:
    """Return the primary picture with its header read; raises SyntaxError and whatever else the decoder raises."""
    from pillow_heif import HeifImageFile, options

    # Nothing here looks at these, and each may be as large as the picture.
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    return HeifImageFile(BytesIO(data), "")  # type: ignore[no-untyped-call]
