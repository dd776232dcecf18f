"""Results: resized images, found where they are kept or rendered now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from app import imaging
from app.service.images import ImageStore
from app.service.models import RenderSpec, RequestContext, Result, Source, media_type
from app.service.renderer import Renderer
from app.storage import keys

if TYPE_CHECKING:
    from app.runtime.cache import MemoryCache
    from app.runtime.single_flight import SingleFlight
    from app.runtime.storage_failures import StorageFailures
    from app.storage import Storage


class ResultStore(msgspec.Struct, frozen=True, kw_only=True):
    """Results by source and spec, in memory and in storage; ``links_s`` is how long a link works, in seconds.

    A result that can be made is answered: a storage that fails to find or to keep it is counted in ``failures``.
    Equal requests at once share one of the ``flights``.
    """

    storage: Storage
    images: ImageStore
    renderer: Renderer
    cache: MemoryCache
    flights: SingleFlight[Result]
    failures: StorageFailures
    links_s: int

    def resize(self, context: RequestContext, source: Source, spec: RenderSpec) -> Result:
        """Return the result from memory or storage, or render it and keep it.

        Raises NotFound when the source or the watermark is not stored any more.
        """
        self.check_watermark(spec)

        def find_or_make() -> Result:
            return self._find(source.identity, spec) or self._make(context, source, spec)

        key = (source.identity, spec.variant, spec.persist)
        result, is_own = self.flights.do(key, find_or_make, context.deadline)
        return Result(result.body, result.identity, result.cache if is_own else "memory", source.stored)

    def render(self, context: RequestContext, data: bytes, spec: RenderSpec) -> bytes:
        """Return the image made of ``data``, which is kept nowhere; raise NotFound without its watermark."""
        watermark = self.images.read(spec.options.watermark) if spec.options.watermark else b""
        return self.renderer.render(context, data, spec, watermark=watermark)

    def check_watermark(self, spec: RenderSpec) -> None:
        """Raise NotFound when the watermark is not stored any more: kept results that show it must not be served."""
        if spec.options.watermark:
            self.images.check_exists_cached(spec.options.watermark)

    def store(self, context: RequestContext, result: Result, spec: RenderSpec) -> None:
        """Store the result unless it is stored already, and whole.

        Raises NotFound when its source has been deleted: a container may remember a result for longer.
        """
        if result.cache == "storage":
            return
        key = keys.derived(result.identity, spec.variant)
        stored = self.storage.stat(key)
        if stored is None or stored.bytes != len(result.body):
            self._put(context, key, result.body)
            if result.of_stored:
                self.images.check_exists(result.identity)

    def link(
        self,
        result: Result,
        spec: RenderSpec,
        *,
        longest_s: int,
        method: Literal["GET", "HEAD"],
        headers: Mapping[str, str],
    ) -> str | None:
        """Return a link that anyone can read a stored result by, with these headers.

        It works for ``links_s`` seconds, or ``longest_s`` if that is less; it cannot be for less than one. None where
        the storage gives out no links.
        """
        key, seconds = keys.derived(result.identity, spec.variant), max(1, min(self.links_s, longest_s))
        return self.storage.presigned_url(key, expires_s=seconds, method=method, headers=headers)

    def _find(self, identity: str, spec: RenderSpec) -> Result | None:
        in_memory = self.cache.get((identity, spec.variant))
        if in_memory is not None:
            return Result(in_memory, identity, "memory")
        stored = None
        with self.failures.tolerated("look for a kept result"):
            stored = self.storage.get(keys.derived(identity, spec.variant))
        if stored is None or not imaging.is_complete(stored):  # it is made again, and replaced
            return None
        self.cache.put((identity, spec.variant), stored)
        return Result(stored, identity, "storage")

    def _make(self, context: RequestContext, source: Source, spec: RenderSpec) -> Result:
        identity, data = source.read()
        body = self.render(context, data, spec)
        self.cache.put((identity, spec.variant), body)
        if spec.persist:
            with self.failures.tolerated("keep a result"):
                self._put(context, keys.derived(identity, spec.variant), body)
        if source.stored:  # it may have been deleted in the meantime
            self.images.check_exists(identity)
        return Result(body, identity, "miss")

    def _put(self, context: RequestContext, key: str, body: bytes) -> None:
        with context.stopwatch.stage("store"):
            self.storage.put(key, body, media_type=media_type(body))
