"""How a form asks for each option: whatever a control offers is accepted, and what lies beyond its bounds is not."""

from __future__ import annotations

import pytest

from app import options
from app.core.errors import InvalidParameter
from app.options.controls import Control, control

CHOOSE = [(name, choice) for name in options.TYPES for choice in control(name).choices]
NUMBERS = [name for name in options.TYPES if control(name).numeric]


def wrong(name: str, value: str) -> bool:
    """Return whether this value alone, whatever else it needs, is refused."""
    try:
        options.parse([(name, value)])
    except InvalidParameter as exc:
        return any("expected" in error.detail and error.received == value for error in exc.errors)
    return False


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("width", Control(minimum=1, maximum=8192, integer=True)),
        ("dpr", Control(minimum=0.5, maximum=5)),
        ("fit", Control(("inside", "cover", "contain", "fill", "outside"))),
        ("upscale", Control(("true", "false"))),
        ("radius", Control()),
        ("crop", Control()),
        ("tint", Control()),
    ],
)
def test_a_control_follows_from_the_type(name: str, expected: Control) -> None:
    assert control(name) == expected


def test_gravity_offers_the_words_of_both_its_types() -> None:
    assert {"center", "southwest", "entropy", "attention"} <= set(control("gravity").choices)


@pytest.mark.parametrize(("name", "choice"), CHOOSE)
def test_a_choice_is_a_value(name: str, choice: str) -> None:
    assert not wrong(name, choice)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_taken_up_to_its_bounds(name: str) -> None:
    asked = control(name)
    assert asked.minimum is not None
    assert asked.maximum is not None
    for inside in (asked.minimum, asked.maximum):
        assert not wrong(name, f"{inside:g}" if inside < 1e6 else str(inside)), inside
    assert wrong(name, str(asked.maximum + 1))
