from __future__ import annotations

from pathlib import Path

import pytest

from infra.package.prune import is_unused, unreachable_libraries
from tests.support.shared_library import shared_library


def test_libraries_that_no_module_reaches_are_found(tmp_path: Path) -> None:
    (tmp_path / "some.libs").mkdir()
    (tmp_path / "module.so").write_bytes(shared_library(needed="liba.so"))
    (tmp_path / "some.libs" / "liba.so").write_bytes(shared_library(needed="libb.so"))
    (tmp_path / "some.libs" / "libb.so").write_bytes(shared_library(needed="libc.so.6"))
    (tmp_path / "some.libs" / "font.so").write_bytes(shared_library(needed="libb.so"))
    assert unreachable_libraries(tmp_path) == [tmp_path / "some.libs" / "font.so"]


@pytest.mark.parametrize("name", ["Avif", "Bmp", "Gif", "Jpeg", "Mpo", "Png", "Tiff", "WebP"])
def test_decoders_the_app_offers_are_kept(name: str) -> None:
    assert not is_unused(f"PIL/{name}ImagePlugin.py")


@pytest.mark.parametrize("name", ["PIL/EpsImagePlugin.py", "PIL/PdfImagePlugin.py", "PIL/_imagingft.x.so", "bin/flask"])
def test_files_that_never_run_are_deleted(name: str) -> None:
    assert is_unused(name)
