"""Whatever resamples an image: alpha weights colors in every mode, and nothing that is enlarged rings."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PIL.Image import Resampling

from app.imaging.resample import resample
from tests.support import drawing


@pytest.mark.parametrize(("mode", "clear"), [("RGBA", (0, 255, 0, 0)), ("LA", (0, 0))])
def test_transparent_pixels_stay_transparent_and_give_no_color(mode: str, clear: tuple[int, ...]) -> None:
    """LA, which the library does not know, goes to Pillow through the same function."""
    image = Image.new(mode, (200, 200), clear)
    image.paste((255,) * len(mode), (0, 0, 99, 200))
    made = drawing.array(resample(image, (0, 0, 200, 200), (33, 33)))
    assert (made[:, 20:, -1] == 0).all()
    assert (made[made[..., -1] > 0][:, :-1] == 255).all()


@pytest.mark.parametrize(
    ("size", "filter"),
    [((40, 30), Resampling.LANCZOS), ((100, 99), Resampling.LANCZOS), ((200, 30), Resampling.BICUBIC)],
)
def test_what_is_enlarged_on_one_side_gets_the_filter_that_rings_less(
    size: tuple[int, int], filter: Resampling
) -> None:
    image = drawing.photo(100, 100)
    box = (0, 0, 100, 100)
    chosen, other = resample(image, box, size), resample(image, box, size, filter)
    assert chosen.tobytes() == other.tobytes()
    rest = {Resampling.LANCZOS, Resampling.BICUBIC} - {filter}
    assert chosen.tobytes() != resample(image, box, size, *rest).tobytes()


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
def test_a_box_between_pixels_is_where_an_ideal_ramp_has_it(mode: str) -> None:
    ramp = Image.fromarray(np.tile(np.arange(0, 200, 2, dtype=np.uint8), (60, 1)))
    bands = [ramp] * (len(mode) - mode.endswith("A")) + [Image.new("L", ramp.size, 255)] * mode.endswith("A")
    made = drawing.array(resample(Image.merge(mode, bands), (20.25, 10, 60.75, 50), (27, 20)))
    ideal = 2 * (20.25 + (np.arange(27) + 0.5) * 1.5 - 0.5)
    assert abs(made.reshape(20, 27, -1)[..., 0] - ideal).max() <= 1
