"""Imports modules from one file with the bytecode of all of them, which a package for Lambda has.

Finding, opening and reading a file for each of two hundred modules is a twentieth of a cold start or more.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Final

NAME: Final = "modules.bin"
# of the index that the file begins with, in bytes; the length is a number of so many bytes itself
LENGTH_BYTES: Final = 8
# a .pyc begins with its magic number, flags, and the hash of its source: https://peps.python.org/pep-0552/
PYC_HEADER: Final = 16

# from the name of a module to its path in the package, and where its .pyc begins in the file and how long it is
Index = Mapping[str, tuple[str, int, int]]


def install(folder: str) -> None:
    """Let imports find the modules of the bundle in ``folder``, if there is one."""
    try:
        file = os.open(f"{folder}/{NAME}", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    length = int.from_bytes(os.read(file, LENGTH_BYTES), "big")
    index = marshal.loads(os.read(file, length))  # noqa: S302  # a part of this package, as its bytecode is
    sys.meta_path.insert(0, BundleFinder(folder, file, index, LENGTH_BYTES + length))


class BundleFinder:
    """Finds the modules of ``index`` in the open ``file``, where bytecode begins at ``start``."""

    def __init__(self, folder: str, file: int, index: Index, start: int) -> None:
        self._folder = folder
        self._file_name = f"{folder}/{NAME}"
        self._file = file
        self._index = index
        self._start = start

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module of the bundle, None for any other."""
        if name not in self._index:
            return None
        inside, offset, size = self._index[name]
        location = f"{self._folder}/{inside}"
        loader = BundleLoader(name, location, self._file, self._start + offset, size)
        # what importlib.util.spec_from_file_location does, without a look at paths that are known
        spec = ModuleSpec(name, loader, origin=location)
        spec.has_location = True
        spec.cached = self._file_name
        if location.endswith("/__init__.py"):
            spec.submodule_search_locations = [os.path.dirname(location)]
        return spec


class BundleLoader(SourceFileLoader):
    """Loads one module from its bytecode; its source and the files beside it are where they always are."""

    def __init__(self, name: str, path: str, file: int, offset: int, size: int) -> None:
        super().__init__(name, path)
        self._place = file, size - PYC_HEADER, offset + PYC_HEADER

    def get_code(self, fullname: str) -> CodeType:
        """Return the module's code."""
        code: CodeType = marshal.loads(os.pread(*self._place))  # noqa: S302
        return code
