"""The inbox: each object that arrives there gets one stored rendition per offered width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from app import imaging
from app.core.errors import Busy, NotFound, TooCostly
from app.service.models import Identify, RequestContext, Source
from app.service.renderer import Renderer
from app.storage import keys

if TYPE_CHECKING:
    from app.storage import ObjectInfo, Storage

# how often the renditions are made in one go when the object changes meanwhile
_CHANGES: Final = 3


class Inbox(msgspec.Struct, frozen=True, kw_only=True):
    """The objects below ``inbox/``, where anyone with rights on the bucket may write."""

    storage: Storage
    renderer: Renderer
    identify: Identify
    widths: tuple[int, ...]

    def find(self, bucket: str, name: str) -> tuple[str, str]:
        """Return the key of an object in the inbox, or the reason why it is not one.

        Renditions are written outside the inbox, so they cannot cause events of their own.
        """
        key = self.storage.key_of(bucket, name)
        if key is None:
            return "", "the object is not in our storage"
        if not key.startswith(keys.INBOX):
            return "", f"the object is not below {keys.INBOX}"
        return key, "the object is a folder" if key.endswith("/") else ""

    def source(self, key: str) -> Source:
        """Return an inbox object as a source; raise NotFound or SourceTooLarge."""
        self._check_bytes(self.storage.stat(keys.check_inbox(key)))
        data = self._get(key)
        identity = self.identify(data)
        return Source(identity, lambda: (identity, data))

    def make_renditions(self, context: RequestContext, key: str) -> list[str]:
        """Store the object at each width and return the keys, which depend only on its name and the width.

        An image narrower than a width keeps its own. Doing it twice writes the same again. The renditions are those of
        the last write, also when the object is replaced meanwhile. Raises NotFound when the object is gone, Busy
        when it does not stop changing, and what imaging and admission raise.
        """
        keys.check_inbox(key)
        stored = self.storage.stat(key)
        for _ in range(_CHANGES):
            written = self._store_all(context, key, self._read(context, key, stored))
            before, stored = stored, self.storage.stat(key)
            # gone is fine: whoever has seen the renditions may delete the object
            if stored is None or stored == before:
                return written
        raise Busy("the object was replaced each time its renditions were made")

    def _store_all(self, context: RequestContext, key: str, data: bytes) -> list[str]:
        try:
            return self._store(context, key, data, self.widths)
        except TooCostly:
            if len(self.widths) == 1:
                raise
        # one decode holds all its results in memory; one width at a time may fit
        return [name for width in self.widths for name in self._store(context, key, data, (width,))]

    def _store(self, context: RequestContext, key: str, data: bytes, widths: tuple[int, ...]) -> list[str]:
        """Store these widths, made from one decode, and return their keys."""
        renditions = self.renderer.render_widths(context, data, widths)
        written = [keys.resized(width, key) for width in widths]
        for name, rendition in zip(written, renditions, strict=True):
            with context.stopwatch.stage("store"):
                self.storage.put(name, rendition.body, media_type=imaging.media_type(rendition.format))
        return written

    def _read(self, context: RequestContext, key: str, stored: ObjectInfo | None) -> bytes:
        self._check_bytes(stored)
        with context.stopwatch.stage("fetch"):
            return self._get(key)

    def _check_bytes(self, stored: ObjectInfo | None) -> None:
        """Raise SourceTooLarge before an object is read: it was written past every limit of ours."""
        if stored is not None:
            imaging.check_bytes(stored.bytes, self.renderer.limits)

    def _get(self, key: str) -> bytes:
        data = self.storage.get(key)
        if data is None:
            raise NotFound(f"there is no object '{key[:200]}'")
        return data
