"""The native resampler, which is handed Pillow's memory: as exact as Pillow, never a crash, and never missed.

What could crash runs in a child process.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.Image import Resampling

from app import imaging
from app.imaging.bands import Bands, Box
from app.imaging.native_resampler import PACKAGE, load, native_resampler
from app.imaging.resample import resample
from tests.support import drawing
from tests.support.resampling import (
    EXTREMES,
    SUPPORTS,
    Samples,
    exact,
    needs_library,
    random_box,
    random_image,
    random_size,
    shown,
)
from tests.support.work import rendered

ROOT = Path(__file__).parents[3]
JPEG = drawing.encoded(drawing.photo(120, 80), "JPEG")
RENDER = """
import logging, sys
from pathlib import Path
logging.basicConfig(format="%(message)s")
from app import imaging
from app.imaging.steps.costs import SIMD_TAP, TAP
from tests.support.work import prepared, rendered

data = Path(sys.argv[1]).read_bytes()
print(rendered(data, width=40).width, rendered(data, width=50, height=50, fit="cover", format="png").height)
print(prepared(data, width=64, format="png").cost.cpu_s)
print(imaging.engine())
"""


def in_child(code: str, *arguments: str, first: str = "") -> subprocess.CompletedProcess[str]:
    """Return how a fresh interpreter, for which warnings are errors, ran ``code``; it looks in ``first`` first."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (first, str(ROOT))))}
    environment["OPENBLAS_NUM_THREADS"] = "1"  # Python warns of a fork beside threads
    command = [sys.executable, "-W", "error", "-X", "faulthandler", "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def run_here(name: str) -> None:
    """Run the function ``name`` of this module in a child process."""
    done = in_child(f"from {__name__} import {name}; {name}()")
    assert done.returncode == 0, done.stderr


# what a resampler is called with
ResampleCall = tuple[Image.Image, Box, tuple[int, int], Resampling]


def with_pillow(image: Image.Image, box: Box, size: tuple[int, int], filter: Resampling) -> Image.Image:
    """Return what Pillow's own filter makes, with premultiplied alpha."""
    between = "RGBa" if image.mode == "RGBA" else image.mode
    return image.convert(between).resize(size, filter, box).convert(image.mode)


def columns_first(image: Image.Image, box: Box, size: tuple[int, int], filter: Resampling) -> Image.Image:
    """Return what Pillow makes with its two passes in the library's order: both clip what rings between them."""
    left, top, right, bottom = box
    between = "RGBa" if image.mode == "RGBA" else image.mode
    reduced = image.convert(between).resize((image.width, size[1]), filter, (0, top, image.width, bottom))
    return reduced.resize(size, filter, (left, 0, right, size[1])).convert(image.mode)


def resampled(*, calm: bool) -> Iterator[tuple[Samples, ResampleCall]]:
    """Yield what the library makes of images of all kinds, and what it was asked for."""
    draw, sizes = random.Random(7), iter(EXTREMES)
    for _ in range(300):
        image = random_image(draw, next(sizes, None) or random_size(draw), calm=calm)
        size, filter = random_size(draw), draw.choice(sorted(SUPPORTS))
        box = random_box(draw, image.size, filter)
        if max(size) > 300 and max(image.size) > 300:
            size = size[0] % 50 + 1, size[1] % 50 + 1
        before = image.tobytes()
        ours = resample(image, box, size, filter)
        assert image.tobytes() == before
        assert (ours.mode, ours.size) == (image.mode, size)
        yield shown(ours), (image, box, size, filter)


def apart(pairs: Iterable[tuple[Samples, Samples]]) -> Samples:
    """Return how far all samples are from those that they are compared with."""
    return np.concatenate([abs(one - other).ravel() for one, other in pairs])


def calm_images_are_pillows() -> None:
    """Compare where no filter rings beyond 0 and 255, so that nothing is clipped."""
    made = list(resampled(calm=True))
    for wanted in (lambda *asked: shown(with_pillow(*asked)), exact):
        most = np.percentile(apart((ours, wanted(*asked)) for ours, asked in made), 99.9)
        assert most <= 2, most


def wild_images_are_as_exact_as_pillows() -> None:
    """Compare where filters ring: with the passes in the same order, and errors where they are in another.

    Either is then off by up to 20 levels.
    """
    made = list(resampled(calm=False))
    most = np.percentile(apart((ours, shown(columns_first(*asked))) for ours, asked in made), 99.9)
    assert most <= 1, most
    ideals = [exact(*asked) for _, asked in made]
    error = apart((ours, ideal) for (ours, _), ideal in zip(made, ideals, strict=True))
    pillow_error = apart((shown(with_pillow(*asked)), ideal) for (_, asked), ideal in zip(made, ideals, strict=True))
    assert error.mean() <= pillow_error.mean(), (error.mean(), pillow_error.mean())
    assert np.percentile(error, 99.9) <= 1.25 * np.percentile(pillow_error, 99.9)


def pixels_on_pixels() -> None:
    """Enlarge boxes whose first or last pixel, or both, lie exactly on a pixel of the source.

    The library loses track there of what a row needs: it read outside of its memory, and took the process with it.
    """
    draw = random.Random(13)
    found: list[tuple[Samples, Samples]] = []
    while len(found) < 400:
        image = random_image(draw, (draw.randint(20, 120), draw.randint(1, 60)), calm=True)
        scale, size = draw.randint(1, 11) / 12, (draw.randint(2, 150), draw.randint(1, 120))
        long, at = size[0] * scale, draw.randint(3, image.width - 3) + 0.5
        left = at - scale / 2 if draw.random() < 0.5 else at + scale / 2 - long
        box = left, 0.0, left + long, float(image.height)
        if left < 0 or box[2] > image.width:
            continue
        ours, theirs = resample(image, box, size), with_pillow(image, box, size, Resampling.BICUBIC)
        found.append((shown(ours), shown(theirs)))
    most = np.percentile(apart(found), 99.9)
    assert most <= 2, most


def eight_threads() -> None:
    """Resample from one image, and from one for each, in eight threads at once."""
    draw = random.Random(5)
    images = [random_image(draw, (300 - 20 * index, 200 + 9 * index)) for index in range(8)]
    sizes = [(40 + 31 * index, 90 + index) for index in range(8)]

    def all_of_them(index: int) -> list[bytes]:
        pairs = [(images[index], size) for size in sizes] + [(images[0], size) for size in sizes]
        return [resample(image, (0.25, 0.5, *image.size), size).tobytes() for image, size in pairs for _ in range(5)]

    alone = [all_of_them(index) for index in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert list(pool.map(all_of_them, range(8))) == alone


def bands_make_no_difference() -> None:
    """Compare large images, which are resampled band by band, with the same made as a whole, and with Pillow's."""
    draw, native = random.Random(11), native_resampler()
    assert native
    for size in ((4200, 2100), (1100, 8192)):
        image = random_image(draw, size, calm=True).convert("RGBA")
        image.putalpha(random_image(draw, size, calm=True).convert("L"))
        for to in ((480, 240), (100, size[1] + 100)):
            for filter in (Resampling.LANCZOS, Resampling.BICUBIC):
                box = random_box(draw, size, filter)
                assert Bands.of(size, box, to), (size, to)
                made = shown(resample(image, box, to, filter))
                assert abs(made - shown(native._resampled(image, box, to, filter))).max() <= 2, (size, to, filter)
                assert np.percentile(abs(made - shown(with_pillow(image, box, to, filter))), 99.9) <= 2


def bands_take_no_copy() -> None:
    """Measure what one resize takes beside image and result: a whole copy would be 48 MB."""
    image = Image.effect_noise((4000, 3000), 60).convert("RGBA")
    image.putalpha(128)
    resample(image, (0, 0, 40, 40), (20, 20))
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    resample(image, (0, 0, 4000, 3000), (480, 360))
    assert resident("VmHWM") - before < 20_000_000


def resident(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field))


@needs_library
@pytest.mark.parametrize("check", ["bands_make_no_difference", "bands_take_no_copy"])
def test_a_large_image_with_alpha_is_resampled_in_bands(check: str) -> None:
    run_here(check)


@needs_library
@pytest.mark.parametrize(
    "check",
    ["calm_images_are_pillows", "wild_images_are_as_exact_as_pillows"],
)
def test_it_is_as_exact_as_pillow_whatever_it_is_given(check: str) -> None:
    run_here(check)


@needs_library
def test_pixels_that_lie_exactly_on_pixels_of_the_source() -> None:
    run_here("pixels_on_pixels")


def crops_enlarged_by_whole_numbers() -> None:
    """Enlarge such crops, each in a fork, whose end says which one was too much."""
    for mode, (width, height) in product(("L", "RGB", "RGBA"), ((151, 200), (155, 200), (200, 154), (303, 400))):
        if not os.fork():
            image = drawing.encoded(drawing.noise(100, 100, "RGBA").convert(mode), "PNG")
            made = rendered(image, width=width, height=height, fit="cover", upscale=True, format="png")
            os._exit((made.width, made.height) != (width, height))
        assert os.wait()[1] == 0, (mode, width, height)


def test_a_crop_that_is_enlarged_by_a_whole_number_never_ends_the_process() -> None:
    run_here("crops_enlarged_by_whole_numbers")


@needs_library
def test_eight_threads_at_once() -> None:
    run_here("eight_threads")


BOXES = (
    *((-0.1, 0, 50, 40), (0, -1e-9, 50, 40), (0, 0, 50.1, 40), (0, 0, 50, 40.000001), (0, 0, float("inf"), 40)),
    *((float("nan"), 0, 50, 40), (0, 0, float("nan"), 40), (10, 10, 10, 20), (20, 0, 10, 40), (0, 30, 50, 20)),
)


@needs_library
@pytest.mark.parametrize("box", BOXES)
def test_a_box_that_is_empty_or_leaves_the_image_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"expected a box inside .* of 50×40"):
        resample(Image.new("RGB", (50, 40)), box, (20, 20))


