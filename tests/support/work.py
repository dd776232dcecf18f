"""Takes one image all the way for the tests: prepare, then render, with time enough."""

from __future__ import annotations

from typing import Any

from PIL import Image

from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.options import ResizeOptions, parse
from tests.support.drawing import opened

LIMITS = Limits()
# Any id: the bytes of the watermark are handed over beside it.
WATERMARK_ID = "0" * 32


def options(**query: object) -> ResizeOptions:
    """Return options as a request would give them."""
    return parse(query.items())


def prepared(data: bytes, **query: Any) -> imaging.Work:
    """Return the resize of ``data`` by the options in ``query``, not yet rendered."""
    return imaging.prepare(data, options(**query), LIMITS)


def rendered(
    data: bytes, *, limits: Limits = LIMITS, accepts: tuple[str, ...] = (), mark: bytes = b"", **query: Any
) -> imaging.Rendition:
    """Return the result of the options in ``query`` on ``data``, after checking that it is what was promised.

    ``mark`` is the file that the option ``watermark`` names.
    """
    work = imaging.prepare(data, options(**query), limits, accepts=accepts, watermark=mark)
    result = imaging.render(work, data, Deadline.after(60), Stopwatch(), watermark=mark)
    again = imaging.probe(result.body, limits)
    assert (again.format, again.width, again.height) == (result.format, result.width, result.height)
    assert result.frames == work.output.frames
    if "trim" not in query:  # what it leaves is not known before the pixels are
        assert (result.width, result.height) == work.size
    return result


def picture(data: bytes, *, mark: bytes = b"", **query: Any) -> Image.Image:
    """Return the decoded result of ``wanted`` options on ``data``."""
    return opened(rendered(data, mark=mark, **query).body)


def pixel(data: bytes, at: tuple[int, int] = (20, 15), **query: Any) -> tuple[int, ...]:
    """Return one RGBA pixel of the result of the options in ``query`` on ``data``."""
    found = picture(data, **query).convert("RGBA").getpixel(at)
    assert isinstance(found, tuple)
    return found


def renditions(data: bytes, chosen: ResizeOptions, *widths: int) -> list[imaging.Rendition]:
    """Return one rendition per width, all from one decode."""
    series = imaging.prepare_series(data, chosen, widths, LIMITS)
    return imaging.render_series(series, data, Deadline.after(60), Stopwatch())
