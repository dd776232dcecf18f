"""What each option does to pixels, told by arithmetic on drawn pictures."""

from __future__ import annotations

from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app import imaging
from app.deadline import Deadline, Stopwatch
from app.errors import InvalidParameter, OutputTooLarge, ServiceError
from app.imaging.codecs import quality_search
from app.imaging.steps import rotate
from bench.quality.ssim import ssim
from tests.support import drawing, profiles
from tests.support.work import LIMITS, options, picture, rendered

RGB = drawing.photo(120, 80)
JPEG = drawing.encoded(RGB, "JPEG")
CLEAR = drawing.encoded(drawing.noise(60, 40, "RGBA"), "PNG")
GREY = drawing.encoded(RGB.convert("L"), "PNG")
GIF = drawing.animation("GIF", drawing.moving(), duration=50)
MARK = drawing.encoded(Image.new("RGB", (20, 10), (250, 0, 0)), "PNG")
ID = "0" * 32


def flat(*colour: int, size: tuple[int, int] = (40, 30)) -> bytes:
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[len(colour)]
    return drawing.encoded(Image.new(mode, size, colour if len(colour) > 1 else colour[0]), "PNG")


def pixel(data: bytes, at: tuple[int, int] = (20, 15), **wanted: Any) -> tuple[int, ...]:
    return tuple(picture(data, **wanted).convert("RGBA").getpixel(at))  # type: ignore[arg-type]


def edge() -> bytes:
    """A half clear picture whose hidden half is another colour, which must never be seen."""
    image = Image.new("RGBA", (40, 40), (0, 255, 0, 0))
    image.paste((200, 40, 40, 255), (0, 0, 20, 40))
    return drawing.encoded(image, "PNG")


EFFECTS = {
    "brightness": st.floats(0, 4),
    "contrast": st.floats(0, 4),
    "grayscale": st.booleans(),
    "tint": st.sampled_from(["red", "704214"]),
    "pixelate": st.integers(2, 256),
    "blur": st.floats(0.3, 250),
    "sharpen": st.floats(0.1, 10),
    "radius": st.just("max") | st.integers(1, 8192),
    "pad": st.sampled_from(["3", "1,0,2,9"]),
    "rotate": st.floats(-360, 360) | st.sampled_from([90, 180]),
    "flip": st.booleans(),
    "flop": st.booleans(),
    "trim": st.floats(0, 100),
    "width": st.integers(1, 150),
    "height": st.integers(1, 150),
    "fit": st.sampled_from(["inside", "cover", "contain", "fill", "outside"]),
    "upscale": st.booleans(),
    "gravity": st.sampled_from(["north", "entropy", "attention"]),
    "background": st.sampled_from(["red", "transparent", "00ff0080"]),
    "format": st.sampled_from(["auto", "jpeg", "png", "webp", "gif", "tiff"]),
    "lossless": st.booleans(),
    "max_bytes": st.integers(100, 9000),
    "page": st.integers(0, 4),
    "frames": st.integers(1, 5),
    "metadata": st.sampled_from(["none", "copyright", "all"]),
    "icc": st.sampled_from(["srgb", "keep"]),
    "watermark": st.just(ID),
    "crop": st.sampled_from(["0,0,9,9", "3,4,20,11"]),
}


@given(
    source=st.sampled_from([JPEG, CLEAR, GREY, GIF]),
    wanted=st.fixed_dictionaries({}, optional=EFFECTS).filter(lambda wanted: len(wanted) < 9),
)
@settings(max_examples=250, deadline=None)
def test_no_option_set_crashes_and_sizes_are_as_promised(source: bytes, wanted: dict[str, Any]) -> None:
    mark = MARK if "watermark" in wanted else b""
    try:
        work = imaging.prepare(source, options(**wanted), LIMITS, watermark=mark)
        result = imaging.render(work, source, Deadline.after(60), Stopwatch(), watermark=mark)
    except (InvalidParameter, OutputTooLarge):
        return  # said in words
    header = imaging.probe(result.body, LIMITS)
    assert (header.format, header.width, header.height) == (result.format, result.width, result.height)
    assert result.frames == work.output.frames
    if "trim" not in wanted:
        assert (result.width, result.height) == work.plan.canvas


