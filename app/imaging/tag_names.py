"""The names of EXIF and TIFF tags, which Pillow imports with its core and reading or writing pixels does not need.

Imported while they are postponed, it leaves their stand-ins in the package PIL, where Pillow finds them: making the
names takes a third as long as all the rest of Pillow.
"""

from __future__ import annotations

from PIL import ExifTags, TiffTags

__all__ = ["ExifTags", "TiffTags"]
