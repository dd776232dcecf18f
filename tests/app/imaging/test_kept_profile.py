"""What is drawn beside or over the samples of a kept profile is drawn in its colors."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from app.imaging.icc import srgb_to_profile
from tests.support import drawing, profiles, second_reader
from tests.support.work import WATERMARK_ID, rendered

GREEN = (51, 179, 77)


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("query", [{"pad": 8}, {"fit": "contain", "width": 90, "height": 20}, {"rotate": 10}])
def test_a_background_is_drawn_in_the_colors_of_the_profile_that_is_kept(source: str, query: dict[str, Any]) -> None:
    """It was drawn as if its numbers were those of sRGB, and shown as 0,184,58."""
    data = drawing.encoded(drawing.photo(60, 40), source, icc_profile=profiles.rgb())
    lossless: tuple[dict[str, Any], ...] = ({"format": "png"}, {"format": "webp", "lossless": True})
    for settings in lossless:
        made = rendered(data, icc="keep", background="#33b34d", **settings, **query).body
        assert second_reader.profile(made) == profiles.rgb()
        assert second_reader.in_srgb(made) == pytest.approx(GREEN, abs=1)


def test_a_background_that_shows_through_keeps_its_alpha() -> None:
    data = drawing.encoded(drawing.photo(60, 40), "PNG", icc_profile=profiles.rgb())
    made = second_reader.pixel(rendered(data, icc="keep", background="#33b34d80", pad=8, format="png").body)
    opaque = second_reader.pixel(rendered(data, icc="keep", background="#33b34d", pad=8, format="png").body)
    assert made == pytest.approx((*opaque[:3], 128), abs=1)


@pytest.mark.parametrize("mark", ["RGB", "RGBA"])
def test_a_watermark_is_drawn_in_the_colors_of_the_profile_that_is_kept(mark: str) -> None:
    data = drawing.encoded(drawing.photo(60, 40), "PNG", icc_profile=profiles.rgb())
    image = Image.new(mark, (60, 40), (*GREEN, 255)[: len(mark)])
    query: dict[str, Any] = {"watermark": WATERMARK_ID, "watermark_scale": 1, "format": "png"}
    for settings in ({}, {"icc_profile": profiles.rgb(primaries=profiles.ADOBE)}):
        file = drawing.encoded(image, "PNG", **settings)
        kept, converted = (rendered(data, mark=file, icc=icc, **query).body for icc in ("keep", "srgb"))
        assert second_reader.in_srgb(kept) == pytest.approx(second_reader.pixel(converted)[:3], abs=1)


def test_colors_stay_where_nothing_leads_to_a_profile() -> None:
    """A profile for input only, by a table, says what its samples look like and not the way back."""
    broken = profiles.rgb()[:200] + bytes(len(profiles.rgb()) - 200)
    image = Image.new("RGB", (2, 2), GREEN)
    assert srgb_to_profile(image, broken).tobytes() == image.tobytes()
