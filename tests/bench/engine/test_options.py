from __future__ import annotations

from app import options
from bench.engine.options import OPTIONS, PLAIN
from tests.support.option_groups import MODIFIERS


def test_the_cost_of_every_option_is_measured() -> None:
    measured = {name for query in (PLAIN, *OPTIONS.values()) for name in query}
    assert measured | MODIFIERS == set(options.TYPES)
