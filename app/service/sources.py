"""Where the image of a request comes from: the storage, a presigned upload or a URL."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from app.service.images import ImageStore
from app.service.models import Mac, Permit, RequestContext, Source
from app.service.uploads import Uploads
from app.storage import keys

if TYPE_CHECKING:
    from app.runtime.cache import TTLCache
    from app.runtime.single_flight import SingleFlight
    from app.sources import Fetcher


class UrlFacts(msgspec.Struct, frozen=True):
    """The last answer of a URL: the identity of its bytes, every URL on the way, and the last one's validators."""

    identity: str
    hops: tuple[str, ...]
    etag: str
    last_modified: str


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Images as sources; ``urls`` remembers the last answer of each URL, ``fetches`` are those under way.

    ``identify_url`` gives the bytes at a URL another identity than an upload of the same bytes has: sharing results
    would tell whoever may name a URL whether a picture that they know is stored here.
    """

    images: ImageStore
    uploads: Uploads
    fetcher: Fetcher
    urls: TTLCache[UrlFacts]
    fetches: SingleFlight[tuple[UrlFacts, bytes]]
    identify_url: Mac
    url_max_age_s: float

    def stored(self, context: RequestContext, image_id: str) -> Source:
        """Return a stored image as a source; raise NotFound."""
        self.images.check_exists_cached(keys.check_id(image_id))

        def read() -> tuple[str, bytes]:
            with context.stopwatch.stage("fetch"):
                return image_id, self.images.read(image_id)

        return Source(image_id, read, stored=True)

    def uploaded(self, context: RequestContext, token: str) -> Source:
        """Complete a presigned upload and return its image as a source; raise what ``Uploads.complete`` raises."""
        image, _ = self.uploads.complete(context, self.uploads.read_token(token))
        return self.stored(context, image.id)

    def from_url(self, context: RequestContext, url: str, permit: Permit) -> Source:
        """Return a URL as a source, revalidating it only when the last answer is older than ``url_max_age_s``.

        ``permit`` is called with every URL on the way, redirects included, also where the answer to another request is
        taken. Raises what it and the fetcher raise.
        """
        permit(url)
        known = self.urls.get(url, max_age_s=float("inf"))
        for hop in known.hops if known else ():
            permit(hop)

        def read() -> tuple[str, bytes]:
            facts, data = self._fetch(context, url, permit, None)
            return facts.identity, data

        if known is not None and self.urls.get(url, max_age_s=self.url_max_age_s):
            return Source(known.identity, read)
        fetch = partial(self._fetch, context, url, permit, known)
        (facts, data), is_own = self.fetches.do((url, known), fetch, context.deadline)
        for hop in () if is_own else facts.hops:
            permit(hop)
        return Source(facts.identity, lambda: (facts.identity, data) if data else read())

    def _fetch(
        self, context: RequestContext, url: str, permit: Permit, known: UrlFacts | None
    ) -> tuple[UrlFacts, bytes]:
        """Fetch the URL unless it still has the ``known`` bytes; the result is empty when nothing changed (304)."""
        validators = (
            {"validated": known.hops[-1], "etag": known.etag, "last_modified": known.last_modified} if known else {}
        )
        hops: list[str] = []

        def authorize(hop: str) -> None:
            permit(hop)
            hops.append(hop)

        with context.stopwatch.stage("fetch"):
            inspect = self.images.renderer.inspect
            fetched = self.fetcher.fetch(url, context.deadline, authorize=authorize, inspect=inspect, **validators)
        data = fetched.body or b""
        etag, last_modified = fetched.etag, fetched.last_modified
        if fetched.body is None and known is not None:  # the answer may leave out what has not changed
            identity, etag, last_modified = known.identity, etag or known.etag, last_modified or known.last_modified
        else:
            identity = self.identify_url(data)
        facts = UrlFacts(identity, tuple(hops), etag, last_modified)
        self.urls.put(url, facts)
        return facts, data
