from __future__ import annotations

import hashlib

from app import imaging
from app.options import parse
from app.service import RenderSpec


def test_accept_matters_to_auto_only() -> None:
    auto, named = parse([("format", "auto")]), parse([("format", "png")])
    assert RenderSpec(auto, ("avif",)).variant != RenderSpec(auto, ("webp",)).variant
    assert RenderSpec(named, ("avif",)).variant == RenderSpec(named, ()).variant


def test_the_engine_is_in_every_key_and_every_etag() -> None:
    """Caches keep results for a year: a new engine may not find those of the old one."""
    spec = RenderSpec(parse([("width", "40"), ("format", "auto")]), ("avif", "webp"))
    text = f"{imaging.engine()}\nformat=auto&width=40\navif,webp"
    assert spec.variant == hashlib.sha256(text.encode()).hexdigest()[:32]
    named = f"{'0' * 32}\n{spec.variant}".encode()
    assert spec.etag("0" * 32) == hashlib.sha256(named).hexdigest()[:32]
