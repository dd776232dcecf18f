"""Results: found where they are kept, or made now."""

from __future__ import annotations

from app import imaging
from app.service.images import check_exists_cached, original, require_present
from app.service.models import RenderSpec, RequestContext, Result, Source, Tools
from app.storage import keys


def etag(identity: str, wanted: RenderSpec) -> str:
    """Return the strong validator of a result, known before anything is decoded (RFC 9110, 8.8.3)."""
    return f"{identity[:16]}-{wanted.variant}"


def check_watermark(tools: Tools, wanted: RenderSpec) -> None:
    """Raise NotFound when the image to be stamped on is gone: what was made with it is not to be seen any more."""
    if wanted.options.watermark:
        check_exists_cached(tools, wanted.options.watermark)


def resize(tools: Tools, turn: RequestContext, source: Source, wanted: RenderSpec) -> Result:
    """Return a result from memory, from storage, or made now and kept; raise NotFound without its watermark."""
    check_watermark(tools, wanted)
    found = _find(tools, source.identity, wanted)
    if found is not None:
        return found
    identity, data = source.read()
    body = render(tools, turn, data, wanted)
    tools.cache.put((identity, wanted.variant), body)
    if wanted.persist:
        _store(tools, turn, keys.derived(identity, wanted.variant), body)
    if source.stored:
        require_present(tools, identity)
    return Result(body, identity, "miss")


def render(tools: Tools, turn: RequestContext, data: bytes, wanted: RenderSpec) -> bytes:
    """Return the image made of ``data``; raise what imaging and admission raise."""
    watermark = original(tools, wanted.options.watermark) if wanted.options.watermark else b""
    work = imaging.prepare(data, wanted.options, tools.settings, accepts=wanted.accepts, watermark=watermark)
    with tools.admission.admit(work.cost.memory_bytes, work.cost.cpu_s, turn.deadline):
        return imaging.render(work, data, turn.deadline, turn.stopwatch, watermark=watermark).body


def keep(tools: Tools, turn: RequestContext, result: Result, wanted: RenderSpec) -> str:
    """Store the result, unless it is stored, and return its key."""
    key = keys.derived(result.identity, wanted.variant)
    if result.cache != "storage" and tools.storage.stat(key) is None:
        _store(tools, turn, key, result.body)
    return key


def _store(tools: Tools, turn: RequestContext, key: str, body: bytes) -> None:
    with turn.stopwatch.stage("store"):
        tools.storage.put(key, body, media_type=imaging.media_type(imaging.sniff(body[:64]) or ""))


def _find(tools: Tools, identity: str, wanted: RenderSpec) -> Result | None:
    remembered = tools.cache.get((identity, wanted.variant))
    if remembered is not None:
        return Result(remembered, identity, "memory")
    kept = tools.storage.get(keys.derived(identity, wanted.variant))
    if kept is None:
        return None
    tools.cache.put((identity, wanted.variant), kept)
    return Result(kept, identity, "storage")
