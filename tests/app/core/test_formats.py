"""The table of formats is consistent in itself, and whatever else a format needs is there."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from app import imaging
from app.core import formats
from app.core.config import Limits
from app.core.deadline import Deadline
from app.core.errors import InvalidParameter
from app.core.formats import FORMATS, WRITABLE
from app.core.text import listed
from tests.support import drawing, heic
from tests.support.work import options, rendered

ROOT = Path(__file__).parents[3]
STILL = drawing.encoded(drawing.photo(48, 32), "PNG")
MOVING = drawing.animation("GIF", drawing.moving(), duration=50)
ANIMATED = [name for name in WRITABLE if FORMATS[name].animation]


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"\x89PNG\r\n\x1a\n\0", "png"),
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"II*\0", "tiff"),
        (b"MM\0+", "tiff"),
        (b"BM", "bmp"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "webp"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "avif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "heic"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", "heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0heicavif", "avif"),
        (b"\0\0\0\x54ftypmif1\0\0\0\0" + b"miaf" * 16 + b"avif", "avif"),
    ],
)
def test_the_format_is_detected_by_content(head: bytes, format: str) -> None:
    assert formats.sniff(head) == format


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff\xd8",
        b"GIF88a",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"RIFF\x24\0\0\0avif",
        b"\0\0\0\x18ftypWEBP\0\0\0\0",
        b"\0\0\0\x18ftypisom\0\0\0\0mp42",
        b"\0\0\0\x10ftypisom\0\0\0\0avif",  # the box ends before
        b"<svg xmlns",
        b"%PDF-1.7",
    ],
)
def test_other_content_is_of_no_format(head: bytes) -> None:
    assert formats.sniff(head) is None


def test_no_two_formats_share_a_name_media_type_or_signature() -> None:
    names = [*FORMATS, *formats.ALIASES]
    assert len(names) == len(set(names)) == len(FORMATS) + sum(len(each.aliases) for each in FORMATS.values())
    assert "auto" not in names
    for trait in ("label", "media_type"):
        assert len({getattr(format, trait) for format in FORMATS.values()}) == len(FORMATS)
    beginnings = [each for format in FORMATS.values() for each in (*format.magic, *format.brands)]
    assert len(beginnings) == len(set(beginnings))


def test_formats_for_auto_are_ranked() -> None:
    ranks = [FORMATS[name].auto_rank for name in formats.auto_formats()]
    assert ranks == sorted(set(ranks))
    assert formats.auto_formats() == ("avif", "webp")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_signature_and_a_pixel_limit(name: str) -> None:
    format = FORMATS[name]
    assert format.magic or format.brands
    assert all(len(brand) == 8 for brand in format.brands)
    assert isinstance(getattr(Limits(), format.pixel_limit), int)


@pytest.mark.parametrize("name", [name for name in FORMATS if not FORMATS[name].package])
def test_pillow_reads_and_writes_it(name: str) -> None:
    assert find_spec(f"PIL.{FORMATS[name].plugin}ImagePlugin")


@pytest.mark.parametrize("name", [name for name in FORMATS if FORMATS[name].package])
def test_what_a_format_needs_beside_pillow_is_installed_and_ships(name: str) -> None:
    assert f"\n{FORMATS[name].package}==" in (ROOT / "requirements-lambda.txt").read_text()
    assert formats.installed(name)


def test_a_format_is_read_where_its_package_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = [format.media_type for format in FORMATS.values()]
    assert formats.readable_types() == everything
    assert formats.readable_labels() == "JPEG, PNG, WebP, GIF, AVIF, TIFF, BMP or HEIC"
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    assert formats.readable_types() == [media_type for media_type in everything if media_type != "image/heic"]
    assert formats.readable_labels("and") == "JPEG, PNG, WebP, GIF, AVIF, TIFF and BMP"


@pytest.mark.parametrize("name", WRITABLE)
def test_results_can_be_made_and_read_again(name: str) -> None:
    """A format without an encoder, or whose cost nobody knows, ends here and not as a 500."""
    body = rendered(STILL, format=name).body
    assert formats.sniff(body[:64]) == name
    assert imaging.verify(body, Limits(), Deadline.after(60)).format == name


@pytest.mark.parametrize("name", ANIMATED)
def test_animations_can_be_made_and_read_again(name: str) -> None:
    moving = rendered(MOVING, format=name)
    assert moving.frames > 1
    assert imaging.verify(moving.body, Limits(), Deadline.after(60)).frames == moving.frames


@pytest.mark.parametrize("name", FORMATS)
def test_sources_can_be_used(name: str) -> None:
    """A format without a decoder, or whose cost nobody knows, ends here and not as a 500."""
    still = drawing.photo(48, 32)
    data = heic.encoded(still) if name == "heic" else drawing.encoded(still, name.upper())
    assert imaging.verify_cost(imaging.probe(data, Limits())).memory_bytes > 0
    assert rendered(data, width=24, format="png").width == 24


@pytest.mark.parametrize("name", [name for name in FORMATS if FORMATS[name].animation])
def test_moving_sources_can_be_used(name: str) -> None:
    data = drawing.animation(name.upper(), drawing.moving(), duration=50)
    assert imaging.verify_cost(imaging.probe(data, Limits())).memory_bytes > 0
    assert rendered(data, width=24, format="gif").frames > 1


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("alpha", [False, True])
def test_without_a_format_the_result_is_one_that_browsers_show(name: str, alpha: bool) -> None:
    chosen = formats.family(name, alpha=alpha)
    assert FORMATS[chosen].writable
    assert FORMATS[chosen].web
    assert FORMATS[chosen].alpha or not alpha or chosen == name


@pytest.mark.parametrize(
    ("name", "opaque", "with_alpha"),
    [
        *((name, name, name) for name in ("jpeg", "png", "webp", "gif", "avif")),
        *((name, "jpeg", "png") for name in ("tiff", "bmp", "heic")),
    ],
)
def test_without_a_format_the_result_has_that_of_its_source_or_jpeg_or_png(
    name: str, opaque: str, with_alpha: str
) -> None:
    assert (formats.family(name, alpha=False), formats.family(name, alpha=True)) == (opaque, with_alpha)


@pytest.mark.parametrize("name", ["jpe", "svg", "heic", "bmp", "tif"])
def test_only_writable_formats_can_be_requested(name: str) -> None:
    with pytest.raises(InvalidParameter, match=f"expected {listed(['auto', *WRITABLE])}"):
        options(format=name)