def test_brightness_multiplies_lightness() -> None:
    assert pixel(flat(119, 119, 119), brightness=0)[:3] == pytest.approx((0, 0, 0), abs=6)
    assert pixel(flat(119, 119, 119), brightness=4) == (255, 255, 255, 255)
    # L* of 119 is 50: half as much again is 75, which is 185
    assert pixel(flat(119, 119, 119), brightness=1.5)[0] == pytest.approx(185, abs=2)


def test_contrast_is_about_middle_grey() -> None:
    assert pixel(flat(128, 128, 128), contrast=3)[0] == pytest.approx(128, abs=2)
    assert pixel(flat(100, 100, 100), contrast=2)[0] == pytest.approx(73, abs=3)
    assert pixel(flat(10, 250, 90), contrast=0)[:3] == pytest.approx((128, 128, 128), abs=3)


def test_saturation_and_grayscale_leave_the_lightness() -> None:
    faded = pixel(flat(200, 40, 40), saturation=0)
    grey = pixel(flat(200, 40, 40), grayscale=True)
    assert max(faded[:3]) - min(faded[:3]) <= 1
    assert faded[0] == pytest.approx(grey[0], abs=1)
    assert picture(JPEG, grayscale=True).mode == "L"
    assert picture(CLEAR, grayscale=True, format="png").mode == "LA"


def test_tint_keeps_black_and_white() -> None:
    assert pixel(flat(0, 0, 0), tint="red")[:3] == pytest.approx((0, 0, 0), abs=2)
    assert pixel(flat(255, 255, 255), tint="red")[:3] == pytest.approx((255, 255, 255), abs=2)
    red, green, blue, _ = pixel(flat(128, 128, 128), tint="red")
    assert red > green + 60
    assert red > blue + 60


def test_pixelate_makes_blocks_from_the_top_left() -> None:
    got = drawing.array(picture(drawing.encoded(RGB, "PNG"), pixelate=16))
    assert (got[:16, :16] == got[0, 0]).all()
    assert (got[64:, 112:] == got[-1, -1]).all()
    assert np.abs(got[0, 0] - drawing.array(RGB)[:16, :16].reshape(-1, 3).mean(axis=0)).max() <= 1


@pytest.mark.parametrize("wanted", [{"blur": 3}, {"sharpen": 2}, {"pixelate": 7}, {"rotate": 20}, {"width": 23}])
def test_hidden_colours_do_not_bleed(wanted: dict[str, Any]) -> None:
    got = drawing.array(picture(edge(), **wanted))
    seen = got[got[..., 3] > 40]
    assert seen[:, 1].max() <= 60, "the green of clear pixels shows"


