"""Stored images: uploaded, described, read and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from app import imaging
from app.errors import NotFound
from app.service.models import Identify, Image, RequestContext
from app.service.renderer import Renderer
from app.storage import keys

if TYPE_CHECKING:
    from app.runtime.cache import MemoryCache, TTLCache
    from app.storage import Storage


class ImageStore(msgspec.Struct, frozen=True, kw_only=True):
    """The originals, and the results and jobs that are deleted with them.

    ``known`` holds the ids of images that were seen in the storage, ``links_s`` is the life of a link in seconds.
    """

    storage: Storage
    renderer: Renderer
    cache: MemoryCache
    known: TTLCache[bool]
    identify: Identify
    recheck_s: float
    links_s: int

    def upload(self, context: RequestContext, data: bytes) -> tuple[Image, bool]:
        """Store the bytes untouched once every frame has decoded; return the image and whether it is new."""
        header = self.renderer.verify(context, data)
        image_id = self.identify(data)
        with context.stopwatch.stage("store"):
            is_new = self.storage.put_new(keys.original(image_id), data, media_type=imaging.media_type(header.format))
        return self._image(image_id, header), is_new

    def describe(self, image_id: str) -> Image:
        """Return the facts about a stored image; raise NotFound."""
        return self._image(image_id, imaging.probe(self.read(image_id), self.renderer.limits))

    def read(self, image_id: str) -> bytes:
        """Return the bytes as they were uploaded; raise NotFound."""
        data = self.storage.get(keys.original(keys.check_id(image_id)))
        if data is None:
            raise _not_found(image_id)
        return data

    def size(self, image_id: str) -> int | None:
        """Return how many bytes were uploaded, without reading them; None when there is no such image."""
        stored = self.storage.stat(keys.original(keys.check_id(image_id)))
        return None if stored is None else stored.bytes

    def link(self, image_id: str, *, method: Literal["GET", "HEAD"]) -> str | None:
        """Return a link that anyone can read the original by, for ``links_s`` seconds; None if there are no links."""
        return self.storage.presigned_url(keys.original(image_id), expires_s=self.links_s, method=method, headers={})

    def delete(self, image_id: str) -> None:
        """Delete the image and everything made from it; raise NotFound.

        The original goes first: a resize that is running checks for it after writing its result, and removes
        the result when the original is gone.
        """
        existed = self.storage.delete(keys.original(keys.check_id(image_id)))
        self._forget(image_id)
        if not existed:
            raise _not_found(image_id)

    def check_exists(self, image_id: str) -> None:
        """Raise NotFound when the image is not stored, after deleting what was made from it."""
        if self.storage.stat(keys.original(image_id)) is None:
            self._forget(image_id)
            raise _not_found(image_id)
        self.known.put(image_id, True)

    def check_exists_cached(self, image_id: str) -> None:
        """As ``check_exists``, but trust what was seen within ``recheck_s``.

        Only after that does this container notice that another one has deleted the image.
        """
        if not self.known.get(image_id, max_age_s=self.recheck_s):
            self.check_exists(image_id)

    def _image(self, image_id: str, header: imaging.Header) -> Image:
        stored = self.storage.stat(keys.original(image_id))
        if stored is None:
            raise _not_found(image_id)
        size = header.width, header.height
        return Image(image_id, header.format, *size, header.frames, stored.bytes, stored.modified)

    def _forget(self, image_id: str) -> None:
        self.known.forget(image_id)
        self.cache.forget(image_id)
        self.storage.delete_prefix(keys.derived(image_id))
        for mark in list(self.storage.keys(keys.job_of(image_id))):
            self.storage.delete(keys.job(mark.rpartition("/")[2]))
            self.storage.delete(mark)


def _not_found(image_id: str) -> NotFound:
    return NotFound(f"there is no image '{image_id}'")
