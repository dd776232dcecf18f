"""Loads the SIMD resampler of cykooz-resizer, which works in place on the memory of Pillow's images.

Only its native part is imported, because the Python around it would cost a cold start 5 ms.
https://github.com/cykooz/cykooz.resizer
"""

from __future__ import annotations

import logging
import math
import threading
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder
from importlib.util import module_from_spec
from typing import TYPE_CHECKING, Any, Final

import msgspec

from app.core.imports import packages
from app.imaging.bands import Bands, Box, Region, Size, moved

if TYPE_CHECKING:
    from PIL import Image
    from PIL.Image import Resampling

PACKAGE: Final = "cykooz_resizer"
# It reads Pillow's struct of an image by the offsets that these major versions have; others might crash it.
PILLOWS: Final = ("12", "13")
# The modes whose samples it knows as Pillow keeps them.
MODES: Final = frozenset(("L", "RGB", "RGBA", "CMYK"))
# Its numbers for a convolution, for the samples of RGBA, and for the filters.
_CONVOLUTION: Final = 2
_RGBA: Final = 4
_FILTERS: Final = {"LANCZOS": 5, "BICUBIC": 3, "BOX": 1}
# How far the first and the last pixel are moved off a pixel of the source, in pixels of the source.
_OFF_GRID: Final = 2**-30


class NativeResampler(msgspec.Struct, frozen=True):
    """The loaded library; ``name`` is its name and version."""

    name: str
    library: Any

    def resample(
        self, image: Image.Image, box: Box, size: Size, filter: Resampling, *, within: Region | None = None
    ) -> Image.Image:
        """Return ``box`` of ``image``, whose mode is one of ``MODES``, in ``size``; alpha weights the colors.

        Nothing outside of ``within`` is looked at. Raises ValueError for a box that is empty or leaves the image or
        ``within``: the library takes some that are and do.
        """
        whole = (0, 0, *image.size)
        region = left, top, right, bottom = within or whole
        across = 0 <= left <= box[0] < box[2] <= right <= image.width
        down = 0 <= top <= box[1] < box[3] <= bottom <= image.height
        if not (across and down):
            raise ValueError(f"expected a box inside {region} of {image.width}×{image.height}, received {box}")
        copies = image.mode == "RGBA" or region != whole
        bands = Bands.of((right - left, bottom - top), box, size) if copies else None
        if bands:
            return self._in_bands(image, box, size, filter, bands, region)
        if region != whole:
            image, box = image.crop(region), moved(box, region[:2])
        return self._resampled(image, box, size, filter)

    def _in_bands(
        self, image: Image.Image, box: Box, size: Size, filter: Resampling, bands: Bands, region: Region
    ) -> Image.Image:
        from PIL import Image

        made, axis = Image.new(image.mode, size, None), bands.axis
        side = region[1 - axis], region[3 - axis]
        scale = (box[2 + axis] - box[axis]) / size[axis]
        for begin in range(0, size[axis], bands.size):
            end = min(begin + bands.size, size[axis])
            near, far = box[axis] + begin * scale, min(box[axis] + end * scale, box[2 + axis])
            first = max(region[axis], math.floor(near) - bands.margin)
            last = min(region[axis + 2], math.ceil(far) + bands.margin)
            left, top, right, bottom = bands.box((begin, end), (0, size[1 - axis]))
            band = image.crop(bands.box((first, last), side))
            part = bands.box((near - first, far - first), (box[1 - axis] - side[0], box[3 - axis] - side[0]))
            made.paste(
                self._resampled(band, part, (int(right - left), int(bottom - top)), filter), (int(left), int(top))
            )
        return made

    def _resampled(self, image: Image.Image, box: Box, size: Size, filter: Resampling) -> Image.Image:
        from PIL import Image

        made = Image.new(image.mode, size, None)  # None leaves the memory as it is
        options = _options(self.library, _off_grid(box, size), filter.name, alpha=image.mode == "RGBA")
        wrapped = self.library.PilImageWrapper
        self.library.RustResizer().resize_pil(wrapped(image), wrapped(made), options)
        return made


