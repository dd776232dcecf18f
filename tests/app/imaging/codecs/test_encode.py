"""What an encoder keeps of frames, durations, loop counts, transparency and quality."""

from __future__ import annotations

import time
from bisect import bisect_left
from itertools import product

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from app import imaging
from app.core.deadline import Deadline, Stopwatch
from app.imaging import plugins
from app.imaging.codecs.output import AVIF_SPEEDS
from bench.quality.ssim import luma, ssim
from tests.support import drawing, second_reader
from tests.support.drawing import channels, durations, frames
from tests.support.work import LIMITS, picture, prepared, rendered

DURATIONS = [100, 250, 40, 610]
JPEG = drawing.encoded(drawing.photo(120, 80), "JPEG")
PHOTO = drawing.photo(200, 150, noise=4)
PHOTO_PNG = drawing.encoded(PHOTO, "PNG")
# How each format writes "three times": a GIF counts the repeats after the first play.
THRICE = {"GIF": 2, "WEBP": 3, "PNG": 3}
ENDLESS = {"GIF": 0, "WEBP": 0, "PNG": 0}


def source(format: str, **settings: object) -> bytes:
    lossless = {"lossless": True} if format == "WEBP" else {}
    return drawing.animation(format, drawing.moving(), duration=DURATIONS, **lossless, **settings)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("result", ["gif", "webp", "png", "avif"])
def test_frames_and_durations_are_kept(format: str, result: str) -> None:
    made = rendered(source(format, loop=0), width=20, format=result)
    assert made.frames == 4
    assert durations(made.body) == DURATIONS


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("result", ["gif", "webp", "png"])
@pytest.mark.parametrize(("loops", "plays"), [(THRICE, 3), (ENDLESS, 0)])
def test_loop_count_is_kept(format: str, result: str, loops: dict[str, int], plays: int) -> None:
    data = source(format, loop=loops[format])
    assert imaging.probe(data, LIMITS).plays == plays
    made = rendered(data, format=result)
    assert drawing.opened(made.body).info["loop"] == loops[result.upper()]


def test_a_gif_without_a_loop_block_plays_once() -> None:
    made = rendered(source("GIF"), format="webp")
    assert drawing.opened(made.body).info["loop"] == 1
    assert "loop" not in drawing.opened(rendered(source("GIF")).body).info


def test_a_gif_keeps_the_total_duration_in_hundredths() -> None:
    data = drawing.animation("WEBP", drawing.moving((80, 30), frames=9), duration=[33] * 9, loop=0)
    kept = durations(rendered(data, format="gif").body)
    assert sum(kept) == 300
    assert set(kept) == {30, 40}


def test_transparent_pixels_of_an_animation_stay_transparent() -> None:
    pictures = []
    for index in range(3):
        image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
        image.paste((200, 50 * index, 0, 255), (index * 8, 8, index * 8 + 8, 16))
        pictures.append(image)
    data = drawing.animation("GIF", pictures, duration=50, disposal=2)
    for result in ("gif", "png", "webp"):
        made = frames(rendered(data, format=result).body)
        assert [channels(image, (30, 30))[3] for image in made] == [0, 0, 0], result
        assert channels(made[2], (20, 12))[3] == 255, result
        assert channels(made[2], (2, 12))[3] == 0, result


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_a_format_without_animation_gets_the_first_frame(format: str) -> None:
    made = rendered(source(format), format="jpeg")
    assert (made.frames, made.format) == (1, "jpeg")


def test_equal_frames_keep_their_time() -> None:
    still = drawing.moving()[0]
    data = drawing.animation(
        "WEBP", [still, still, drawing.moving()[1]], duration=[100, 100, 70], loop=0, lossless=True
    )
    for result in ("gif", "png", "webp"):
        assert sum(durations(rendered(data, format=result).body)) == 270, result


def test_gray_and_colored_frames_mix() -> None:
    gray = Image.new("L", (16, 16), 80)
    colored = Image.new("RGB", (16, 16), (250, 10, 10))
    data = drawing.animation("GIF", [gray, colored], duration=50)
    for result in ("gif", "png", "webp", "avif"):
        made = frames(rendered(data, format=result).body)
        assert np.abs(np.subtract(channels(made[1], (8, 8)), (250, 10, 10, 255))).max() <= 8, result


@pytest.mark.parametrize("progressive", [True, False])
def test_progressive(progressive: bool) -> None:
    body = rendered(JPEG, progressive=progressive).body
    assert imaging.probe(body, LIMITS).progressive is progressive


@pytest.mark.parametrize("quality", [90, 93, 94, 100])
@pytest.mark.parametrize("progressive", [True, False])
def test_the_worst_noise_fits_the_buffer_of_the_encoder(quality: int, progressive: bool) -> None:
    samples = np.random.default_rng(1).integers(0, 2, (400, 500, 3), np.uint8) * 255
    data = drawing.encoded(Image.fromarray(samples), "PNG")
    assert rendered(data, format="jpeg", quality=quality, progressive=progressive).width == 500


def test_lossless_keeps_every_pixel() -> None:
    image = drawing.photo(120, 80)
    data = drawing.encoded(image, "PNG")
    assert picture(data, format="webp", lossless=True).tobytes() == image.tobytes()
    assert rendered(JPEG, format="auto", lossless=True, accepts=("avif", "webp")).format == "webp"
    assert rendered(JPEG, format="auto", lossless=True).format == "png"


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_tiff_is_exact_for_libvips_and_packs_differences(mode: str) -> None:
    image = drawing.photo(320, 240, noise=2).convert(mode)
    if mode == "RGBA":
        image.putalpha(drawing.photo(320, 240, noise=2).convert("L"))
    body = rendered(drawing.encoded(image, "PNG"), format="tiff").body
    assert (second_reader.samples(body) == np.asarray(image).reshape(240, 320, len(mode))).all()
    assert len(body) < 0.9 * len(drawing.encoded(image, "TIFF", compression="tiff_lzw"))


