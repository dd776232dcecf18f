"""The headers of a request as they arrived: as many, and as long, as the server behind them wants to judge itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.parser import Parser
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from typing import Final

# bounds only what is kept in memory: AWS's runtime client sends an error of up to 1 MB in a header, gateways take less
HEAD_BYTES: Final = 2 * 1024 * 1024
# what http.server acts on by itself
_ITS_OWN: Final = re.compile(rb"(connection|expect)[ \t]*:", re.IGNORECASE)


class _Head:
    """Stands for ``source`` while http.server reads headers, and lets it see only those that it acts on.

    The standard library refuses a line of 64 KB and a hundred headers, whatever they add up to. The first question
    reads all of them, not before: a request line that is none is refused without waiting for headers.
    """

    def __init__(self, source: BufferedIOBase) -> None:
        self._source = source
        self._lines: list[bytes] = []
        self._seen: Iterator[bytes] | None = None
        self.too_large = False

    def readline(self, limit: int = -1) -> bytes:
        """Return the next line for http.server, which ends with an empty one."""
        if self._seen is None:
            self._read()
            self._seen = iter([*(line for line in self._lines if _ITS_OWN.match(line)), b"\r\n"])
        return next(self._seen, b"")[:limit]

    def headers(self) -> HTTPMessage:
        """Return all headers."""
        return Parser(_class=HTTPMessage).parsestr(b"".join(self._lines).decode("iso-8859-1"))

    def _read(self) -> None:
        left = HEAD_BYTES
        while line := self._source.readline(left + 1):
            left -= len(line)
            if left < 0:
                self.too_large = True
                return
            self._lines.append(line)
            if line in (b"\r\n", b"\n"):
                return


class WholeHeadHandler(BaseHTTPRequestHandler):
    """Handles requests with headers of any number and length, up to ``HEAD_BYTES`` in all."""

    def parse_request(self) -> bool:
        """Parse the request line and all headers; a head that is too large is refused with 431."""
        source = self.rfile
        head = _Head(source)
        self.rfile = head  # type: ignore[assignment]
        try:
            is_request = super().parse_request()
        finally:
            self.rfile = source
        if is_request and head.too_large:
            self.send_error(431)
            return False
        if is_request:
            self.headers = head.headers()
        return is_request
