"""What arrives in the inbox gets its renditions: one stored image for each offered width."""

from __future__ import annotations

import msgspec

from app import imaging
from app.errors import NotFound, SourceTooLarge
from app.options import ResizeOptions
from app.service.parts import Tools, Turn, Wanted
from app.service.results import render
from app.storage import keys


def renditions(tools: Tools, turn: Turn, key: str) -> list[str]:
    """Store each width of an image of the inbox and return the keys, which depend on nothing but name and width.

    Doing it again writes the same again. An image narrower than a width keeps its own. Raises NotFound
    for an object that went meanwhile, and what imaging and admission raise.
    """
    data = _read(tools, turn, keys.check_inbox(key))
    written = []
    for width in tools.settings.widths:
        body = render(tools, turn, data, Wanted(msgspec.structs.replace(ResizeOptions(), width=width)))
        with turn.stopwatch.stage("store"):
            media_type = imaging.media_type(imaging.sniff(body[:64]) or "")
            tools.storage.put(keys.resized(width, key), body, media_type=media_type)
        written.append(keys.resized(width, key))
    return written


def _read(tools: Tools, turn: Turn, key: str) -> bytes:
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