def _off_grid(box: Box, size: Size) -> Box:
    """Return the box, moved by a billionth of a pixel if an end pixel of an enlarged row lies on one of the source.

    Version 4.0.1 drops weights that are exactly 0, as the bicubic ones of all neighbors then are, and takes what is
    left for all that the row needs. The pixel beside it needs more, so the library reads outside of its memory.
    """
    left, top, right, bottom = box
    half = (right - left) / size[0] / 2
    if half < 0.501:
        if abs(off := math.remainder(left + half - 0.5, 1)) < _OFF_GRID / 2:
            left += _OFF_GRID - off
        if abs(off := math.remainder(right - half - 0.5, 1)) < _OFF_GRID / 2:
            right -= _OFF_GRID + off
    return left, top, right, bottom


def _options(library: Any, box: Box, filter: str, *, alpha: bool) -> Any:
    """Return the library's own options."""
    left, top, right, bottom = box
    options = library.RustResizeOptions().set_resize_alg(_CONVOLUTION, _FILTERS[filter], 0)
    return options.set_crop_box(left, top, right - left, bottom - top).set_use_alpha(alpha)


# the library starts a pool of threads when it is loaded, and panics when two threads of ours load it at once
_LOADING: Final = threading.Lock()


def native_resampler() -> NativeResampler | None:
    """Return the library, or None, with one line in the log, where it is missing or does not load."""
    with _LOADING:
        return _loaded_once()


@cache
def _loaded_once() -> NativeResampler | None:
    try:
        return load(packages.folder(PACKAGE), _pillow())
    except BaseException as exc:
        # a panic of Rust is no Exception, so that nobody catches it by chance
        if not isinstance(exc, Exception) and type(exc).__name__ != "PanicException":
            raise
        logging.getLogger(__name__).warning("images are resampled by Pillow, which is slower: %s", exc)
        return None


@cache
def resampler() -> str:
    """Return name and version of what resamples images here, found once: every cache key has it."""
    native = native_resampler()
    return native.name if native else f"pillow {_pillow()}"


def _pillow() -> str:
    return packages.version("pillow", packages.folder("PIL"))


def load(folder: str, pillow: str) -> NativeResampler:
    """Return the native part of the package in ``folder``, for this version of Pillow, once it has resampled.

    Raises ImportError and OSError, and whatever a library raises that is damaged or is another than expected.
    """
    if pillow.partition(".")[0] not in PILLOWS:
        raise ImportError(f"{PACKAGE} does not know Pillow {pillow}")
    spec = FileFinder(folder, (ExtensionFileLoader, EXTENSION_SUFFIXES)).find_spec("rust_lib")
    if spec is None or spec.loader is None:
        raise ImportError(f"{PACKAGE} has no library for this Python")
    library = module_from_spec(spec)
    spec.loader.exec_module(library)
    _try_out(library)
    return NativeResampler(f"cykooz-resizer {packages.version(PACKAGE, folder)}", library)


def _try_out(library: Any) -> None:
    """Resample a small image of the library's own, for which nothing has to import Pillow yet.

    Raises AttributeError where a class or a method is missing, ImportError for a wrong result.
    """
    color = bytes((200, 100, 50, 255))
    whole, half = library.Image(4, 4, _RGBA, 16 * color), library.Image(2, 2, _RGBA, None)
    library.RustResizer().resize(whole, half, _options(library, (0, 0, 4, 4), "LANCZOS", alpha=True))
    if half.buffer() != 4 * color:
        raise ImportError(f"{PACKAGE} does not resample as expected")
    # what handles Pillow's images needs one to be called
    _ = library.PilImageWrapper, library.RustResizer.resize_pil