def sharpened(rgb: Any, weights: list[float]) -> Any:
    """Return what libvips makes of float samples: weights of its Gaussian, then its curve over L*."""
    from bench.quality.delta_e import lab

    planes = lab(rgb)
    light = np.pad(planes[..., 0], len(weights) // 2, mode="edge")
    for axis in (0, 1):
        light = np.apply_along_axis(np.convolve, axis, light, weights, "valid")
    away = planes[..., 0] - light
    size = np.minimum(abs(away), 2) + 2 * np.maximum(abs(away) - 2, 0)
    wanted = planes[..., 0] + np.where(away > 0, np.minimum(size, 10), -np.minimum(size, 20))
    return np.clip(wanted, 0, 100), planes


@pytest.mark.parametrize(
    ("sigma", "weights"),
    [(0.5, (3, 20, 3)), (1, (3, 12, 20, 12, 3)), (2, (3, 6, 12, 18, 20, 18, 12, 6, 3))],
)
def test_sharpen_follows_the_curve_of_sharp_over_lightness(sigma: float, weights: tuple[int, ...]) -> None:
    from bench.quality.delta_e import lab

    source = drawing.photo(160, 120, noise=10)
    got = lab(drawing.array(picture(drawing.encoded(source, "PNG"), sharpen=sigma)).astype(float))
    light, planes = sharpened(drawing.array(source).astype(float), [part / sum(weights) for part in weights])
    assert abs(got[..., 0] - light).mean() < 0.45
    assert abs(got[..., 1:] - planes[..., 1:]).mean() < 1.2, "colours must stay what they are"
    moved, wanted = got[..., 0] - planes[..., 0], light - planes[..., 0]
    assert (moved * wanted).sum() / (wanted * wanted).sum() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_sharpen_keeps_the_mode_and_what_is_clear(mode: str) -> None:
    source = drawing.photo(40, 30).convert(mode)
    if mode.endswith("A"):
        source.putalpha(drawing.noise(40, 30, "L"))
    result = picture(drawing.encoded(source, "PNG"), sharpen=2)
    assert result.mode == mode
    if mode.endswith("A"):
        assert result.getchannel("A").tobytes() == source.getchannel("A").tobytes()


def test_blur_and_sharpen_go_opposite_ways() -> None:
    data = drawing.encoded(RGB, "PNG")
    strength = {name: drawing.array(picture(data, **{name: 2}).convert("L")).std() for name in ("blur", "sharpen")}
    assert strength["blur"] < drawing.array(RGB.convert("L")).std() < strength["sharpen"]


def test_radius_cuts_corners_only() -> None:
    got = drawing.array(picture(flat(9, 9, 9, size=(40, 40)), radius=10, format="png"))
    assert [got[y, x, 3] for y in (0, 39) for x in (0, 39)] == [0, 0, 0, 0]
    assert got[0, 20, 3] == got[20, 0, 3] == got[20, 20, 3] == 255
    circle = drawing.array(picture(flat(9, 9, 9, size=(40, 40)), radius="max", format="png"))[..., 3]
    assert (circle / 255).sum() == pytest.approx(np.pi * 400, rel=0.01)
    assert (circle == circle[::-1]).all()
    assert (circle == circle.T).all()


def test_pad_adds_background_outside_of_everything() -> None:
    result = picture(flat(9, 9, 9), pad="1,2,3,4", background="red", format="png")
    assert result.size == (40 + 6, 30 + 4)
    assert result.getpixel((3, 0)) == (255, 0, 0)
    assert result.getpixel((4, 1)) == (9, 9, 9)
    assert picture(flat(9, 9, 9), pad=5, brightness=3, background="808080").getpixel((0, 0)) == (128, 128, 128)


@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_other_turns_lie_on_background(format: str) -> None:
    result = picture(flat(9, 9, 9, size=(60, 40)), rotate=30, background="red", format=format).convert("RGB")
    assert result.size == (72, 65)
    assert result.getpixel((36, 32)) == pytest.approx((9, 9, 9), abs=6)
    assert result.getpixel((1, 1)) == pytest.approx((255, 0, 0), abs=6)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_quarter_turns_are_exact_and_near_ones_nearly(degrees: int) -> None:
    data = drawing.encoded(drawing.quadrants(), "PNG")
    exact = picture(data, rotate=degrees)
    assert drawing.corners(exact) == drawing.corners(picture(data, rotate=degrees + 0.01))
    turned = drawing.quadrants().rotate(-degrees, expand=True)
    assert exact.tobytes() == turned.tobytes()


# What sharp 0.35.5 on libvips 8.18.7 shows in the middle of 1000x750: this geometry gave its pixels, SSIM 0.9997.
MIDDLES = {33: (500.245, 375.283), -33: (500.389, 374.615), 120: (500.426, 376.398), 200: (501.563, 375.757)}


@pytest.mark.parametrize("degrees", MIDDLES)
def test_other_turns_lie_on_the_pixels_of_sharp(degrees: int) -> None:
    assert rotate.tilted_middle((1000, 750), degrees) == pytest.approx(MIDDLES[degrees], abs=0.001)


@pytest.mark.parametrize("degrees", [0.5, 33, 45, 91, 120, 179.5, 200, -70])
def test_other_turns_keep_their_middle_within_two_pixels(degrees: float) -> None:
    for size in ((1000, 750), (33, 250), (7, 7)):
        middle = rotate.tilted_middle(size, degrees)
        assert all(abs(at - side / 2) < 2 for at, side in zip(middle, size, strict=True))


@pytest.mark.parametrize("mirror", ["flip", "flop"])
def test_mirrors_come_after_the_turn(mirror: str) -> None:
    data = drawing.encoded(drawing.quadrants(64, 64), "PNG")
    plain = picture(data, rotate=20, background="white").convert("RGB")
    axis = Image.Transpose.FLIP_TOP_BOTTOM if mirror == "flip" else Image.Transpose.FLIP_LEFT_RIGHT
    mirrored = picture(data, rotate=20, background="white", **{mirror: True}).convert("RGB")
    assert np.abs(drawing.array(mirrored) - drawing.array(plain.transpose(axis))).mean() < 0.1


def bordered(orientation: int = 1) -> bytes:
    image = Image.new("RGB", (100, 80), (240, 240, 240))
    image.paste(drawing.photo(60, 30), (10, 40))
    image.putpixel((50, 2), (0, 0, 0))  # one pixel of dirt
    return drawing.encoded(image, "PNG", exif=drawing.exif(orientation)[6:])


def test_trim_leaves_what_differs() -> None:
    assert picture_of(bordered(), trim=10).size == (60, 30)
    assert picture_of(bordered(6), trim=10).size == (30, 60)
    assert picture_of(bordered(), trim=10, width=30).size == (30, 15)
    assert picture_of(bordered(), trim=10, crop="0,50,100,30").size == (60, 20)
    assert picture_of(flat(9, 9, 9), trim=0).size == (40, 30)
    assert picture_of(GIF, trim=1).size == (10, 10)


def picture_of(data: bytes, **wanted: Any) -> Image.Image:
    work = imaging.prepare(data, options(**wanted), LIMITS)
    return drawing.opened(imaging.render(work, data, Deadline.after(60), Stopwatch()).body)


def test_watermark_lies_where_it_is_told() -> None:
    def stamped(**wanted: Any) -> Image.Image:
        work = imaging.prepare(flat(0, 0, 90, size=(80, 80)), options(watermark=ID, **wanted), LIMITS, watermark=MARK)
        data = flat(0, 0, 90, size=(80, 80))
        return drawing.opened(imaging.render(work, data, Deadline.after(60), Stopwatch(), watermark=MARK).body)

    assert stamped().getpixel((79, 79)) == (250, 0, 0)
    assert stamped().getpixel((58, 79)) == (0, 0, 90)
    assert stamped(watermark_gravity="northwest", watermark_scale=0.5).getpixel((38, 18)) == (250, 0, 0)
    assert stamped(watermark_opacity=0.5).getpixel((75, 75)) == pytest.approx((125, 0, 45), abs=2)
    assert stamped(watermark_opacity=0).getpixel((75, 75)) == (0, 0, 90)


def test_lossless_keeps_every_pixel() -> None:
    data = drawing.encoded(RGB, "PNG")
    assert picture(data, format="webp", lossless=True).tobytes() == RGB.tobytes()
    assert rendered(JPEG, format="auto", lossless=True, accepts=("avif", "webp")).format == "webp"
    assert rendered(JPEG, format="auto", lossless=True).format == "png"
    assert picture(data, format="tiff").tobytes() == RGB.tobytes()


@pytest.mark.parametrize("wanted", [{"lossless": True}, {"max_bytes": 5000, "source": GREY}, {"page": 1}])
def test_what_the_source_makes_senseless_is_said(wanted: dict[str, Any]) -> None:
    wanted = dict(wanted)
    with pytest.raises(InvalidParameter, match="expected"):
        imaging.prepare(wanted.pop("source", JPEG), options(**wanted), LIMITS)


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
@pytest.mark.parametrize("most", [1200, 2500, 9000])
def test_max_bytes_is_kept_with_the_best_quality(format: str, most: int) -> None:
    body = rendered(JPEG, format=format, max_bytes=most).body
    assert len(body) <= most
    sizes = {quality: len(rendered(JPEG, format=format, quality=quality).body) for quality in range(1, 101, 3)}
    best = max((size for size in sizes.values() if size <= most), default=0)
    assert len(body) >= 0.9 * best


def test_max_bytes_that_nothing_fits_is_said() -> None:
    with pytest.raises(OutputTooLarge, match="max_bytes"):
        rendered(JPEG, max_bytes=100)


@pytest.mark.parametrize("steepness", [0.02, 0.035, 0.05])
@pytest.mark.parametrize("most", range(2_200, 90_000, 8_000))
def test_few_encodes_find_the_quality(steepness: float, most: int) -> None:
    asked: list[int] = []

    def encode(quality: int) -> bytes:
        asked.append(quality)
        return bytes(int(2_000 * np.exp(steepness * quality)))

    body = quality_search.best(encode, most, ceiling=100)
    right = max(
        quality for quality in range(1, 101) if int(2_000 * np.exp(steepness * quality)) <= most or quality == 1
    )
    assert len(asked) <= quality_search.MOST_ENCODES
    assert len(set(asked)) == len(asked)
    assert len(body) <= most
    assert len(body) >= 0.93 * int(2_000 * np.exp(steepness * right))


def test_page_and_frames() -> None:
    whole = [frame.copy() for frame in _frames(rendered(GIF, format="png").body)]
    part = _frames(rendered(GIF, page=1, frames=2, format="png").body)
    assert len(part) == 2
    assert part[0].tobytes() == whole[1].tobytes()
    assert rendered(GIF, page=3, format="jpeg").frames == 1
    assert rendered(GIF, page=2).frames == 2
    with pytest.raises(InvalidParameter, match="page"):
        rendered(GIF, page=4)


def _frames(data: bytes) -> list[Image.Image]:
    image = Image.open(BytesIO(data))
    found = []
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        found.append(image.convert("RGBA"))
    return found


OWNED = drawing.encoded(RGB, "JPEG", exif=drawing.author("A. Nother"), icc_profile=profiles.rgb())


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_metadata_is_kept_as_far_as_asked(format: str) -> None:
    said = {wanted: _told(rendered(OWNED, metadata=wanted, format=format).body) for wanted in ("copyright", "all")}
    assert said["copyright"] == {"artist": "A. Nother", "copyright": "(c) A. Nother"}
    assert said["all"]["make"] == "Camera works"
    assert "gps" in said["all"]
    assert _told(rendered(OWNED, format=format).body) == {}


def _told(data: bytes) -> dict[str, Any]:
    return imaging.describe(data, LIMITS, position=True).exif


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_kept_metadata_does_not_turn_the_picture_again(source: str) -> None:
    data = drawing.encoded(drawing.quadrants(), source, exif=drawing.exif(6), quality=95)
    result = rendered(data, metadata="all", format="jpeg")
    assert imaging.probe(result.body, LIMITS).orientation == 1
    assert (result.width, result.height) == (48, 64)


def test_exif_too_long_for_a_jpeg_keeps_its_author() -> None:
    block = Image.Exif()
    block[0x013B], block[0x010E] = "A. Nother", "x" * 60_000
    block.get_ifd(0x8769)[0x927C] = bytes(60_000)
    data = drawing.encoded(RGB, "PNG", exif=block.tobytes())
    assert _told(rendered(data, metadata="all", format="jpeg").body) == {"artist": "A. Nother"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("block", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"garbage" * 9, b"MM\0*\0\0\0\x08\xff\xff"])
def test_broken_exif_is_no_exif(block: bytes) -> None:
    data = drawing.encoded(RGB, "JPEG", exif=b"Exif\0\0" + block)
    assert _told(rendered(data, metadata="all").body) == {}
    assert _told(data) == {}


def test_a_kept_profile_stays_with_its_samples() -> None:
    kept = picture(OWNED, icc="keep", format="png")
    assert kept.info["icc_profile"] == profiles.rgb()
    assert np.abs(drawing.array(kept) - drawing.array(drawing.opened(OWNED))).max() <= 1
    assert "icc_profile" not in picture(OWNED, format="png").info
    grey = drawing.encoded(RGB.convert("L"), "PNG", icc_profile=profiles.grey())
    assert "icc_profile" not in picture(grey, icc="keep").info


def test_lab_is_shown_in_its_colours() -> None:
    image = Image.new("LAB", (8, 8), (138, 208, 195))  # L* 54, a* 80, b* 67: sRGB red under D50
    result = picture(drawing.encoded(image, "TIFF"), format="png").convert("RGB")
    assert result.getpixel((4, 4)) == pytest.approx((254, 0, 0), abs=12)
    for wanted in ({"trim": 5}, {"rotate": 5}, {"width": 4, "height": 2, "fit": "cover", "gravity": "attention"}):
        try:
            picture_of(drawing.encoded(image, "TIFF"), **wanted)
        except ServiceError:
            raise AssertionError(wanted) from None


def test_renditions_are_like_those_made_alone() -> None:
    photo = drawing.encoded(drawing.photo(1200, 900, noise=3), "JPEG", quality=92)
    widths = (200, 1000, 480, 90)
    made = imaging.renditions(photo, options(format="png"), widths, LIMITS, Deadline.after(60), Stopwatch())
    assert [result.width for result in made] == list(widths)
    for result in made:
        alone = drawing.array(picture(photo, width=result.width, format="png"))
        assert np.abs(drawing.array(drawing.opened(result.body)) - alone).mean() < 1.2
        weights = np.array([0.299, 0.587, 0.114])
        assert ssim(drawing.array(drawing.opened(result.body)) @ weights, alone @ weights) > 0.997


class Counting(Stopwatch):
    """A stopwatch that remembers each stage it was started for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def stage(self, name: str) -> AbstractContextManager[None]:  # type: ignore[override]
        self.names.append(name)
        return super().stage(name)


def test_renditions_decode_once() -> None:
    stopwatch, clock = Counting(), Deadline.after(60)
    series = imaging.prepare_series(JPEG, options(), (20, 40, 60), LIMITS)
    assert {work.plan.shrink for work in series.works} == {1}
    made = imaging.render_series(series, JPEG, clock, stopwatch)
    assert [result.width for result in made] == [20, 40, 60]
    # one frame, and the look that there is no other
    assert stopwatch.names == ["decode", "resize", "decode", "encode"]
    moving = imaging.renditions(GIF, options(frames=3), (30, 10), LIMITS, clock, stopwatch)
    assert [(result.width, result.frames) for result in moving] == [(30, 3), (10, 3)]


@pytest.mark.parametrize("wanted", [{"rotate": 90}, {"rotate": 12}, {"height": 40, "fit": "cover"}, {"trim": 10}])
def test_renditions_of_other_shapes(wanted: dict[str, Any]) -> None:
    made = imaging.renditions(JPEG, options(**wanted), (60, 20), LIMITS, Deadline.after(60), Stopwatch())
    for result, width in zip(made, (60, 20), strict=True):
        alone = picture_of(JPEG, width=width, **wanted)
        assert alone.size == (result.width, result.height) == drawing.opened(result.body).size
