"""The cost of decoding, estimated from the header: large images, many frames, many scans."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app import imaging
from app.imaging.cost.decode import decode_cost
from app.imaging.headers import Header
from app.imaging.work import planned
from bench.cost_model.variants import exif, run_length_bmp, separate_scans
from tests.support import drawing
from tests.support.work import LIMITS, options

MIB = 1024 * 1024


def test_work_that_does_not_fit_is_refused_beforehand() -> None:
    webp = drawing.encoded(drawing.photo(64, 64), "WEBP")
    header = imaging.probe(webp, LIMITS)
    large = replace(header, stored_width=7000, stored_height=7000)
    assert imaging.verify_cost(large).memory_bytes > LIMITS.memory_mb * MIB
    many = replace(imaging.probe(drawing.animation("GIF", drawing.moving(), duration=9), LIMITS), frames=300)
    assert imaging.verify_cost(replace(many, stored_width=3000, stored_height=2000)).cpu_s > 30


def test_many_scans_of_a_progressive_jpeg_are_counted() -> None:
    data = drawing.encoded(drawing.photo(64, 64), "JPEG", progressive=True)
    header = imaging.probe(data, LIMITS)
    assert header.scans > 5
    hostile = replace(header, stored_width=8000, stored_height=6000, scans=2000)
    assert imaging.verify_cost(hostile).cpu_s > 30


def test_scans_of_a_progressive_jpeg_that_are_left_out_take_no_time_but_in_an_upload() -> None:
    data = drawing.encoded(drawing.photo(640, 480), "JPEG", progressive=True, quality=95)
    header = imaging.probe(data, LIMITS)
    whole = replace(header, unseen={})
    for shrink, most in ((8, 0.6), (4, 0.8)):
        assert decode_cost(header, shrink).cpu < most * decode_cost(whole, shrink).cpu
    assert decode_cost(header, 1) == decode_cost(whole, 1)
    assert imaging.verify_cost(header) == imaging.verify_cost(whole)


def test_a_decoder_smooths_over_bits_that_are_left_out() -> None:
    """A smooth picture of 48 MP in so few bytes took 85 to 100 ms."""
    data = drawing.encoded(drawing.photo(640, 480).convert("L"), "JPEG", progressive=True, quality=95)
    header = replace(imaging.probe(data, LIMITS), stored_width=8000, stored_height=6000)
    assert decode_cost(header, 8).cpu > 0.085


@pytest.mark.parametrize("size", [(1, 45_000_000), (45_000_000, 1)])
def test_rows_and_columns_cost_more_than_their_pixels(size: tuple[int, int]) -> None:
    """A resize of one pixel by 45 million took 3.1 GB and 9 s."""
    png = imaging.probe(drawing.encoded(drawing.photo(64, 64).convert("L"), "PNG"), LIMITS)
    thin = replace(png, stored_width=size[0], stored_height=size[1])
    found = decode_cost(thin, 1)
    assert found.frame > 3e9
    assert found.cpu > 9
    photograph = decode_cost(replace(png, stored_width=8000, stored_height=6000), 1)
    assert photograph.frame < 1.03 * 48e6


def sized(data: bytes, **known: object) -> Header:
    """Return the header of ``data`` as that of a picture of twelve megapixels."""
    return replace(imaging.probe(data, LIMITS), stored_width=4000, stored_height=3000, **known)


def moving(
    format: str,
    size: tuple[int, int],
    frames: int,
    megabytes: float,
    *,
    alpha: bool = False,
    lossless: bool = False,
) -> dict[str, Any]:
    """Return what the header of an animation says, whose frames are of equal length."""
    coded = int(1e6 * megabytes)
    known = {"format": format, "stored_width": size[0], "stored_height": size[1], "frames": frames, "alpha": alpha}
    return {**known, "bytes": coded, "coded": coded, "largest": coded // frames, "lossless": lossless, "surplus": 0}


def megabytes(header: Header) -> float:
    return imaging.verify_cost(header).memory_bytes / 1e6


def test_coefficients_of_a_jpeg_with_a_scan_for_each_color_are_counted() -> None:
    header = imaging.probe(separate_scans(drawing.noise(64, 64)), LIMITS)
    assert not header.progressive
    large = replace(header, stored_width=4000, stored_height=3000)
    assert megabytes(large) > 2 * 3 * 12
    assert imaging.verify_cost(replace(large, scans=9000)).cpu_s > 30
    assert megabytes(replace(large, scans=1)) < 10


@pytest.mark.parametrize(
    ("known", "least"),
    [
        ({}, 4 * 12),
        ({"block": 96_000_000}, 12 * 12),
        ({"block": 96_000_000, "turned": 6}, 16 * 12),
        ({"turned": 6}, 8 * 12),
    ],
)
def test_the_strip_of_a_tiff_and_its_turning_are_counted(known: dict[str, object], least: int) -> None:
    """Sixteen bits of each of four channels in one strip, and the picture turned upright while that is still there."""
    header = sized(drawing.encoded(drawing.noise(64, 64, "RGBA"), "TIFF"), **known)
    assert least < megabytes(header) < 1.3 * least + 8


def test_all_tiles_of_a_tiff_are_counted() -> None:
    header = imaging.probe(drawing.encoded(drawing.noise(64, 64), "TIFF"), LIMITS)
    assert imaging.verify_cost(replace(header, unpacked=5_000_000_000)).cpu_s > 30


def test_what_is_coded_decides_the_time_of_an_avif() -> None:
    header = sized(drawing.encoded(drawing.noise(64, 64), "AVIF"))
    usual, lossless = (imaging.verify_cost(replace(header, coded=size)).cpu_s for size in (8_000_000, 45_000_000))
    assert usual > 0.65
    assert lossless > 3.1


def test_deep_samples_of_an_avif_are_counted() -> None:
    header = sized(drawing.encoded(drawing.noise(64, 64), "AVIF"))
    assert (header.depth, header.samples_per_pixel) == (8, 1.5)
    assert megabytes(header) > 10 * 12
    assert megabytes(replace(header, depth=12, samples_per_pixel=3.0)) > 15.1 * 12


def test_pixels_that_a_run_length_bmp_leaves_out_are_counted() -> None:
    header = imaging.probe(run_length_bmp((2000, 2000)), LIMITS)
    assert header.bytes < 10_000
    assert imaging.verify_cost(header).cpu_s > 0.45


def test_a_hidden_still_is_not_what_is_decoded() -> None:
    header = sized(drawing.encoded(drawing.noise(64, 64, "RGBA"), "PNG"))
    assert megabytes(replace(header, hidden=True)) > megabytes(header) + 12 * 12


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_copies_of_metadata_are_counted(format: str) -> None:
    data = drawing.encoded(drawing.noise(64, 64), format, exif=exif(60_000))
    header = imaging.probe(data, LIMITS)
    assert 60_000 <= header.metadata < 70_000
    long = replace(header, bytes=header.bytes + 10_000_000, metadata=header.metadata + 10_000_000)
    assert megabytes(long) > megabytes(header) + 10 + 4 * 10


def test_frames_that_others_of_an_avif_refer_to_are_counted() -> None:
    """Eight at most, and no more than there are."""
    still = sized(drawing.encoded(drawing.noise(64, 64), "AVIF"))
    two, eight, twelve = (megabytes(replace(still, frames=frames)) for frames in (2, 8, 12))
    assert eight > megabytes(still) + 8 * 1.5 * 12
    assert two == pytest.approx(eight - 6 * 1.5 * 12)
    assert twelve == eight


def test_bytes_that_no_sample_needs_are_counted() -> None:
    """Empty blocks of deflate in 30 MB of a PNG took 3 s, and 6 s where it was decoded twice."""
    png = imaging.probe(drawing.encoded(drawing.noise(64, 64), "PNG"), LIMITS)
    hostile = replace(png, bytes=30_000_000, surplus=30_000_000)
    for header in (hostile, replace(hostile, frames=9), replace(hostile, format="tiff")):
        assert 2.9 < imaging.verify_cost(header).cpu_s < 3.2
    assert 5.9 < imaging.verify_cost(replace(hostile, depth=16, alpha=True)).cpu_s < 6.2
    assert 2.9 < planned(hostile, options(width=48), LIMITS).cost.cpu_s < 3.2
    assert imaging.verify_cost(png).cpu_s < 0.01


def test_a_surplus_of_a_watermark_is_counted() -> None:
    png = imaging.probe(drawing.encoded(drawing.noise(64, 64), "PNG"), LIMITS)
    chosen = replace(options(), watermark="0" * 32)
    assert planned(png, chosen, LIMITS, mark=replace(png, surplus=30_000_000)).cost.cpu_s > 2.9


def test_codes_of_a_gif_that_make_no_pixel_are_counted() -> None:
    gif = imaging.probe(drawing.encoded(drawing.noise(64, 64).convert("P"), "GIF"), LIMITS)
    assert imaging.verify_cost(replace(gif, bytes=31_000_000, surplus=31_000_000)).cpu_s > 0.33


def test_jpeg_in_a_tiff_takes_as_long_as_jpeg() -> None:
    """Twelve megapixels took 0.3 s and 117 MB at most; 0.66 to 1.15 s were estimated, as for what is unpacked."""
    header = imaging.probe(drawing.encoded(drawing.noise(64, 64), "TIFF", compression="jpeg"), LIMITS)
    large = replace(header, stored_width=4000, stored_height=3000, covered=12_000_000, coded=28_300_000)
    assert 0.3 < imaging.verify_cost(large).cpu_s < 0.5


def test_lzma_in_a_tiff_takes_long_and_has_a_window() -> None:
    """31 MB of noise took 0.94 s."""
    header = imaging.probe(drawing.encoded(drawing.noise(64, 64), "TIFF", compression="lzma"), LIMITS)
    large = replace(header, stored_width=3500, stored_height=3000, block=31_500_000, unpacked=31_500_000)
    zipped = replace(large, packing="")
    assert imaging.verify_cost(large).cpu_s > 0.94
    assert megabytes(large) == pytest.approx(megabytes(zipped) + 31.5)


# Animations that were measured: their size, frames, megabytes and seconds.
ANIMATIONS: dict[str, tuple[dict[str, Any], float]] = {
    "video by libwebp_anim": (moving("webp", (1920, 1080), 250, 16.5, alpha=True), 4.7),
    "noise in a lossy WebP": (moving("webp", (1280, 720), 12, 7.4), 0.57),
    "noise in a lossless WebP": (moving("webp", (1280, 720), 12, 33.2, lossless=True), 0.27),
    "photograph in a lossy WebP": (moving("webp", (1280, 720), 25, 5.5), 0.47),
    "fine photograph in a lossy WebP": (moving("webp", (1280, 720), 25, 14.8), 1.12),
    "photograph in a lossless WebP": (moving("webp", (1280, 720), 25, 32.9, alpha=True, lossless=True), 0.40),
    "recording of a screen in APNG": (moving("png", (1280, 720), 60, 6.4), 0.30),
    "transparent colors in APNG": (moving("png", (1280, 720), 24, 0.13, alpha=True), 0.48),
    "photograph in APNG": (moving("png", (640, 360), 24, 12.8), 0.10),
}


@pytest.mark.parametrize("name", ANIMATIONS)
def test_an_animation_takes_what_its_canvases_and_its_bytes_take(name: str) -> None:
    """Each pixel of a WebP counted as one of noise: a video of 4.7 s was refused for 42 s."""
    known, seconds = ANIMATIONS[name]
    plain = imaging.probe(drawing.animation("PNG", drawing.moving(), duration=50), LIMITS)
    cost = imaging.verify_cost(replace(plain, **known))
    assert seconds / 1.5 < cost.cpu_s < 2.8 * seconds


@pytest.mark.parametrize("format", ["webp", "png"])
def test_the_first_frame_of_an_animation_may_hold_all_its_bytes(format: str) -> None:
    known = moving(format, (640, 360), 100, 20.0)
    still = imaging.probe(drawing.encoded(drawing.noise(64, 64), "PNG"), LIMITS)
    usual, heavy = (replace(still, **{**known, "largest": size}) for size in (200_000, 20_000_000))
    first = [planned(header, options(format="jpeg", width=48), LIMITS).cost.cpu_s for header in (usual, heavy)]
    assert first[1] > first[0] + 19e6 * 6e-9
    assert imaging.verify_cost(usual) == imaging.verify_cost(heavy)


def test_copies_of_an_animated_webp_are_counted() -> None:
    """A decoder is given one and makes another: one of 31.4 MB and small frames took 102 MB."""
    still = imaging.probe(drawing.encoded(drawing.noise(64, 64), "WEBP"), LIMITS)
    header = replace(still, stored_width=1280, stored_height=720, frames=25, bytes=31_400_000)
    assert imaging.verify_cost(header).memory_bytes > 101e6
