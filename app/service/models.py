"""What the use cases work with, and the values they pass around."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from app import imaging
from app.config import Settings
from app.deadline import Deadline, Stopwatch
from app.options import ResizeOptions

if TYPE_CHECKING:
    from app.runtime.admission import Admission
    from app.runtime.cache import MemoryCache, TTLCache
    from app.sources import Fetcher
    from app.storage import Storage

CacheState = Literal["memory", "storage", "miss"]
Permit = Callable[[str], None]


class Deferred(Protocol):
    """Has jobs run later: by another invocation on Lambda, by threads of this process elsewhere."""

    def submit(self, job: str) -> None:
        """Have the job run once or more; raise Busy when there is no room, StorageUnavailable when it cannot be."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What the use cases work with; built once per container."""

    settings: Settings
    storage: Storage
    cache: MemoryCache
    present: TTLCache[bool]
    urls: TTLCache[UrlFacts]
    remote: Fetcher
    admission: Admission
    identify: Callable[[bytes], str]
    now: Callable[[], float]
    deferred: Deferred
    cores: int


class RequestContext(msgspec.Struct, frozen=True):
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


class RenderSpec(msgspec.Struct, frozen=True):
    """What is to be made of a source; ``accepts`` are the formats ``format=auto`` may choose."""

    options: ResizeOptions
    accepts: tuple[str, ...] = ()
    persist: bool = False

    @property
    def variant(self) -> str:
        """Return the name of this result among all results of one source."""
        accepts = self.accepts if self.options.format == "auto" else ()
        text = f"{imaging.engine()}\n{self.options.canonical()}\n{','.join(accepts)}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


class Result(msgspec.Struct, frozen=True):
    """A finished image, whose it is and where it was found."""

    body: bytes
    identity: str
    cache: CacheState
