"""Images: bytes and frozen options in, bytes and facts out; the only package that knows Pillow.

Importing this loads no imaging library and none of its own parts but the table of formats: a name
brings in its module when it is first used (PEP 562), because a cold start that answers a page
should not pay for pictures.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from app.formats import media_type, sniff

if TYPE_CHECKING:
    from app.imaging.codecs.plugins import versions
    from app.imaging.cost.estimate import Cost, verify_cost
    from app.imaging.headers.probe import Header, probe
    from app.imaging.info import Info, Look, describe, look, prepare_look
    from app.imaging.pipeline import Rendition, Work, prepare, render, verify
    from app.imaging.series import Series, prepare_series, render_series, renditions
    from app.imaging.warm import warm

__all__ = [
    "ENGINE",
    "Cost",
    "Header",
    "Info",
    "Look",
    "Rendition",
    "Series",
    "Work",
    "describe",
    "look",
    "media_type",
    "prepare",
    "prepare_look",
    "prepare_series",
    "probe",
    "render",
    "render_series",
    "renditions",
    "sniff",
    "verify",
    "verify_cost",
    "versions",
    "warm",
]

# Part of every cache key: raise it when the same options make different pixels.
ENGINE: Final = "4"

_HOMES: Final = {
    "Cost": "cost.estimate",
    "Header": "headers.probe",
    "Info": "info",
    "Look": "info",
    "Rendition": "pipeline",
    "Series": "series",
    "Work": "pipeline",
    "describe": "info",
    "look": "info",
    "prepare": "pipeline",
    "prepare_look": "info",
    "prepare_series": "series",
    "probe": "headers.probe",
    "render": "pipeline",
    "render_series": "series",
    "renditions": "series",
    "verify": "pipeline",
    "verify_cost": "cost.estimate",
    "versions": "codecs.plugins",
    "warm": "warm",
}


def __getattr__(name: str) -> Any:
    """Return the public ``name`` from the module it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
