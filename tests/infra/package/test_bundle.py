"""The bytecode of all modules in one file: what goes in comes out, and what must come before it stays outside."""

from __future__ import annotations

from pathlib import Path

from app.core.imports.bundle import NAME
from infra.package.bundle import bundle_tree, opened_bundle
from tests.infra.package.conftest import Files


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    bytecode = {
        "flask/__init__.pyc": b"1",
        "flask/app.pyc": b"22",
        "app/views/__pycache__/docs.cpython-313.pyc": b"333",
    }
    stays = {"app/a/b.py": b"", "app/views/docs.py": b"", "flask/templates/a.html": b"<p>"}
    for name, data in {**bytecode, **stays}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    bundle_tree(tmp_path)
    files = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert set(files) == {*stays, NAME}
    assert opened_bundle(files, "cpython-313") == {**bytecode, **stays}


def test_what_installs_the_bundle_is_outside(package_zip: Path) -> None:
    import zipfile

    with zipfile.ZipFile(package_zip) as opened:
        outside = {name.partition("/__pycache__/")[0] for name in opened.namelist() if name.endswith(".pyc")}
        assert len([name for name in opened.namelist() if name.endswith(".pyc")]) == 5
    wsgi = {name for name in outside if name.startswith("__pycache__/wsgi.")}
    assert outside == {"app", "app/core", "app/core/imports"} | wsgi


def test_no_module_is_lost(package_files: Files) -> None:
    assert {"flask/__init__.pyc", "PIL/Image.pyc", "jinja2/environment.pyc", "certifi/core.pyc"} <= set(package_files)