@needs_library
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
def test_plain_areas_keep_their_exact_color(mode: str) -> None:
    for value in range(256):
        image = Image.new(mode, (97, 53), value if mode == "L" else (value, 255 - value, 7, 255)[: len(mode)])
        for filter in SUPPORTS:
            made = resample(image, (0.3, 0, 97, 52.5), (31, 80), filter)
            assert made.getextrema() == image.getextrema(), filter


@needs_library
def test_its_name_and_version_are_in_every_cache_key() -> None:
    name = f"cykooz-resizer {metadata.version('cykooz-resizer')}"
    assert name in imaging.engine()
    assert imaging.versions()["resampler"] == name


def _package(parent: Path, library: bytes | None) -> str:
    """Return the folder of a package whose native part has these bytes."""
    folder = parent / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").touch()
    if library is not None:
        (folder / "rust_lib.so").write_bytes(library)
    return str(folder)


@pytest.mark.parametrize("library", [None, b"", b"not a library", b"\x7fELF" + bytes(600)])
def test_a_broken_library_is_not_loaded(tmp_path: Path, library: bytes | None) -> None:
    with pytest.raises((ImportError, OSError)):
        load(_package(tmp_path, library), "13.0.0")


def test_nothing_is_loaded_for_a_pillow_whose_memory_it_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(ImportError, match="does not know Pillow 14"):
        load(_package(tmp_path, b"never read"), "14.0.0")


