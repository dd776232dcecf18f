from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageColor

from app.options import css_colors

DIGITS = "0123456789abcdefABCDEF"


@pytest.mark.parametrize("name", ImageColor.colormap)
def test_every_css_name_is_the_color_pillow_knows(name: str) -> None:
    assert css_colors.rgba(css_colors.normalize(name)) == (*ImageColor.getrgb(name), 255)


def test_there_are_148_names_and_transparent() -> None:
    assert set(css_colors._NAMES) == {*ImageColor.colormap, "transparent"}
    assert len(css_colors._NAMES) == 149


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("red", (255, 0, 0, 255)),
        ("RebeccaPurple", (102, 51, 153, 255)),
        (" white ", (255, 255, 255, 255)),
        ("transparent", (0, 0, 0, 0)),
        ("f80", (255, 136, 0, 255)),
        ("#F80", (255, 136, 0, 255)),
        ("f808", (255, 136, 0, 136)),
        ("#123456", (18, 52, 86, 255)),
        ("12345678", (18, 52, 86, 120)),
    ],
)
def test_every_notation_is_read(text: str, expected: css_colors.RGBA) -> None:
    assert css_colors.rgba(css_colors.normalize(text)) == expected


@given(
    st.text(DIGITS, min_size=3, max_size=8).filter(lambda text: len(text) in (3, 4, 6, 8)), st.sampled_from(["", "#"])
)
def test_normalizing_twice_changes_nothing(text: str, sign: str) -> None:
    once = css_colors.normalize(sign + text)
    assert css_colors.normalize(once) == once
    assert all(0 <= channel <= 255 for channel in css_colors.rgba(once))


@pytest.mark.parametrize(
    "text",
    ["", "#", "ff", "12345", "1234567", "123456789", "ggg", "##fff", "#red", "reddish", "rgb(0,0,0)", "٠٠٠", "0x1234"],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is all there is to say
        css_colors.normalize(text)


@given(st.text(st.characters()))
def test_text_is_a_color_or_a_value_error(text: str) -> None:
    try:
        found = css_colors.normalize(text)
    except ValueError:
        return
    assert len(css_colors.rgba(found)) == 4
