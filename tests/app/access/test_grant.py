from __future__ import annotations

from typing import Any

import pytest

from app.access.grant import Grant


@pytest.mark.parametrize(
    ("level", "trusted", "full"),
    [
        ("open", True, True),
        ("local", True, True),
        ("key", True, True),
        ("session", True, True),
        ("signature", True, False),
        ("unsigned", False, False),
        ("none", False, False),
    ],
)
def test_the_rights_of_each_level(level: Any, trusted: bool, full: bool) -> None:
    assert (Grant(level).trusted, Grant(level).full) == (trusted, full)
