from __future__ import annotations

from xml.etree import ElementTree

from bench.chart import HEIGHT, LEFT, WIDTH, line_chart


def test_a_chart_is_well_formed_and_inside_its_frame() -> None:
    drawn = line_chart("a < b", {"one": [(0.5, 3), (50, 180)], "two & three": [(1, 1), (2, 400)]}, across="MP", up="ms")
    root = ElementTree.fromstring(drawn)
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 2
    for line in lines:
        for x, y in (pair.split(",") for pair in line.attrib["points"].split()):
            assert LEFT <= float(x) <= WIDTH
            assert 0 <= float(y) <= HEIGHT
    words = "".join(text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "a < b" in words
    assert "two & three" in words
