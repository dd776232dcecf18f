"""One answer of a source: its status and headers, and its body within limits.

Imports urllib3's errors, so it is imported late, by ``session``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError

from app.errors import ServiceError, SourceFailed, SourceTooLarge

if TYPE_CHECKING:
    from requests import Response

_PIECE = 64 * 1024
_LITTLE = 16 * 1024  # bytes cheaper to read than a new connection is to open
_LENGTH = re.compile(r"[0-9]{1,18}")
_LONGEST_HEADER = 1024  # characters of one that is kept; more is no validator but a burden


@contextmanager
def translated(words: str) -> Iterator[None]:
    """Raise SourceFailed with ``words`` for what http.client, urllib3, requests and sockets raise."""
    try:
        yield
    except (HTTPException, HTTPError, OSError) as exc:  # requests' errors are OSErrors
        raise SourceFailed(words) from exc


class Answer:
    """An answer whose body is not read yet; a context manager that frees the connection."""

    def __init__(self, response: Response) -> None:
        self.status = response.status_code
        self._response = response
        self._raw = response.raw

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._response.close()

    def header(self, name: str) -> str:
        """Return the header, empty when it is missing or absurdly long."""
        value: str = self._raw.headers.get(name, "")
        return value if len(value) <= _LONGEST_HEADER else ""

    def location(self) -> str:
        """Return where a redirect leads; http.client reads as Latin-1 what is UTF-8 where it is not ASCII."""
        value: str = self._raw.headers.get("location", "")
        with suppress(UnicodeError):
            return value.encode("latin-1").decode()
        return value

    def body(self, limit: int) -> bytes:
        """Return the whole body.

        Raises SourceTooLarge past ``limit`` bytes, declared or read; SourceFailed when the body is
        encoded, or ends early; SourceTimeout or DeadlineExceeded.
        """
        declared = self._declared_length()
        if declared is not None and declared > limit:
            raise _too_large(limit)
        self._require_plain()
        kept = BytesIO()
        with translated("the source broke off before its whole body had come"):
            while piece := self._raw.read1(_PIECE, decode_content=False):
                if kept.tell() + len(piece) > limit:
                    raise _too_large(limit)
                kept.write(piece)
        if declared is None and not kept.tell():
            raise SourceFailed("the source sent no body")
        return kept.getvalue()

    def skip(self) -> None:
        """Read a body nobody wants when it is short, so that its connection can be used again.

        Not after 1xx: the real answer is still to come, and would be taken for that of the next request.
        """
        left = self._raw.length_remaining
        if self.status >= 200 and left is not None and left <= _LITTLE:
            with suppress(HTTPException, HTTPError, OSError, ServiceError):
                while self._raw.read1(_PIECE, decode_content=False):
                    pass

    def _declared_length(self) -> int | None:
        text = self._raw.headers.get("content-length")
        if text is None or self._raw.chunked:
            return None
        if not _LENGTH.fullmatch(text):
            raise SourceFailed("the source's Content-Length is not a number")
        return int(text)

    def _require_plain(self) -> None:
        """Refuse codings: a few encoded bytes can be very many, and none were asked for."""
        coding = self._raw.headers.get("content-encoding", "identity")
        if coding.lower() not in ("", "identity"):
            raise SourceFailed("the source sent an encoded body (Content-Encoding) though none was asked for")
        if self._raw.headers.get("transfer-encoding", "chunked").lower() != "chunked":
            raise SourceFailed("the source sent a Transfer-Encoding other than chunked")


def _too_large(limit: int) -> SourceTooLarge:
    return SourceTooLarge(f"the source is larger than {limit} bytes")
