"""Samples as ``python -m lab run`` records them."""

from __future__ import annotations

from typing import Any

from lab.recorded_traffic import Sample


def sample(began: float, *, duration_ms: float = 0.0, init_ms: float | None = None, **given: Any) -> Sample:
    """Return a request that waited for nothing but its INIT."""
    ended = began + (duration_ms + (init_ms or 0.0)) / 1000
    return Sample(due=began, began=began, ended=ended, duration_ms=duration_ms, init_ms=init_ms, **given)
