"""Images: bytes and options in, bytes and facts out; the only package that knows Pillow.

From the bottom up: plugins and headers, codecs, steps, geometry, cost, work, draw, pipeline; each imports only what
stands before it. A name of this package is imported when it is first used (PEP 562), because a cold start that answers
a page should not pay for images.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from app.core.formats import media_type as media_type
from app.core.formats import sniff as sniff

if TYPE_CHECKING:
    from app.imaging.appearance import Appearance as Appearance
    from app.imaging.appearance import describe_appearance as describe_appearance
    from app.imaging.appearance import prepare_appearance as prepare_appearance
    from app.imaging.completeness import is_complete as is_complete
    from app.imaging.cost.decode import verify_cost as verify_cost
    from app.imaging.headers import Header as Header
    from app.imaging.headers.probe import check_bytes as check_bytes
    from app.imaging.headers.probe import check_front as check_front
    from app.imaging.headers.probe import check_header as check_header
    from app.imaging.headers.probe import probe as probe
    from app.imaging.headers.probe import read_header as read_header
    from app.imaging.info import describe as describe
    from app.imaging.pipeline import render as render
    from app.imaging.pipeline import verify as verify
    from app.imaging.plugins import versions as versions
    from app.imaging.series import Series as Series
    from app.imaging.series import prepare_series as prepare_series
    from app.imaging.series import render_series as render_series
    from app.imaging.warm import warm as warm
    from app.imaging.work import Rendition as Rendition
    from app.imaging.work import Work as Work
    from app.imaging.work import planned as planned
    from app.imaging.work import prepare as prepare

# Raise it when the same options make another result, or an image has other facts.
_ENGINE: Final = "13"

_HOMES: Final = {
    "appearance": ("Appearance", "describe_appearance", "prepare_appearance"),
    "completeness": ("is_complete",),
    "cost.decode": ("verify_cost",),
    "headers": ("Header",),
    "headers.probe": ("check_bytes", "check_front", "check_header", "probe", "read_header"),
    "info": ("describe",),
    "pipeline": ("render", "verify"),
    "plugins": ("versions",),
    "series": ("Series", "prepare_series", "render_series"),
    "warm": ("warm",),
    "work": ("Rendition", "Work", "planned", "prepare"),
}


def engine() -> str:
    """Return what decides the pixels beside the options, a part of every cache key: our version, and the resampler."""
    from app.imaging.native_resampler import resampler

    return f"{_ENGINE} {resampler()}"


def __getattr__(name: str) -> Any:
    """Return the public ``name`` from the module it lives in."""
    for module, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
