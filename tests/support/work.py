"""Runs the whole way of one image for the tests: prepare, then render, with time enough."""

from __future__ import annotations

from typing import Any

from PIL import Image

from app import imaging
from app.config import Limits
from app.deadline import Deadline, Stopwatch
from app.options import ResizeOptions, parse
from tests.support.drawing import opened

LIMITS = Limits()


def options(**wanted: object) -> ResizeOptions:
    """Return options as a request would give them."""
    return parse(wanted.items())


def rendered(
    data: bytes, *, limits: Limits = LIMITS, accepts: tuple[str, ...] = (), **wanted: Any
) -> imaging.Rendition:
    """Return the result of ``wanted`` options on ``data``, after checking that it is what was promised."""
    work = imaging.prepare(data, options(**wanted), limits, accepts=accepts)
    result = imaging.render(work, data, Deadline.after(60), Stopwatch())
    again = imaging.probe(result.body, limits)
    assert (again.format, again.width, again.height) == (result.format, result.width, result.height)
    assert (result.width, result.height) == work.plan.canvas
    return result


def picture(data: bytes, **wanted: Any) -> Image.Image:
    """Return the decoded result of ``wanted`` options on ``data``."""
    return opened(rendered(data, **wanted).body)
