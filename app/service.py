"""The use cases: what the service does with an image, whichever door asked.

Functions of their arguments; the parts they work with are handed in as ``Tools``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import msgspec

from app import imaging
from app.config import Settings
from app.deadline import Deadline, Stopwatch
from app.errors import NotFound
from app.options import ResizeOptions
from app.storage import keys

if TYPE_CHECKING:
    from app.admission import Admission
    from app.cache import MemoryCache, Remembered
    from app.sources import Remote
    from app.storage import Storage

CacheState = Literal["memory", "storage", "miss"]
Permit = Callable[[str], None]


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What the use cases work with; built once per container."""

    settings: Settings
    storage: Storage
    cache: MemoryCache
    present: Remembered[bool]
    urls: Remembered[UrlFacts]
    remote: Remote
    admission: Admission
    identify: Callable[[bytes], str]


class Turn(msgspec.Struct, frozen=True):
    """One request's time: how much is left, and where it went."""

    deadline: Deadline
    stopwatch: Stopwatch


class UrlFacts(msgspec.Struct, frozen=True):
    """What a url gave when it was last asked: whose bytes, from where in the end, and how to ask again."""

    identity: str
    final: str
    etag: str
    last_modified: str


class Image(msgspec.Struct, frozen=True):
    """A stored image: size in upright pixels, ``created`` in Unix seconds."""

    id: str
    format: str
    width: int
    height: int
    frames: int
    bytes: int
    created: float


class Source(msgspec.Struct, frozen=True):
    """An image to work on: whose it is, and how to get its bytes when they are needed.

    ``read`` returns the identity again, since a url may give other bytes by then.
    """

    identity: str
    read: Callable[[], tuple[str, bytes]]
    stored: bool = False


class Wanted(msgspec.Struct, frozen=True):
    """What is to be made of a source; ``accepts`` are the formats ``format=auto`` may choose."""

    options: ResizeOptions
    accepts: tuple[str, ...] = ()
    persist: bool = False

    @property
    def variant(self) -> str:
        """Return the name of this result among all results of one source."""
        accepts = self.accepts if self.options.format == "auto" else ()
        text = f"{imaging.ENGINE}\n{self.options.canonical()}\n{','.join(accepts)}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


class Result(msgspec.Struct, frozen=True):
    """A finished image, whose it is and where it was found."""

    body: bytes
    identity: str
    cache: CacheState


def etag(identity: str, wanted: Wanted) -> str:
    """Return the strong validator of a result, known before anything is decoded (RFC 9110, 8.8.3)."""
    return f"{identity[:16]}-{wanted.variant}"


def upload(tools: Tools, turn: Turn, data: bytes) -> tuple[Image, bool]:
    """Store the bytes untouched once they proved to decode; say whether they are new here."""
    header = imaging.probe(data, tools.settings)
    cost = imaging.verify_cost(header)
    with turn.stopwatch.stage("decode"), tools.admission.admit(cost.memory_bytes, cost.cpu_s, turn.deadline):
        imaging.verify(data, tools.settings, turn.deadline)
    key = keys.original(tools.identify(data))
    with turn.stopwatch.stage("store"):
        new = tools.storage.put_new(key, data, media_type=imaging.media_type(header.format))
    return describe(tools, key.removeprefix(keys.ORIGINALS), data=data), new


def describe(tools: Tools, image_id: str, *, data: bytes | None = None) -> Image:
    """Return what is known of a stored image; raise NotFound. ``data`` saves reading it again."""
    data = data or original(tools, image_id)
    stored = tools.storage.stat(keys.original(image_id))
    if stored is None:
        raise _no_image(image_id)
    header = imaging.probe(data, tools.settings)
    return Image(
        image_id, header.format, header.width, header.height, header.frames, stored.bytes, stored.modified
    )  # fmt: skip


def original(tools: Tools, image_id: str) -> bytes:
    """Return the bytes as they were uploaded; raise NotFound."""
    data = tools.storage.get(keys.original(image_id))
    if data is None:
        raise _no_image(image_id)
    return data