BROKEN: Mapping[str, Callable[[bytes], bytes]] = {
    "no library": lambda real: b"not a library",
    "no class": lambda real: real.replace(b"RustResizer", b"RustResampl"),
    "no class for Pillow": lambda real: real.replace(b"PilImageWrapper", b"PilImageWrappeX"),
    "no method": lambda real: real.replace(b"set_crop_box", b"set_crop_bar"),
    # a name that is no text is a panic while the library is initialized
    "panic": lambda real: real.replace(b"RustResizer", b"RustResize\xff"),
}


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file to render."""
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    path.write_bytes(JPEG)
    return path


@pytest.fixture(scope="module")
def native_cpu_s(photo: Path) -> float:
    """Return the estimate of what is rendered with the library."""
    return float(in_child(RENDER, str(photo)).stdout.splitlines()[1])


@pytest.mark.parametrize("why", [*BROKEN, "missing"])
def test_without_it_pillow_resamples_after_one_line_in_the_log(
    tmp_path: Path, photo: Path, native_cpu_s: float, why: str
) -> None:
    native = native_resampler()
    if why in BROKEN:
        _package(tmp_path, BROKEN[why](Path(native.library.__file__).read_bytes() if native else b""))
    missing = f"import sys; sys.modules[{PACKAGE!r}] = None\n" if why == "missing" else ""
    done = in_child(missing + RENDER, str(photo), first="" if why == "missing" else str(tmp_path))
    assert done.returncode == 0, done.stderr
    sizes, cpu_s, engine = done.stdout.splitlines()
    assert sizes == "40 50"
    assert engine.endswith(f"pillow {metadata.version('pillow')}")
    assert done.stderr.count("images are resampled by Pillow, which is slower") == 1
    assert len(done.stderr.splitlines()) == 1 or why == "panic"  # which is printed by the library
    if native:
        assert float(cpu_s) > native_cpu_s


LOAD_AT_ONCE = """
import threading
from app.imaging.native_resampler import native_resampler
gate, loaded = threading.Barrier(8), []

def load():
    gate.wait()
    loaded.append(native_resampler())

threads = [threading.Thread(target=load) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(loaded), len({id(each) for each in loaded}))
"""


@needs_library
def test_threads_that_load_it_at_once_get_the_same_library() -> None:
    """As the first requests of a server do; in new processes, because one loads it once."""
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", LOAD_AT_ONCE], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert (done.stdout.split(), done.stderr) == (["8", "1"], "")
