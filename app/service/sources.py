"""Where the image of a request comes from: a stored one, or a url."""

from __future__ import annotations

from app.service.images import check_exists_cached, original
from app.service.models import Permit, RequestContext, Source, Tools, UrlFacts


def stored_source(tools: Tools, turn: RequestContext, image_id: str) -> Source:
    """Return a stored image as a source; raise NotFound."""
    check_exists_cached(tools, image_id)

    def read() -> tuple[str, bytes]:
        with turn.stopwatch.stage("fetch"):
            return image_id, original(tools, image_id)

    return Source(image_id, read, stored=True)


def url_source(tools: Tools, turn: RequestContext, url: str, permit: Permit) -> Source:
    """Return what a url gives as a source, asking the url only when the last answer has aged.

    ``permit`` is called with every address on the way and raises for one that is not allowed.
    """
    permit(url)
    known = tools.urls.get(url, max_age_s=float("inf"))
    if known is not None:
        permit(known.final)
    if known is not None and tools.urls.get(url, max_age_s=tools.settings.url_max_age_s):
        return Source(known.identity, lambda: _fetch(tools, turn, url, permit, None))
    identity, data = _fetch(tools, turn, url, permit, known)
    return Source(identity, lambda: (identity, data) if data else _fetch(tools, turn, url, permit, None))


def _fetch(tools: Tools, turn: RequestContext, url: str, permit: Permit, known: UrlFacts | None) -> tuple[str, bytes]:
    """Ask the url, with what is ``known`` as the condition; the bytes are empty when nothing changed."""
    validators = {"etag": known.etag, "last_modified": known.last_modified} if known else {}
    with turn.stopwatch.stage("fetch"):
        fetched = tools.remote.fetch(url, turn.deadline, authorize=permit, **validators)
    data = fetched.body or b""
    identity = tools.identify(data) if fetched.body is not None or known is None else known.identity
    etag = fetched.etag or validators.get("etag", "")
    last_modified = fetched.last_modified or validators.get("last_modified", "")
    tools.urls.put(url, UrlFacts(identity, fetched.url, etag, last_modified))
    return identity, data
