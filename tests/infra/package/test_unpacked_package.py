"""The unpacked package runs by itself under the runtime's Python, from a directory it cannot write to."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from infra.package.archive import contents_digest, read_tree
from infra.package.interpreters import Interpreter
from tests.support import drawing, first_image, heic, later_uses
from tests.support.import_log import recompiled_sources
from tests.support.on_lambda import packaged

_BUNDLED = """
import sys
sys.path.insert(0, {tree!r})
from app.core.imports import bundle
bundle.install({tree!r})
"""

_HEALTHZ = """
import wsgi
from werkzeug.test import Client
answer = Client(wsgi.app).get("/healthz", base_url="http://localhost")
loaders = [getattr(module.__spec__, "loader", None) for module in list(sys.modules.values())]
print(answer.status_code, answer.text.strip(), sum(type(loader).__name__ == "BundleLoader" for loader in loaders) > 100)
"""

_CODECS = """
from io import BytesIO
from PIL import Image, ImageCms, ImageDraw, features
image = Image.radial_gradient("L").convert("RGB")
for format in ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP"):
    Image.init()
    out = BytesIO()
    image.save(out, format)
    Image.open(BytesIO(out.getvalue())).load()
for compression in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "zstd", "lzma"):
    out = BytesIO()
    image.save(out, "TIFF", compression=compression)
    Image.open(BytesIO(out.getvalue())).load()
for first in (image, image.convert("L")):
    out = BytesIO()
    first.save(out, "MPO", save_all=True, append_images=[image])
    assert Image.open(BytesIO(out.getvalue())).n_frames == 2
srgb = ImageCms.createProfile("sRGB")
ImageCms.profileToProfile(image, srgb, ImageCms.createProfile("LAB"), outputMode="LAB")
print(features.check("avif"), features.check("webp"), features.check("freetype2"))
"""

_HEIC = """
import hashlib, sys
from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline
from app.imaging.codecs.heic import decode
data = open(sys.argv[-1], "rb").read()
header = imaging.verify(data, Limits(), Deadline.after(60))
print(header.format, header.tiles, hashlib.sha256(decode(data).tobytes()).hexdigest())
print(sys.modules["pi_heif"].__file__)
"""

_IMPORT_APP = """
import app, importlib, pkgutil
for module in pkgutil.walk_packages(app.__path__, "app."):
    importlib.import_module(module.name)
"""

_LIBRARIES = """
import importlib.metadata, warnings
warnings.simplefilter("error")
import apig_wsgi, flask, msgspec.json, requests
requests.get  # it warns when the charset detector is missing
print(importlib.metadata.version("flask"), importlib.metadata.version("werkzeug"))
"""


def _run(tree: Path, python: Interpreter, code: str, *, storage: Path) -> subprocess.CompletedProcess[str]:
    """Run ``code`` verbosely with only the tree on sys.path, and check that it wrote nothing there."""
    before = contents_digest(read_tree(tree))
    done = subprocess.run(
        [python.path, "-v", "-S", "-c", _BUNDLED.format(tree=str(tree)) + code],
        cwd=storage,
        env={"MONOLAMBDA_STORAGE": str(storage / "images"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    output = [line for line in done.stderr.splitlines() if not re.match("#|import ", line)]
    assert done.returncode == 0, "\n".join(output)
    assert contents_digest(read_tree(tree)) == before
    return done


def test_a_request_is_answered_from_the_packages_bytecode(
    unpacked_package: Path, package_python: Interpreter, tmp_path: Path
) -> None:
    done = _run(unpacked_package, package_python, _HEALTHZ, storage=tmp_path)
    assert done.stdout == "200 ok True\n"
    assert recompiled_sources(done.stderr, unpacked_package) == []


def test_a_module_without_bytecode_would_be_noticed(
    unpacked_package: Path, package_python: Interpreter, tmp_path: Path
) -> None:
    (tmp_path / "lonely.py").write_text("")
    done = _run(
        unpacked_package, package_python, f"sys.path.append({str(tmp_path)!r}); import lonely", storage=tmp_path
    )
    assert recompiled_sources(done.stderr, tmp_path) == [str(tmp_path / "lonely.py")]


def test_every_codec_the_app_offers_works(unpacked_package: Path, package_python: Interpreter, tmp_path: Path) -> None:
    done = _run(unpacked_package, package_python, _CODECS, storage=tmp_path)
    assert done.stdout == "True True False\n"


def test_libraries_import_without_warnings(unpacked_package: Path, package_python: Interpreter, tmp_path: Path) -> None:
    done = _run(unpacked_package, package_python, _LIBRARIES, storage=tmp_path)
    assert re.fullmatch(r"3\.\d+\.\d+ 3\.\d+\.\d+\n", done.stdout)
    assert recompiled_sources(done.stderr, unpacked_package) == []


def test_every_module_of_the_app_imports(unpacked_package: Path, package_python: Interpreter, tmp_path: Path) -> None:
    """Nothing that the app imports at the top of a module was deleted from the package."""
    _run(unpacked_package, package_python, _IMPORT_APP, storage=tmp_path)


def test_a_heic_is_decoded_by_the_stripped_libraries(
    unpacked_package: Path, package_python: Interpreter, tmp_path: Path
) -> None:
    data = heic.tiled(drawing.photo(192, 128), 64)
    (tmp_path / "photo.heic").write_bytes(data)
    code = _HEIC.replace("sys.argv[-1]", repr(str(tmp_path / "photo.heic")))
    done = _run(unpacked_package, package_python, code, storage=tmp_path)
    digest = hashlib.sha256(heic.decoded(data).tobytes()).hexdigest()
    assert done.stdout.split() == ["heic", "6", digest, f"{unpacked_package}/pi_heif/__init__.py"]


def test_a_first_image_loads_what_is_pinned(
    unpacked_package: Path, package_python: Interpreter, tmp_path: Path
) -> None:
    of_packages, others = first_image.loaded(packaged(unpacked_package, package_python), tmp_path)
    assert of_packages == first_image.pinned()
    assert others - first_image.known() == set()


@pytest.fixture(scope="module")
def used(
    unpacked_package: Path, package_python: Interpreter, tmp_path_factory: pytest.TempPathFactory
) -> later_uses.Results:
    return later_uses.results(packaged(unpacked_package, package_python), tmp_path_factory.mktemp("later"))


@pytest.mark.parametrize("use", later_uses.USES)
def test_what_waited_works_in_the_package(use: str, used: later_uses.Results) -> None:
    """Nothing that such a use imports was deleted from the package."""
    assert used.get(use) in ((200, True), (201, True))
