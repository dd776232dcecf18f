"""Loads the SIMD resampler of cykooz-resizer, which works in place on the memory of Pillow's images.

Only its native part is imported, because the Python around it would cost a cold start 5 ms.
https://github.com/cykooz/cykooz.resizer
"""

from __future__ import annotations

import logging
import os
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from PIL import Image
    from PIL.Image import Resampling

PACKAGE: Final = "cykooz_resizer"
# It reads Pillow's struct of an image by the offsets that these major versions have; others might crash it.
PILLOWS: Final = ("12", "13")
# The modes whose samples it knows as Pillow keeps them.
MODES: Final = frozenset(("L", "RGB", "RGBA", "CMYK"))
# Its number for a convolution, and its numbers for the filters.
_CONVOLUTION: Final = 2
_FILTERS: Final = {"LANCZOS": 5, "BICUBIC": 3, "BOX": 1}

Box = tuple[float, float, float, float]


class NativeResampler(msgspec.Struct, frozen=True):
    """The loaded library; ``name`` is its name and version."""

    name: str
    library: Any

    def resample(self, image: Image.Image, box: Box, size: tuple[int, int], filter: Resampling) -> Image.Image:
        """Return ``box`` of ``image``, whose mode is one of ``MODES``, in ``size``; alpha weights the colors.

        Raises ValueError for a box that is empty or leaves the image: the library takes some that are and do.
        """
        from PIL import Image

        library, (left, top, right, bottom) = self.library, box
        if not (0 <= left < right <= image.width and 0 <= top < bottom <= image.height):
            raise ValueError(f"expected a box inside {image.width}×{image.height}, received {box}")
        made = Image.new(image.mode, size, None)  # None leaves the memory as it is
        options = library.RustResizeOptions().set_resize_alg(_CONVOLUTION, _FILTERS[filter.name], 0)
        options = options.set_crop_box(left, top, right - left, bottom - top).set_use_alpha(image.mode == "RGBA")
        library.RustResizer().resize_pil(library.PilImageWrapper(image), library.PilImageWrapper(made), options)
        return made


@cache
def native_resampler() -> NativeResampler | None:
    """Return the library, or None, with one line in the log, where it is missing or does not load."""
    try:
        return load(_folder(PACKAGE), _version("pillow", _folder("PIL")))
    except (ImportError, OSError) as exc:
        logging.getLogger(__name__).warning("images are resampled by Pillow, which is slower: %s", exc)
        return None


def resampler() -> str:
    """Return name and version of what resamples images here."""
    native = native_resampler()
    return native.name if native else f"pillow {_version('pillow', _folder('PIL'))}"


def load(folder: str, pillow: str) -> NativeResampler:
    """Return the native part of the package in ``folder``, for this version of Pillow.

    Raises ImportError and OSError.
    """
    if pillow.partition(".")[0] not in PILLOWS:
        raise ImportError(f"{PACKAGE} does not know Pillow {pillow}")
    paths = (f"{folder}/rust_lib{suffix}" for suffix in EXTENSION_SUFFIXES)
    path = next(filter(os.path.exists, paths), f"{folder}/rust_lib")
    loader = ExtensionFileLoader(f"{PACKAGE}.rust_lib", path)
    library = module_from_spec(ModuleSpec(loader.name, loader, origin=path))
    loader.exec_module(library)
    return NativeResampler(f"cykooz-resizer {_version(PACKAGE, folder)}", library)


def _folder(package: str) -> str:
    """Return where a package is installed, without importing it; raises ImportError."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"{package} is not installed")
    return spec.submodule_search_locations[0]


def _version(distribution: str, folder: str) -> str:
    """Return the version from the name of its metadata, or nothing: importlib.metadata would cost milliseconds."""
    names = os.listdir(os.path.dirname(folder))
    begin, end = f"{distribution}-", ".dist-info"
    return next((name[len(begin) : -len(end)] for name in names if name.startswith(begin) and name.endswith(end)), "")
