"""Loads the SIMD resampler of cykooz-resizer, which works in place on the memory of Pillow's images.

Only its native part is imported: the Python around it would cost a cold start 5 ms, most of them for classes that
nothing here uses. https://pypi.org/project/cykooz-resizer/
"""

from __future__ import annotations

import logging
import os
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from importlib.util import find_spec, module_from_spec
from typing import Any, Final

import msgspec
from PIL import Image
from PIL.Image import Resampling

PACKAGE: Final = "cykooz_resizer"
# Its number for a convolution, and its numbers for the filters.
_CONVOLUTION: Final = 2
_FILTERS: Final = {Resampling.LANCZOS: 5, Resampling.BICUBIC: 3, Resampling.BOX: 1}
# The modes whose samples it knows as Pillow keeps them.
MODES: Final = frozenset(("L", "RGB", "RGBA", "CMYK"))

Box = tuple[float, float, float, float]


class NativeResampler(msgspec.Struct, frozen=True):
    """The loaded library; ``name`` is its name and version."""

    name: str
    library: Any

    def resample(self, image: Image.Image, box: Box, size: tuple[int, int], filter: Resampling) -> Image.Image:
        """Return ``box`` of ``image`` in ``size``; alpha weights the colors, as Pillow's premultiplied modes do.

        The box must lie inside of the image, and the mode be one of ``MODES``.
        """
        library, (left, top, right, bottom) = self.library, box
        image.load()
        made = Image.new(image.mode, size, None)  # None leaves the memory as it is
        options = library.RustResizeOptions()
        options = options.set_resize_alg(_CONVOLUTION, _FILTERS[filter], 0)
        options = options.set_crop_box(left, top, right - left, bottom - top).set_use_alpha(image.mode == "RGBA")
        library.RustResizer().resize_pil(library.PilImageWrapper(image), library.PilImageWrapper(made), options)
        return made


@cache
def native_resampler() -> NativeResampler | None:
    """Return the library, or None, with one line in the log, where it is missing or does not load."""
    try:
        return load(find_spec(PACKAGE))
    except (ImportError, OSError) as exc:
        logging.getLogger(__name__).warning("images are resampled by Pillow, which is slower: %s", exc)
        return None


def load(package: ModuleSpec | None) -> NativeResampler:
    """Return the native part of an installed package; raises ImportError and OSError."""
    if package is None or not package.submodule_search_locations:
        raise ImportError(f"{PACKAGE} is not installed")
    folder = package.submodule_search_locations[0]
    path = next((path for name in EXTENSION_SUFFIXES if os.path.exists(path := f"{folder}/rust_lib{name}")), "")
    loader = ExtensionFileLoader(f"{PACKAGE}.rust_lib", path)
    library = module_from_spec(ModuleSpec(loader.name, loader, origin=path))
    loader.exec_module(library)
    return NativeResampler(f"{PACKAGE.replace('_', '-')} {_version(folder)}", library)


def _version(folder: str) -> str:
    """Return the version from the name of the package's metadata: importlib.metadata would cost some milliseconds."""
    names = os.listdir(os.path.dirname(folder))
    begin, end = f"{PACKAGE}-", ".dist-info"
    return next((name[len(begin) : -len(end)] for name in names if name.startswith(begin) and name.endswith(end)), "")
