"""One HTTP response of a source: its status and headers, and its body within limits.

Imports urllib3's errors, so only ``session`` imports it, at the first fetch.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError

from app.core.errors import ServiceError, SourceFailed, SourceTooLarge
from app.core.text import undone_latin_1

if TYPE_CHECKING:
    from requests import Response

_CHUNK = 64 * 1024
_INSPECTED = 4 * 1024  # bytes that tell what a file is
_MOST_INSPECTED = 256 * 1024  # what EXIF and a color profile may put in front of a size
_DRAIN_LIMIT = 16 * 1024  # bytes cheaper to read than a new connection is to open
_CONTENT_LENGTH = re.compile(r"[0-9]{1,18}")
# content codings that compress (https://www.iana.org/assignments/http-parameters); the other values that servers send,
# such as aws-chunked, UTF-8 and none, change no byte
_COMPRESSIONS = frozenset(
    ("gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd", "dcb", "dcz", "exi", "pack200-gzip")
)
_FRAMINGS = ("chunked", "identity")  # identity is of RFC 2616, 3.6, and changes nothing
_MAX_HEADER = 1024  # characters; a longer ETag is a burden to keep

Inspect = Callable[[bytes], bool | None]


@contextmanager
def map_exceptions(message: str) -> Iterator[None]:
    """Raise SourceFailed with ``message`` for what http.client, urllib3, requests and sockets raise."""
    try:
        yield
    except (HTTPException, HTTPError, OSError) as exc:  # requests' errors are OSErrors
        raise SourceFailed(message) from exc


class SourceResponse:
    """A response whose body is not read yet; a context manager that releases the connection."""

    def __init__(self, response: Response) -> None:
        self.status = response.status_code
        self._response = response
        self._raw = response.raw

    def __enter__(self) -> SourceResponse:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._response.close()

    def header(self, name: str) -> str:
        """Return the header, empty when it is missing, absurdly long, or folded, which no request may repeat."""
        value: str = self._raw.headers.get(name, "")
        return value if len(value) <= _MAX_HEADER and value.isprintable() else ""

    def location(self) -> str:
        """Return the target of a redirect, empty when there is none."""
        return undone_latin_1(self._raw.headers.get("location", ""))

    def read(self, limit: int, inspect: Inspect = lambda head: None) -> bytes:
        """Return the whole body; ``inspect`` is called with its first kilobytes, unless that is all.

        While it returns true it is called again with twice as many, up to 256 KiB.

        Raises SourceTooLarge past ``limit`` bytes, declared or read; SourceFailed when the body is
        encoded or ends early; SourceTimeout or DeadlineExceeded.
        """
        declared = self._content_length()
        if declared is not None and declared > limit:
            raise _too_large(limit)
        self._require_identity()
        body, due = BytesIO(), _INSPECTED
        with map_exceptions("the connection broke before the whole body had arrived"):
            while chunk := self._raw.read1(_CHUNK, decode_content=False):
                if body.tell() + len(chunk) > limit:
                    raise _too_large(limit)
                body.write(chunk)
                if due <= body.tell():
                    due = 2 * body.tell() if inspect(body.getvalue()) else sys.maxsize
                if due > _MOST_INSPECTED:
                    due = sys.maxsize
        if declared is None and not body.tell():
            raise SourceFailed("the source sent no body")
        return body.getvalue()

    def drain(self) -> None:
        """Read and drop a short body, so that its connection can be used again.

        Not after 1xx: the final response is still to come, and would be taken for that of the next request.
        """
        left = self._raw.length_remaining
        if self.status >= 200 and left is not None and left <= _DRAIN_LIMIT:
            with suppress(HTTPException, HTTPError, OSError, ServiceError):
                while self._raw.read1(_CHUNK, decode_content=False):
                    pass

    def _content_length(self) -> int | None:
        text = self._raw.headers.get("content-length")
        if text is None or self._raw.chunked:
            return None
        if not _CONTENT_LENGTH.fullmatch(text):
            raise SourceFailed("the source's Content-Length is not a number")
        return int(text)

    def _require_identity(self) -> None:
        """Refuse encoded bodies: a few bytes can decode to very many, and no encoding was asked for."""
        codings = self._raw.headers.get("content-encoding", "").lower().split(",")
        if not _COMPRESSIONS.isdisjoint(coding.strip() for coding in codings):
            raise SourceFailed("the source sent an encoded body (Content-Encoding) though none was asked for")
        if self._raw.headers.get("transfer-encoding", "chunked").strip().lower() not in _FRAMINGS:
            raise SourceFailed("the source sent a Transfer-Encoding other than chunked")


def _too_large(limit: int) -> SourceTooLarge:
    return SourceTooLarge(f"the source is larger than {limit} bytes")