def similarity(body: bytes) -> float:
    return ssim(luma(body), luma(PHOTO_PNG))


def untuned(quality: int) -> bytes:
    return plugins.save_image(PHOTO.copy(), "avif", quality=quality, speed=AVIF_SPEEDS[0])


@pytest.mark.parametrize("quality", [70, 85])
def test_avif_has_more_similarity_in_as_many_bytes(quality: int) -> None:
    ours = rendered(PHOTO_PNG, format="avif", quality=quality).body
    enough = bisect_left(range(1, 101), len(ours), key=lambda other: len(untuned(other))) + 1
    assert similarity(ours) > similarity(untuned(enough))
    assert abs(enough - quality) <= 8


def test_the_best_quality_of_avif_stays_the_best() -> None:
    assert similarity(rendered(PHOTO_PNG, format="avif", quality=100).body) > 0.995
    assert similarity(rendered(PHOTO_PNG, format="avif", quality=1).body) < 0.9


@pytest.mark.parametrize(("result", "most"), [("gif", 65_535), ("webp", 65_535), ("png", 10**6)])
def test_more_plays_than_a_format_can_count_become_the_most(result: str, most: int) -> None:
    made = rendered(source("PNG", loop=10**6), format=result)
    assert drawing.opened(made.body).info["loop"] == most


def test_a_gif_of_the_most_repeats_keeps_them() -> None:
    assert drawing.opened(rendered(source("GIF", loop=65_535)).body).info["loop"] == 65_535
    assert drawing.opened(rendered(source("GIF", loop=65_535), format="webp").body).info["loop"] == 65_535


@pytest.mark.parametrize(("result", "longest"), [("gif", 655_350), ("webp", 655_350), ("png", 655_350)])
def test_a_frame_shows_no_longer_than_a_gif_can_say(result: str, longest: int) -> None:
    data = drawing.animation("WEBP", drawing.moving(), duration=[1_000_000, 100, 70_000, 40], loop=0, lossless=True)
    assert durations(rendered(data, format=result).body) == [longest, 100, 70_000, 40]


def webp_bytes(method: int, images: list[Image.Image]) -> int:
    more = {"append_images": images[1:], "duration": 50} if len(images) > 1 else {}
    return len(plugins.save_image(images[0], "webp", quality=80, method=method, **more))


def test_webp_is_given_effort() -> None:
    photo = drawing.photo(320, 240)
    still = rendered(drawing.encoded(photo, "PNG"), format="webp")
    assert len(still.body) <= webp_bytes(4, [photo]) < 0.95 * webp_bytes(0, [photo])
    moving = [drawing.photo(320 + 8 * step, 240).crop((8 * step, 0, 320 + 8 * step, 240)) for step in range(4)]
    made = rendered(drawing.animation("PNG", moving, duration=50), format="webp")
    assert len(made.body) <= 1.01 * webp_bytes(4, moving) < 0.95 * webp_bytes(0, moving)


def in_haste(haste: int, **query: object) -> bytes:
    """Return a moving photograph whose encoder leaves out so many steps of effort."""
    moving = [drawing.photo(320 + 8 * step, 240).crop((8 * step, 0, 320 + 8 * step, 240)) for step in range(3)]
    data = drawing.animation("PNG", moving, duration=50)
    work = prepared(data, **query)
    assert work.output.haste == 0
    work = replace(work, output=replace(work.output, haste=haste))
    return imaging.render(work, data, Deadline.after(60), Stopwatch()).body


@pytest.mark.parametrize("lossless", [False, True])
def test_a_moving_webp_grows_with_haste(lossless: bool) -> None:
    most, less, least = (len(in_haste(haste, format="webp", lossless=lossless)) for haste in range(3))
    assert most <= less < 0.97 * least


def test_an_animation_made_a_second_later_has_the_same_bytes() -> None:
    cases = list(product(("RGB", "RGBA"), ("gif", "webp", "png", "avif")))

    def made() -> list[bytes]:
        return [rendered(moving[mode], format=result).body for mode, result in cases]

    moving = {
        mode: drawing.animation("PNG", [frame.convert(mode) for frame in drawing.moving()], duration=DURATIONS)
        for mode, _ in cases
    }
    before = made()
    time.sleep(1.1)
    changed = [case for case, one, other in zip(cases, before, made(), strict=True) if one != other]
    assert not changed


def test_a_moving_avif_grows_with_haste() -> None:
    assert len(in_haste(0, format="avif")) < len(in_haste(1, format="avif"))


@pytest.mark.parametrize("frames", [1, 3])
def test_lossless_webp_is_given_effort(frames: int) -> None:
    moving = [drawing.photo(160 + 8 * step, 120).crop((8 * step, 0, 160 + 8 * step, 120)) for step in range(frames)]
    made = rendered(drawing.animation("PNG", moving, duration=50), format="webp", lossless=True)
    more = {"append_images": moving[1:], "duration": 50} if frames > 1 else {}
    least, ours = (
        len(plugins.save_image(moving[0].copy(), "webp", lossless=True, method=4, quality=effort, **more))
        for effort in (0, 50)
    )
    assert len(made.body) <= ours < 0.99 * least
