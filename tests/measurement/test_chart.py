from __future__ import annotations

from xml.etree import ElementTree

import pytest

from measurement.chart import BAR_LEFT, HEIGHT, LEFT, WIDTH, bar_chart, line_chart, stacked_bars

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
