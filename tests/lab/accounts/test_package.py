"""Zips as Lambda sees them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

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
