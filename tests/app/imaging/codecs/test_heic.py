"""A HEIC is decoded to the very samples that another libheif finds, whatever phones and cameras put around them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app import imaging
from app.core.deadline import Deadline
from app.imaging.codecs.heic import decode
from app.imaging.orientation import from_exif
from app.imaging.steps.resize import oriented
from tests.app.imaging.test_icc import SPACES, cube, difference, exact, middles
from tests.app.imaging.test_orientation import STORED, near
from tests.support import drawing, heic, profiles
from tests.support.drawing import BLUE, GREEN, RED, YELLOW
from tests.support.work import LIMITS, picture, rendered

PHOTO = drawing.photo(192, 128, noise=20)
CLEAR = drawing.noise(192, 128, "RGBA")
DEEP = np.random.default_rng(3).integers(0, 65536, (96, 128, 4), np.uint16)


def with_alpha(kind: bytes = heic.ALPHA, *more: heic.Reference) -> bytes:
    """Return a picture with a layer of its own for alpha."""
    alpha = heic.with_properties(heic.coded(CLEAR.getchannel("A")), heic.auxiliary(kind))
    return heic.file([heic.coded(CLEAR.convert("RGB")), alpha], [(b"auxl", 2, (1,)), *more])


def with_small_alpha(size: tuple[int, int], cut: bytes = b"", tile: int = 0) -> bytes:
    """Return a picture whose alpha, which rises to the right and to the bottom, is stored in fewer pixels."""
    whole = Image.fromarray(np.add.outer(np.arange(128) // 2, np.arange(192)).astype(np.uint8))
    alpha = heic.with_properties(heic.coded(whole.resize(size, Image.Resampling.BOX)), heic.auxiliary(heic.ALPHA))
    if not tile:
        color = heic.with_properties(heic.coded(PHOTO), *([cut] if cut else []))
        return heic.file([color, alpha], [(b"auxl", 2, (1,))])
    boxes = [(x, y, x + tile, y + tile) for y in range(0, 128, tile) for x in range(0, 192, tile)]
    joined = heic.grid((192, 128), 192 // tile, 128 // tile, *([cut] if cut else []))
    tiles = [heic.coded(PHOTO.crop(box)) for box in boxes]
    return heic.file([joined, alpha, *tiles], [(b"auxl", 2, (1,)), (b"dimg", 1, tuple(range(3, 3 + len(tiles))))])


def tiled_with_alpha(tile: int) -> bytes:
    """Return a grid whose alpha is another grid."""
    columns, rows = 192 // tile, 128 // tile
    areas = [(x * tile, y * tile, (x + 1) * tile, (y + 1) * tile) for y in range(rows) for x in range(columns)]
    alpha = heic.grid((192, 128), columns, rows, heic.auxiliary(heic.ALPHA))
    colors = [heic.coded(CLEAR.convert("RGB").crop(area)) for area in areas]
    alphas = [heic.coded(CLEAR.getchannel("A").crop(area)) for area in areas]
    first = 3 + len(areas)
    references = [
        (b"dimg", 1, tuple(range(3, first))),
        (b"dimg", 2, tuple(range(first, first + len(areas)))),
        (b"auxl", 2, (1,)),
    ]
    return heic.file([heic.grid((192, 128), columns, rows), alpha, *colors, *alphas], references)


FILES: Mapping[str, bytes] = {
    "color": heic.encoded(PHOTO),
    "gray": heic.encoded(PHOTO.convert("L")),
    "alpha": heic.encoded(CLEAR),
    "odd sides": heic.encoded(PHOTO.crop((0, 0, 97, 71))),
    "odd sides and alpha": heic.encoded(CLEAR.crop((0, 0, 97, 71))),
    "smaller than a block": heic.encoded(PHOTO.crop((0, 0, 5, 3))),
    "4:2:2": heic.encoded(PHOTO, chroma=422),
    "4:4:4": heic.encoded(PHOTO, chroma=444),
    "limited range": heic.encoded(PHOTO, full_range_flag=0, matrix_coefficients=1),
    "10 bits": heic.deep(DEEP[..., :3], bits=10),
    "12 bits": heic.deep(DEEP[..., :3], bits=12, chroma=444),
    "10 bits and alpha": heic.deep(DEEP, bits=10),
    "12 bits, gray": heic.deep(DEEP[..., :1], bits=12),
    "tiles": heic.tiled(PHOTO, 64),
    "tiles over the edges": heic.tiled(PHOTO.crop((0, 0, 150, 99)), 64),
    "one tile": heic.tiled(PHOTO.crop((0, 0, 100, 90)), 128),
    "gray tiles": heic.tiled(PHOTO.convert("L"), 64),
    "tiles by pillow-heif": heic.encoded(PHOTO, tile_size=64),
    "a layer of alpha": with_alpha(),
    "alpha by its older name": with_alpha(b"urn:mpeg:hevc:2015:auxid:1"),
    "alpha that is multiplied in": with_alpha(heic.ALPHA, (b"prem", 1, (2,))),
    "alpha in tiles": tiled_with_alpha(64),
}


@pytest.mark.parametrize("name", FILES)
def test_samples_are_those_of_another_libheif(name: str) -> None:
    data = FILES[name]
    ours = decode(data).convert("RGBA") if "multiplied" in name else decode(data)
    theirs = heic.decoded(data)
    assert (ours.mode, ours.size) == (theirs.mode, theirs.size)
    assert np.array_equal(drawing.array(ours), drawing.array(theirs))
    assert imaging.verify_cost(imaging.probe(data, LIMITS)).cpu_s > 0


# lossless: nothing is rounded, and red, green and blue are coded as they are
EXACT = {"quality": -1, "chroma": 444, "matrix_coefficients": 0}


def eight_bits(samples: NDArray[np.uint16]) -> Image.Image:
    """Return the picture of the highest bits of these samples."""
    return Image.fromarray((samples >> 8).astype(np.uint8).squeeze())


ORIGINALS: Mapping[str, tuple[bytes, Image.Image]] = {
    "color": (heic.encoded(PHOTO, **EXACT), PHOTO),
    "gray": (heic.encoded(PHOTO.convert("L"), **EXACT), PHOTO.convert("L")),
    "alpha": (heic.encoded(CLEAR, **EXACT), CLEAR),
    "odd sides": (heic.encoded(CLEAR.crop((0, 0, 97, 71)), **EXACT), CLEAR.crop((0, 0, 97, 71))),
    "10 bits": (heic.deep(DEEP[..., :3], bits=10, **EXACT), eight_bits(DEEP[..., :3])),
    "12 bits and alpha": (heic.deep(DEEP, bits=12, **EXACT), eight_bits(DEEP)),
    "12 bits, gray": (heic.deep(DEEP[..., :1], bits=12, **EXACT), eight_bits(DEEP[..., :1])),
    "tiles over the edges": (heic.tiled(PHOTO.crop((0, 0, 150, 99)), 64, **EXACT), PHOTO.crop((0, 0, 150, 99))),
}


@pytest.mark.parametrize("name", ORIGINALS)
def test_samples_are_those_that_were_coded_without_loss(name: str) -> None:
    """The other libheif could have the same flaw."""
    data, original = ORIGINALS[name]
    assert decode(data).mode == original.mode
    assert np.array_equal(drawing.array(decode(data)), drawing.array(original))


@pytest.mark.parametrize("name", ["color", "4:2:2", "4:4:4", "limited range", "tiles", "tiles by pillow-heif"])
def test_samples_are_close_to_those_that_were_coded_with_loss(name: str) -> None:
    assert np.abs(drawing.array(decode(FILES[name])) - drawing.array(PHOTO)).mean() < 4


@pytest.mark.parametrize("size", [(96, 64), (64, 64), (192, 64), (94, 126), (190, 128)])
@pytest.mark.parametrize("area", [None, (64, 64, 64, 64), (11, 7, 101, 90)])
@pytest.mark.parametrize("tile", [0, 64])
def test_alpha_in_fewer_pixels_covers_the_picture(
    size: tuple[int, int], area: tuple[int, int, int, int] | None, tile: int
) -> None:
    """The other libheif repeats pixels of the alpha, where ours lie between them: at most one stored pixel apart."""
    data = with_small_alpha(size, heic.aperture(PHOTO.size, *area) if area else b"", tile)
    ours, theirs = decode(data), heic.decoded(with_small_alpha(size, tile=tile))
    left, top, width, height = area or (0, 0, *PHOTO.size)
    cut = theirs.crop((left, top, left + width, top + height))
    assert ours.size == cut.size == imaging.probe(data, LIMITS).stored_size
    assert np.array_equal(drawing.array(ours.convert("RGB")), drawing.array(cut.convert("RGB")))
    apart = np.abs(drawing.array(ours.getchannel("A")) - drawing.array(cut.getchannel("A")))
    assert apart.max() <= 2 + 192 / size[0] + 64 / size[1]
    assert apart.mean() <= 1 + 192 / size[0] / 4 + 64 / size[1] / 4
    assert picture(data, format="png").getchannel("A").getextrema() == ours.getchannel("A").getextrema()


def test_a_photograph_becomes_a_jpeg() -> None:
    header = imaging.verify(FILES["color"], LIMITS, Deadline.after(60))
    assert (header.format, header.width, header.height, header.frames) == ("heic", 192, 128, 1)
    assert rendered(FILES["color"]).format == "jpeg"
    assert np.abs(drawing.array(picture(FILES["color"], format="png")) - drawing.array(PHOTO)).mean() < 12


@pytest.mark.parametrize(("mode", "result"), [("L", "L"), ("RGBA", "RGBA")])
def test_gray_and_transparent_pixels(mode: str, result: str) -> None:
    shown = picture(heic.encoded(Image.new(mode, (64, 48), (90, 90, 90, 0) if mode == "RGBA" else 90), quality=90))
    assert shown.mode == result
    if mode == "RGBA":
        assert shown.getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(orientation: int) -> None:
    """Phones say it twice: in the file, which counts, and in EXIF."""
    transpose = STORED[orientation]
    upright = drawing.quadrants()
    lying = upright if transpose is None else upright.transpose(transpose)
    data = heic.encoded(lying, quality=95, exif=drawing.exif(orientation))
    assert imaging.probe(data, LIMITS).orientation == orientation
    shown = picture(data, format="png")
    assert shown.size == (64, 48)
    assert near(shown, RED, GREEN, BLUE, YELLOW)
    again = rendered(data, format="jpeg", metadata="all")
    assert imaging.probe(again.body, LIMITS).orientation == 1


@pytest.mark.parametrize("first", [heic.rotation(quarters) for quarters in range(4)])
@pytest.mark.parametrize("second", [b"", heic.mirror(0), heic.mirror(1)])
@pytest.mark.parametrize("tile", [0, 64])
def test_what_turns_the_picture_is_applied_in_its_order(first: bytes, second: bytes, tile: int) -> None:
    image = drawing.quadrants(192, 128)
    for turns in ((first, second), (second, first)):
        properties = [each for each in turns if each]
        whole = heic.file([heic.with_properties(heic.coded(image), *properties)])
        data = heic.tiled(image, tile, *properties) if tile else whole
        header = imaging.probe(data, LIMITS)
        ours, theirs = oriented(decode(data), from_exif(header.orientation)), heic.decoded(data)
        assert (header.width, header.height) == theirs.size
        assert np.array_equal(drawing.array(ours), drawing.array(theirs))
        assert picture(data, format="png").size == theirs.size


def test_what_exif_says_of_the_orientation_is_not_applied() -> None:
    exif = heic.Item(b"Exif", bytes(4) + drawing.exif(6)[6:])
    data = heic.file([heic.coded(drawing.quadrants(128, 64)), exif], [(b"cdsc", 2, (1,))])
    assert imaging.probe(data, LIMITS).orientation == 1
    assert picture(data).size == heic.decoded(data).size == (128, 64)


@pytest.mark.parametrize(
    "area", [(10, 6, 100, 80), (0, 0, 191, 127), (65, 65, 127, 63), (190, 126, 1, 1), (64, 64, 64, 64)]
)
@pytest.mark.parametrize("tile", [0, 64])
def test_only_the_clean_aperture_is_shown(area: tuple[int, int, int, int], tile: int) -> None:
    left, top, width, height = area
    cut = heic.aperture(PHOTO.size, *area)
    data = heic.tiled(PHOTO, tile, cut) if tile else heic.file([heic.with_properties(heic.coded(PHOTO), cut)])
    uncut = heic.tiled(PHOTO, tile) if tile else heic.file([heic.coded(PHOTO)])
    shown = decode(data)
    assert shown == decode(uncut).crop((left, top, left + width, top + height))
    # The other one cuts 4:2:0 before it is RGB, which moves its chroma by half a sample where the cut is odd.
    assert np.abs(drawing.array(shown) - drawing.array(heic.decoded(data))).max() <= (8 if left % 2 else 0)
    assert picture(data, format="png").size == (width, height)


@pytest.mark.parametrize("kind", [heic.GAIN_MAP, heic.DEPTH, b"urn:of:somebody"])
def test_auxiliary_images_are_left_alone(kind: bytes) -> None:
    map_ = heic.Item(b"hvc1", b"no picture at all", (heic.extent(16, 8), heic.auxiliary(kind)))
    data = heic.file([heic.coded(PHOTO), map_, heic.Item(b"hvc1", b"")], [(b"auxl", 2, (1,)), (b"auxl", 3, (1,))])
    assert not imaging.probe(data, LIMITS).alpha
    assert decode(data) == decode(heic.file([heic.coded(PHOTO)]))


def test_thumbnails_and_other_pictures_are_left_alone() -> None:
    small = heic.Item(b"hvc1", b"no picture at all", (heic.extent(16, 8),))
    data = heic.file([small, heic.coded(PHOTO), heic.Item(b"jpeg", b"")], [(b"thmb", 1, (2,))], primary=2)
    assert decode(data) == decode(heic.file([heic.coded(PHOTO)]))
    several = heic.encoded(PHOTO, append_images=[], thumbnails=[64])
    assert picture(several).size == PHOTO.size


@pytest.mark.parametrize("space", SPACES)
def test_a_profile_is_converted_as_that_of_a_jpeg(space: str) -> None:
    """Phones write Display P3; a grid has the profile on itself, or on its tiles alone."""
    primaries, gamma = SPACES[space]
    icc = profiles.rgb(gamma, primaries)
    image = cube().crop((0, 0, 288, 48)).resize((288, 96), Image.Resampling.NEAREST).crop((0, 0, 288, 64))
    item = heic.item_of(heic.encoded(image, quality=100, chroma=444, save_nclx_profile=False))
    whole = heic.file([heic.with_properties(item, heic.profile(icc))])
    jpeg = drawing.encoded(image, "JPEG", quality=100, subsampling=0, icc_profile=icc)
    wanted = exact(middles(image), primaries, gamma)
    assert difference(middles(picture(whole, format="png")), wanted) < 0.8
    assert difference(middles(picture(whole, format="png")), middles(picture(jpeg, format="png"))) < 0.8
    assert imaging.describe(whole, LIMITS).icc == "drawn in a test"
    assert picture(whole, format="png", icc="keep").info["icc_profile"] == icc


@pytest.mark.parametrize("on_tiles", [False, True])
def test_tiles_share_one_profile(on_tiles: bool) -> None:
    colored = heic.profile(profiles.rgb())
    tile = heic.item_of(heic.encoded(Image.new("RGB", (64, 64), (200, 60, 60)), save_nclx_profile=False))
    tiles = [heic.with_properties(tile, colored) if on_tiles else tile for _ in range(2)]
    joined = heic.grid((128, 64), 2, 1, *([] if on_tiles else [colored]))
    data = heic.file([joined, *tiles], [(b"dimg", 1, (2, 3))])
    red, *_ = drawing.channels(picture(data, format="png"), (90, 30))
    assert red > 210


def test_numbers_of_a_color_space_only_choose_the_matrix() -> None:
    """Primaries that a file codes by number are not converted, as those of an AVIF are not."""
    item = heic.item_of(heic.encoded(PHOTO, save_nclx_profile=False))
    plain = decode(heic.file([heic.with_properties(item, heic.nclx(1, 13, 6))]))
    wide = decode(heic.file([heic.with_properties(item, heic.nclx(12, 13, 6))]))
    other = decode(heic.file([heic.with_properties(item, heic.nclx(1, 13, 1))]))
    assert plain == wide
    assert plain != other


@pytest.mark.parametrize("tile", [0, 64])
@pytest.mark.parametrize("alpha", [False, True])
def test_gray_of_limited_range_is_expanded_as_colors_are(tile: int, alpha: bool) -> None:
    """libheif expands colors alone: black became a dark gray, and white a light one."""
    ramp = Image.fromarray(np.add.outer(np.arange(128), np.arange(128)).clip(0, 255).astype(np.uint8))
    limited = ramp.point([round(16 + value * 219 / 255) for value in range(256)])

    def plain(image: Image.Image) -> heic.Item:
        return heic.item_of(heic.encoded(image, quality=100, save_nclx_profile=False))

    told = heic.nclx(1, 13, 6, full=False)
    if tile:
        areas = [(x, y, x + tile, y + tile) for y in range(0, 128, tile) for x in range(0, 128, tile)]
        items = [heic.grid((128, 128), 2, 2, told), *(plain(limited.crop(area)) for area in areas)]
    else:
        items = [heic.with_properties(plain(limited), told)]
    references: list[heic.Reference] = [(b"dimg", 1, tuple(range(2, 2 + len(items) - 1)))] if tile else []
    if alpha:
        items.append(heic.with_properties(plain(ramp), heic.auxiliary(heic.ALPHA)))
        references.append((b"auxl", len(items), (1,)))
    shown = decode(heic.file(items, references))
    gray = np.asarray(shown.convert("RGBA"), int)
    assert abs(gray[:, :, 0] - np.asarray(ramp, int)).max() <= 3
    if alpha:
        assert abs(gray[:, :, 3] - np.asarray(ramp, int)).max() <= 3


def test_exif_is_kept_or_dropped_as_of_any_format() -> None:
    data = heic.encoded(PHOTO, exif=drawing.author("A. Nother"))
    assert imaging.describe(data, LIMITS).exif["artist"] == "A. Nother"
    assert imaging.describe(rendered(data, metadata="copyright").body, LIMITS).exif == {
        "artist": "A. Nother",
        "copyright": "(c) A. Nother",
    }
    assert imaging.describe(rendered(data, metadata="all").body, LIMITS, position=True).exif["gps"]
    assert imaging.describe(rendered(data).body, LIMITS).exif == {}


@pytest.mark.parametrize(("format", "before", "after"), [("AVIF", "False", "False"), ("HEIC", "False", "True")])
def test_only_decoding_loads_the_decoder(format: str, before: str, after: str, tmp_path: Path) -> None:
    """No cold start pays for it, no other format, and not even who asks for the header of a HEIC."""
    path = tmp_path / "image"
    path.write_bytes(FILES["color"] if format == "HEIC" else drawing.encoded(PHOTO, format))
    code = (
        "import sys; from app import imaging\n"
        "from app.core.config import Limits; from app.core.deadline import Deadline\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "imaging.describe(data, Limits()); print('pi_heif' in sys.modules)\n"
        "imaging.verify(data, Limits(), Deadline.after(60))\n"
        "print('pi_heif' in sys.modules, 'pillow_heif' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [before, after, "False"]