def delete(tools: Tools, image_id: str) -> None:
    """Remove the image and all that was made of it; raise NotFound.

    The original goes first: a resize that is still running looks for it after writing its result,
    and takes the result back when it is gone.
    """
    existed = tools.storage.delete(keys.original(image_id))
    _forget(tools, image_id)
    if not existed:
        raise _no_image(image_id)


def stored_source(tools: Tools, turn: Turn, image_id: str) -> Source:
    """Return a stored image as a source; raise NotFound.

    That it exists is believed for ``recheck_s``: another container may have deleted it since.
    """
    if not tools.present.get(image_id, max_age_s=tools.settings.recheck_s):
        _require_present(tools, image_id)

    def read() -> tuple[str, bytes]:
        with turn.stopwatch.stage("fetch"):
            return image_id, original(tools, image_id)

    return Source(image_id, read, stored=True)


def url_source(tools: Tools, turn: Turn, url: str, permit: Permit) -> Source:
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


def resize(tools: Tools, turn: Turn, source: Source, wanted: Wanted) -> Result:
    """Return a result from memory, from storage, or made now and kept."""
    found = _find(tools, source.identity, wanted)
    if found is not None:
        return found
    identity, data = source.read()
    body = render(tools, turn, data, wanted)
    tools.cache.put((identity, wanted.variant), body)
    if wanted.persist:
        with turn.stopwatch.stage("store"):
            media_type = imaging.media_type(imaging.sniff(body[:64]) or "")
            tools.storage.put(keys.derived(identity, wanted.variant), body, media_type=media_type)
    if source.stored:
        _require_present(tools, identity)
    return Result(body, identity, "miss")


def render(tools: Tools, turn: Turn, data: bytes, wanted: Wanted) -> bytes:
    """Return the image made of ``data``; raise what imaging and admission raise."""
    work = imaging.prepare(data, wanted.options, tools.settings, accepts=wanted.accepts)
    with tools.admission.admit(work.cost.memory_bytes, work.cost.cpu_s, turn.deadline):
        return imaging.render(work, data, turn.deadline, turn.stopwatch).body


def _find(tools: Tools, identity: str, wanted: Wanted) -> Result | None:
    remembered = tools.cache.get((identity, wanted.variant))
    if remembered is not None:
        return Result(remembered, identity, "memory")
    kept = tools.storage.get(keys.derived(identity, wanted.variant))
    if kept is None:
        return None
    tools.cache.put((identity, wanted.variant), kept)
    return Result(kept, identity, "storage")


def _fetch(tools: Tools, turn: Turn, url: str, permit: Permit, known: UrlFacts | None) -> tuple[str, bytes]:
    """Ask the url, with what is ``known`` as the condition; the bytes are empty when nothing changed."""
    validators = {"etag": known.etag, "last_modified": known.last_modified} if known else {}
    with turn.stopwatch.stage("fetch"):
        fetched = tools.remote.fetch(url, turn.deadline, permit=permit, **validators)
    data = fetched.body or b""
    identity = tools.identify(data) if fetched.body is not None or known is None else known.identity
    etag = fetched.etag or validators.get("etag", "")
    last_modified = fetched.last_modified or validators.get("last_modified", "")
    tools.urls.put(url, UrlFacts(identity, fetched.url, etag, last_modified))
    return identity, data


def _require_present(tools: Tools, image_id: str) -> None:
    if tools.storage.stat(keys.original(image_id)) is None:
        _forget(tools, image_id)
        raise _no_image(image_id)
    tools.present.put(image_id, True)


def _forget(tools: Tools, image_id: str) -> None:
    tools.present.forget(image_id)
    tools.cache.forget(image_id)
    tools.storage.delete_prefix(keys.derived(image_id))


def _no_image(image_id: str) -> NotFound:
    return NotFound(f"there is no image '{image_id}'")
