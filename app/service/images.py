"""Stored images: uploaded, described, read and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from app import imaging
from app.core.errors import Busy, NotFound, StorageUnavailable
from app.service.models import Identify, Image, OpenedImage, RequestContext, StoredImage
from app.service.renderer import Renderer
from app.storage import keys

if TYPE_CHECKING:
    from app.runtime.cache import MemoryCache, TTLCache
    from app.storage import ObjectInfo, Storage


_WRITE_RACES: Final = 10


class Candidate(msgspec.Struct, frozen=True):
    """An image that may be stored: every frame of it has decoded."""

    id: str
    header: imaging.Header


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
        return self.store(context, self.check(context, data), data)

    def store_result(self, context: RequestContext, data: bytes) -> tuple[Image, bool]:
        """Store an image rendered here, and return it and whether it is new; it may be too large to be a source."""
        header = self.renderer.verify_result(context, data)
        return self.store(context, Candidate(self.identify(data), header), data)

    def check(self, context: RequestContext, data: bytes) -> Candidate:
        """Decode every frame, and return what the bytes can be stored as."""
        header = self.renderer.verify(context, data)
        return Candidate(self.identify(data), header)

    def store(self, context: RequestContext, candidate: Candidate, data: bytes) -> tuple[Image, bool]:
        """Store the bytes of a candidate; return the image and whether it is new.

        What a failing disk left of an earlier upload is replaced. Others may delete the image meanwhile: it is then
        stored again, because nobody who uploads wants to hear that it does not exist.
        """
        key, media_type = keys.original(candidate.id), imaging.media_type(candidate.header.format)
        with context.stopwatch.stage("store"):
            for _ in range(_WRITE_RACES):
                is_new = self.storage.put_new(key, data, media_type=media_type)
                stored = self.storage.stat(key)
                if stored is not None and stored.bytes == len(data):
                    return _image(candidate.id, candidate.header, stored), is_new
                if stored is not None:
                    self.storage.put(key, data, media_type=media_type)
        raise Busy("others keep deleting this image while it is stored; try again shortly")

    def open(self, image_id: str) -> OpenedImage:
        """Return the facts about a stored image, also one that is too large to be a source, and its bytes.

        Raises what ``read`` raises.
        """
        data = self.read(image_id)
        header = imaging.read_header(data)
        stored = self.storage.stat(keys.original(image_id))
        if stored is None:
            raise _not_found(image_id)
        return OpenedImage(_image(image_id, header, stored), data, self.renderer.refusal(header))

    def read(self, image_id: str) -> bytes:
        """Return the bytes as they were uploaded; raise NotFound, or StorageUnavailable when they were lost."""
        data = self.storage.get(keys.original(keys.check_id(image_id)))
        if data is None:
            raise _not_found(image_id)
        if not data:
            raise StorageUnavailable(f"the stored bytes of image '{image_id}' were lost: upload it again")
        return data

    def size(self, image_id: str) -> int | None:
        """Return how many bytes were uploaded, without reading them; None when there is no such image."""
        stored = self.storage.stat(keys.original(keys.check_id(image_id)))
        return None if stored is None else stored.bytes

    def list_after(self, image_id: str, limit: int) -> list[StoredImage]:
        """Return the next ``limit`` images behind ``image_id``, or the first for an empty one, in the order of ids.

        Raises NotFound for what is no id.
        """
        after = keys.original(keys.check_id(image_id)) if image_id else ""
        found: list[StoredImage] = []
        while len(found) < limit:
            entries = self.storage.entries_after(after, keys.ORIGINALS, limit)
            named = [(key.removeprefix(keys.ORIGINALS), info) for key, info in entries]
            found += [StoredImage(name, info.bytes, info.modified) for name, info in named if keys.is_id(name)]
            if len(entries) < limit:
                break
            after = entries[-1][0]
        return found[:limit]

    def link(self, image_id: str, *, method: Literal["GET", "HEAD"]) -> str | None:
        """Return a link that anyone can read the original by, for ``links_s`` seconds; None if there are no links."""
        return self.storage.presigned_url(keys.original(image_id), expires_s=self.links_s, method=method, headers={})

    def delete(self, image_id: str) -> None:
        """Delete the image with its results and jobs; raise NotFound.

        The original goes first: a resize that is running checks for it after writing its result, and removes
        the result when the original is gone.
        """
        existed = self.storage.delete(keys.original(keys.check_id(image_id)))
        self._forget(image_id)
        self._delete_made(image_id)
        if not existed:
            raise _not_found(image_id)

    def check_exists(self, image_id: str) -> None:
        """Raise NotFound when the image is not stored, after deleting what was made from it: call it after a write."""
        if not self._is_stored(image_id):
            self._delete_made(image_id)
            raise _not_found(image_id)

    def check_exists_cached(self, image_id: str) -> None:
        """Raise NotFound when the image is not stored; trust what was seen within ``recheck_s``.

        Only after that does this container notice that another one has deleted the image.
        """
        if not (self.known.get(image_id, max_age_s=self.recheck_s) or self._is_stored(image_id)):
            raise _not_found(image_id)

    def _is_stored(self, image_id: str) -> bool:
        """Look for the image in the storage, and remember that it is there, or nothing of it."""
        if self.storage.stat(keys.original(image_id)) is None:
            self._forget(image_id)
            return False
        self.known.put(image_id, True)
        return True

    def _forget(self, image_id: str) -> None:
        self.known.forget(image_id)
        self.cache.forget(image_id)

    def _delete_made(self, image_id: str) -> None:
        """Delete the results and jobs of an image."""
        self.storage.delete_prefix(keys.derived(image_id))
        marks = list(self.storage.keys(keys.job_of(image_id)))
        # the marks last: they are how an attempt that failed is gone on with
        self.storage.delete_many([keys.job(mark.rpartition("/")[2]) for mark in marks])
        self.storage.delete_many(marks)


def _image(image_id: str, header: imaging.Header, stored: ObjectInfo) -> Image:
    size = header.width, header.height
    return Image(image_id, header.format, *size, header.frames, stored.bytes, stored.modified)


def _not_found(image_id: str) -> NotFound:
    return NotFound(f"there is no image '{image_id}'")
