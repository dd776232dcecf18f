from __future__ import annotations

from app.options import parse
from app.service import RenderSpec


def test_accept_matters_to_auto_only() -> None:
    auto, named = parse([("format", "auto")]), parse([("format", "png")])
    assert RenderSpec(auto, ("avif",)).variant != RenderSpec(auto, ("webp",)).variant
    assert RenderSpec(named, ("avif",)).variant == RenderSpec(named, ()).variant
