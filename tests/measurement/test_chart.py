from __future__ import annotations

from xml.etree import ElementTree

import pytest

from measurement.chart import (
    BAR_LEFT,
    COLORS,
    GROUND,
    HEIGHT,
    INK,
    LEFT,
    WIDTH,
    bar_chart,
    line_chart,
    stacked_bars,
    ticks,
)

SVG = "{http://www.w3.org/2000/svg}"


def texts(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def bars(root: ElementTree.Element) -> list[tuple[float, float, float, str]]:
    """Return left, top, width and color of each bar or part of one; the squares of a legend are 12 wide."""
    found = [each.attrib for each in root.iter(f"{SVG}rect") if each.attrib["width"] != "12"]
    return [(float(each["x"]), float(each["y"]), float(each["width"]), each["fill"]) for each in found]


def test_a_chart_is_well_formed_and_inside_its_frame() -> None:
    drawn = line_chart(
        "a < b", {"one": [(0.5, 3), (50, 180)], "two & three": [(1, 1), (2, 400)]}, x_label="MP", y_label="ms"
    )
    root = ElementTree.fromstring(drawn)
    lines = root.findall(f"{SVG}polyline")
    assert len(lines) == 2
    for line in lines:
        for x, y in (pair.split(",") for pair in line.attrib["points"].split()):
            assert LEFT <= float(x) <= WIDTH
            assert 0 <= float(y) <= HEIGHT
    assert {"a < b", "two & three"} <= set(texts(root))


def test_bars_are_as_long_as_their_values_and_stand_from_top_to_bottom() -> None:
    root = ElementTree.fromstring(bar_chart("ratio", {"ours & theirs": 0.9, "sharp": 1, "naive": 4.5}, x_label="×"))
    drawn = bars(root)
    assert [left for left, _, _, _ in drawn] == [BAR_LEFT] * 3
    assert [top for _, top, _, _ in drawn] == sorted({top for _, top, _, _ in drawn})
    assert [width / drawn[1][2] for _, _, width, _ in drawn] == pytest.approx([0.9, 1, 4.5], rel=0.01)
    assert all(left + width < WIDTH for left, _, width, _ in drawn)
    assert {"ours & theirs", "sharp", "naive", "0.9", "1", "4.5", "×"} <= set(texts(root))
    height = float(root.attrib["viewBox"].split()[3])
    assert max(top for _, top, _, _ in drawn) < height


def test_stacked_parts_touch_and_a_name_keeps_its_color() -> None:
    cases = {"JPEG": {"decode": 60.0, "resize": 10.0, "encode": 30.0}, "PNG": {"decode": 20.0, "encode": 80.0}}
    root = ElementTree.fromstring(stacked_bars("stages", cases, x_label="%"))
    one, two, three, four, five = bars(root)
    assert [part[2] for part in (one, two, three, four, five)] == pytest.approx(
        [6 * two[2], two[2], 3 * two[2], 2 * two[2], 8 * two[2]], rel=0.01
    )
    for before, after in ((one, two), (two, three), (four, five)):
        assert before[0] + before[2] == pytest.approx(after[0], abs=0.2)
    assert (one[3], three[3]) == (four[3], five[3])
    assert len({one[3], two[3], three[3]}) == 3
    assert texts(root).count("decode") == 1


def test_shares_of_a_whole_fill_the_scale() -> None:
    thirds = {"one": 100 / 3, "two": 100 / 3, "three": 100 / 3 + 1e-12}
    words = texts(ElementTree.fromstring(stacked_bars("parts", {"JPEG": thirds}, x_label="%")))
    assert "100" in words
    assert "200" not in words


def test_a_bar_of_zero_is_drawn_too() -> None:
    assert "0" in texts(ElementTree.fromstring(bar_chart("none", {"one": 0.0}, x_label="errors")))


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0.0, [0, 1]),
        (0.3, [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]),
        (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (2.1, [0, 0.5, 1, 1.5, 2, 2.5]),
        (7.5, [0, 2, 4, 6, 8]),
        (100.0, [0, 20, 40, 60, 80, 100]),
        (364.0, [0, 100, 200, 300, 400]),
        (3372.0, [0, 1000, 2000, 3000, 4000]),
    ],
)
def test_ticks_are_round_and_reach_beyond_the_most(most: float, expected: list[float]) -> None:
    assert ticks(most) == expected


@pytest.mark.parametrize("number", range(1, 1000, 7))
def test_any_scale_has_a_few_ticks_and_ends_soon_after_the_most(number: int) -> None:
    for most in (number / 100, float(number), 1000.0 * number):
        found = ticks(most)
        assert 3 <= len(found) <= 7
        assert found[-2] < most <= found[-1]


def luminance(color: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    shares = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("color", [*COLORS, INK])
def test_colors_and_text_have_the_contrast_of_aa(color: str) -> None:
    """The values of stacked bars are written on every color, in that of the ground."""
    assert contrast(color, GROUND) >= 4.5


def test_a_chart_brings_the_ground_that_its_colors_were_chosen_for() -> None:
    for drawn in (
        line_chart("t", {"a": [(0, 1), (1, 2)]}, x_label="x", y_label="y"),
        bar_chart("t", {"a": 1.0}, x_label="x"),
        stacked_bars("t", {"a": {"b": 1.0}}, x_label="x"),
    ):
        root = ElementTree.fromstring(drawn)
        assert root.attrib["fill"] == INK
        ground = root[0]
        _, _, width, height = root.attrib["viewBox"].split()
        assert (ground.attrib["fill"], ground.attrib["d"]) == (GROUND, f"M0 0H{width}V{height}H0z")
        used = {
            element.attrib[name] for element in root.iter() for name in ("fill", "stroke") if name in element.attrib
        }
        assert used <= {*COLORS, INK, GROUND, "none"}


def test_large_values_have_no_exponent() -> None:
    drawn = [
        line_chart("t", {"one": [(0, 0), (3e6, 3e6)]}, x_label="x", y_label="y"),
        bar_chart("t", {"one": 3_000_000, "two": 1_234_567}, x_label="x"),
        stacked_bars("t", {"one": {"part": 1234, "other": 3_000_000}, "two": {"part": 3_000_000}}, x_label="x"),
    ]
    found = [set(texts(ElementTree.fromstring(each))) for each in drawn]
    assert all("3,000,000" in each for each in found)
    assert "1,234,570" in found[1]
    assert not [text for each in found for text in each if "e+" in text]
