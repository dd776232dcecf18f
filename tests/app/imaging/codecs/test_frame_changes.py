"""What a frame paints: no more than what changed, and what has to be cleared before it."""

from __future__ import annotations

from PIL import Image

from app.imaging.codecs.frame_changes import TOLERANCE, changes
from tests.support import drawing

GRAY = (90, 90, 90)


def spot(box: tuple[int, int, int, int], *, mode: str = "RGB", ground: tuple[int, ...] = GRAY) -> Image.Image:
    """Return a frame with one red rectangle."""
    image = Image.new(mode, (40, 30), ground)
    image.paste((250, 0, 0, 255)[: len(mode)], box)
    return image


def test_only_what_changes_is_painted() -> None:
    first, second = changes([spot((0, 0, 4, 4)), spot((2, 0, 6, 4))])
    assert (first.box, first.painted) == ((0, 0, 40, 30), None)
    assert second.box == (0, 0, 6, 4)
    assert second.painted is not None
    assert [drawing.channels(second.painted, (x, 0)) for x in (0, 3, 5)] == [(255,), (0,), (255,)]
    assert not second.needs_mask


def test_a_frame_like_the_one_before_paints_nothing() -> None:
    _, second = changes([spot((0, 0, 4, 4))] * 2)
    assert second.image.size == (1, 1)
    assert second.painted is not None
    assert second.painted.getbbox() is None


def test_small_differences_do_not_add_up() -> None:
    """Each frame is compared with what is shown, and not with the frame before it."""
    ramp = [Image.new("RGB", (8, 8), (100 + TOLERANCE * step,) * 3) for step in range(5)]
    painted = [change.painted is None for change in changes(ramp)]
    assert painted == [True, False, True, False, True]


def test_a_pixel_that_turns_clear_is_cleared_with_the_frame_before() -> None:
    clear = (0, 0, 0, 0)
    frames = [spot((8 * step, 0, 8 * step + 8, 8), mode="RGBA", ground=clear) for step in range(3)]
    first, second, third = changes(frames)
    assert (first.clears, second.clears, third.clears) == (True, True, False)
    assert (first.box, second.box, third.box) == ((0, 0, 40, 30), (8, 0, 16, 8), (16, 0, 24, 8))
    assert first.needs_mask


def test_what_was_painted_last_is_cleared_alone() -> None:
    clear = (0, 0, 0, 0)
    both = spot((0, 0, 8, 8), mode="RGBA", ground=clear)
    both.paste((0, 0, 250, 255), (20, 20, 30, 30))
    alone = spot((0, 0, 8, 8), mode="RGBA", ground=clear)
    first, second, third = changes([alone, both, alone])
    assert not first.clears
    assert (second.box, second.clears) == ((20, 20, 30, 30), True)
    assert third.painted is not None
    assert third.painted.getbbox() is None


def test_a_cleared_box_grows_to_what_has_to_go() -> None:
    clear = (0, 0, 0, 0)
    one = spot((0, 0, 8, 8), mode="RGBA", ground=clear)
    two = one.copy()
    two.paste((0, 0, 250, 255), (20, 20, 30, 30))
    three = Image.new("RGBA", (40, 30), clear)
    three.paste((0, 0, 250, 255), (20, 20, 30, 30))
    _, second, third = changes([one, two, three])
    assert (second.box, second.clears, second.needs_mask) == ((0, 0, 30, 30), True, True)
    assert third.box == (20, 20, 30, 30), "what stays has to be painted again"
