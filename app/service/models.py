"""The values that use cases take and return."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from typing import Literal, Protocol

import msgspec

from app import imaging
from app.core.deadline import Deadline, Stopwatch
from app.core.errors import ServiceError
from app.core.formats import UNKNOWN_TYPE
from app.options import ResizeOptions

CacheState = Literal["memory", "storage", "miss"]
# called with each URL before it is fetched; raises for one that may not be
Permit = Callable[[str], None]
# from the bytes of an image to its id
Identify = Callable[[bytes], str]
# from any bytes to a digest that only holders of one subkey can make
Mac = Callable[[bytes], str]


class JobQueue(Protocol):
    """Runs jobs later: in invocations of their own on Lambda, in threads of this process elsewhere."""

    def submit(self, job_id: str) -> None:
        """Have the job run, at least once.

        Raises Busy when the queue is full, StorageUnavailable when it cannot be reached.
        """


class RequestContext(msgspec.Struct, frozen=True):
    """The time of one request: how much is left, and how it was spent."""

    deadline: Deadline
    stopwatch: Stopwatch


class Image(msgspec.Struct, frozen=True):
    """A stored image: size in pixels after EXIF orientation, ``created`` in Unix seconds."""

    id: str
    format: str
    width: int
    height: int
    frames: int
    bytes: int
    created: float


class OpenedImage(msgspec.Struct, frozen=True):
    """A stored image and its bytes; ``refusal`` is why it is too large to be a source, None if it is not."""

    image: Image
    data: bytes
    refusal: ServiceError | None


class StoredImage(msgspec.Struct, frozen=True):
    """What is known of a stored image without reading it; ``created`` in Unix seconds."""

    id: str
    bytes: int
    created: float


class Source(msgspec.Struct, frozen=True):
    """An image to resize: its identity, and ``read``, which gets the bytes only when they are needed.

    ``read`` returns the identity again, because a URL may have other bytes by then.
    """

    identity: str
    read: Callable[[], tuple[str, bytes]]
    stored: bool = False


class RenderSpec(msgspec.Struct, frozen=True, dict=True):
    """The result to make from a source; ``accepts`` are the formats for ``format=auto``, the preferred first."""

    options: ResizeOptions
    accepts: tuple[str, ...] = ()
    persist: bool = False

    @cached_property
    def variant(self) -> str:
        """Return the name of this result among all results of one source; a file name for saving changes none."""
        accepts = self.accepts if self.options.format == "auto" else ()
        drawn = self.options.without("download")
        text = f"{imaging.engine()}\n{drawn.canonical()}\n{','.join(accepts)}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def etag(self, identity: str) -> str:
        """Return the strong validator of the result, known before anything is decoded (RFC 9110, 8.8.3).

        It is a hash, because it must not tell a part of the identity.
        """
        return hashlib.sha256(f"{identity}\n{self.variant}".encode()).hexdigest()[:32]


class Result(msgspec.Struct, frozen=True):
    """A rendered image, the identity of its source and whether that is stored, and where the image was found."""

    body: bytes
    identity: str
    cache: CacheState
    of_stored: bool = False


def media_type(image: bytes) -> str:
    """Return the media type of an image that was rendered or verified here, a neutral one if it was damaged since."""
    format = imaging.sniff(image)
    return imaging.media_type(format) if format else UNKNOWN_TYPE
