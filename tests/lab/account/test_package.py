"""Zips as Lambda sees them."""

from __future__ import annotations

import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.account.package import unpack
from lab.errors import SetupError
from tests.support.lab.command_line import one_line, run


def test_a_zip_sees_no_package_that_is_installed_here(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr(
            "nosy.py",
            "import importlib.util\ndef handler(event, context):\n"
            "    return [name for name in event if importlib.util.find_spec(name)]\n",
        )
    done = run("invoke", "-", "--package", str(package), "--handler", "nosy.handler", text='["flask", "PIL", "boto3"]')
    assert json.loads(done.stdout) == ["boto3"], done.stderr


def test_a_missing_or_broken_zip_is_reported_in_one_line(tmp_path: Path) -> None:
    assert "there is no package to run" in one_line(
        run("serve", "--port", "0", "--package", str(tmp_path / "none.zip"))
    )
    (tmp_path / "broken.zip").write_text("no zip")
    assert "cannot be unpacked" in one_line(run("serve", "--port", "0", "--package", str(tmp_path / "broken.zip")))


def test_one_zip_is_unpacked_once_however_often_it_is_deployed(package: Path, tmp_path: Path) -> None:
    """Containers load from where it is, so that a file of it must never be missing or half written."""
    data, directory = package.read_bytes(), tmp_path / "packages"
    with ThreadPoolExecutor(8) as pool:
        (target,) = {*pool.map(lambda _: unpack(data, directory), range(40))}
    before = {path: path.stat() for path in target.rglob("*")}
    assert unpack(data, directory) == target
    assert {path: path.stat() for path in target.rglob("*")} == before
    assert list(directory.iterdir()) == [target]
    assert target.stat().st_mode == directory.stat().st_mode


def test_a_zip_that_cannot_be_unpacked_leaves_nothing(package: Path, tmp_path: Path) -> None:
    data, directory = bytearray(package.read_bytes()), tmp_path / "packages"
    # of the content of its first file
    data[60:90] = bytes(30)
    for _ in range(2):
        with pytest.raises(SetupError, match="cannot be unpacked"):
            unpack(bytes(data), directory)
    assert not list(directory.iterdir())
