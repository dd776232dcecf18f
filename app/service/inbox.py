"""What arrives in the inbox gets its renditions: one stored image for each offered width."""

from __future__ import annotations

from app import imaging
from app.errors import NotFound, SourceTooLarge, TooCostly
from app.options import ResizeOptions
from app.service.models import RequestContext, Tools
from app.storage import keys


def renditions(tools: Tools, turn: RequestContext, key: str) -> list[str]:
    """Store each width of an image of the inbox and return the keys, which depend on nothing but name and width.

    Doing it again writes the same again. An image narrower than a width keeps its own. Raises NotFound
    for an object that went meanwhile, and what imaging and admission raise.
    """
    data = _read(tools, turn, keys.check_inbox(key))
    widths = tools.settings.widths
    try:
        return _made(tools, turn, key, data, widths)
    except TooCostly:
        if len(widths) == 1:
            raise
    # the results of one decode are held together; one after the other they may fit
    return [name for width in widths for name in _made(tools, turn, key, data, (width,))]


def _made(tools: Tools, turn: RequestContext, key: str, data: bytes, widths: tuple[int, ...]) -> list[str]:
    """Store these widths, made from one decode, and return their keys."""
    series = imaging.prepare_series(data, ResizeOptions(), widths, tools.settings)
    with tools.admission.admit(series.cost.memory_bytes, series.cost.cpu_s, turn.deadline):
        found = imaging.render_series(series, data, turn.deadline, turn.stopwatch, cores=tools.cores)
    written = [keys.resized(width, key) for width in widths]
    for name, each in zip(written, found, strict=True):
        with turn.stopwatch.stage("store"):
            tools.storage.put(name, each.body, media_type=imaging.media_type(each.format))
    return written


def _read(tools: Tools, turn: RequestContext, key: str) -> bytes:
    """Return the object, looking at its size first: anybody with bucket rights writes here."""
    with turn.stopwatch.stage("fetch"):
        about = tools.storage.stat(key)
        most = tools.settings.max_source_bytes
        if about is not None and about.bytes > most:
            raise SourceTooLarge(f"the object has {about.bytes} bytes, expected at most {most}")
        data = tools.storage.get(key)
    if data is None:
        raise NotFound(f"there is no object '{key[:200]}'")
    return data
