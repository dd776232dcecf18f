"""Finds installed packages without importing them, and without importlib.metadata, which takes milliseconds."""

from __future__ import annotations

import os
from importlib.util import find_spec


def folder(package: str) -> str:
    """Return the directory of a package; raises ImportError."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"{package} is not installed")
    return spec.submodule_search_locations[0]


def version(distribution: str, folder: str) -> str:
    """Return the version from the name of the metadata beside a package's ``folder``, or nothing if there is none."""
    begin, end = f"{distribution}-", ".dist-info"
    names = os.listdir(os.path.dirname(folder))
    return next((name[len(begin) : -len(end)] for name in names if name.startswith(begin) and name.endswith(end)), "")
