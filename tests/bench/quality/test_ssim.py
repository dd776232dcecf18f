from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bench.quality.ssim import luma, reference, ssim


def noise(height: int = 60, width: int = 80) -> NDArray[np.float64]:
    return np.random.default_rng(7).random((height, width)) * 255


def png(pixels: NDArray[Any]) -> bytes:
    out = BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def test_an_image_is_equal_to_itself() -> None:
    assert ssim(noise(), noise()) == pytest.approx(1)


def test_a_shifted_mean_gives_the_value_of_the_formula() -> None:
    # two flat planes: contrast and structure are 1, only the means differ
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 120 + c1) / (100**2 + 120**2 + c1)
    assert ssim(np.full((40, 40), 100.0), np.full((40, 40), 120.0)) == pytest.approx(expected)


def test_more_noise_is_less_similar() -> None:
    first, errors = noise(), np.random.default_rng(8).normal(size=(60, 80))
    assert 1 > ssim(first, first + 5 * errors) > ssim(first, first + 40 * errors) > 0


def test_planes_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        ssim(noise(60, 80), noise(80, 60))


def test_the_reference_agrees_with_pillow_to_its_rounding() -> None:
    # an independent Lanczos3, in float32, over a picture with detail in both directions
    grey = noise(300, 400)
    data = png(np.stack([grey] * 3, axis=2))
    theirs = np.asarray(Image.fromarray(np.floor(grey).astype(np.float32)).resize((97, 61), Image.Resampling.LANCZOS))
    assert np.abs(reference(data, width=97, height=61) - theirs).max() < 0.01


def test_transparent_pixels_are_composed_over_white() -> None:
    clear = np.zeros((30, 40, 4))
    clear[:, :20, 3] = 255
    expected = np.concatenate([np.zeros((30, 20)), np.full((30, 20), 255.0)], axis=1)
    assert luma(png(clear)) == pytest.approx(expected)
    assert reference(png(clear), width=20).shape == (15, 20)
    assert reference(png(clear), width=20)[7, [0, 19]] == pytest.approx([0, 255])


def test_any_frame_of_an_animation_can_be_read() -> None:
    frames = [Image.new("L", (20, 10), level) for level in (0, 80, 200)]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert [luma(out.getvalue(), frame=frame).mean() for frame in range(3)] == pytest.approx([0, 80, 200])


def test_luma_weighs_the_bands_as_jpeg_does() -> None:
    flat = np.zeros((2, 2, 3))
    flat[:] = (255, 100, 10)
    assert luma(png(flat)) == pytest.approx(np.full((2, 2), 0.299 * 255 + 0.587 * 100 + 0.114 * 10))
