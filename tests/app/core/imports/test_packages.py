"""Packages are found, with their versions, without being imported."""

from __future__ import annotations

import sys
from importlib import metadata

import pytest

from app.core.imports import packages


@pytest.mark.parametrize(("package", "distribution"), [("PIL", "pillow"), ("msgspec", "msgspec")])
def test_a_version_is_that_of_the_metadata(package: str, distribution: str) -> None:
    assert packages.version(distribution, packages.folder(package)) == metadata.version(distribution)


def test_what_has_no_metadata_has_no_version() -> None:
    assert packages.version("nothing", packages.folder("PIL")) == ""


@pytest.mark.parametrize("name", ["no_such_package", "struct"])
def test_what_is_no_package_has_no_folder(name: str) -> None:
    with pytest.raises(ImportError, match=f"{name} is not installed"):
        packages.folder(name)
    assert "no_such_package" not in sys.modules
