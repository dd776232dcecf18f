"""The headers of a request as they arrived: as many, and as long, as the server behind them wants to judge itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from typing import Final

from lab.http.body import read_body
from lab.http.fields import EndsEarly, Refusal, fields, read_lines

# what http.server acts on by itself
_ITS_OWN: Final = re.compile(rb"(connection|expect)[ \t]*:", re.IGNORECASE)


class _Head:
    """Stands for ``source`` while http.server reads headers, and lets it see only those that it acts on.

    The standard library refuses a line of 64 KB and a hundred headers, whatever they add up to, and takes a line that
    is no header for the end of them. All headers are read at the first call of readline and not before, so that an
    invalid request line is refused without waiting for them. It raises EndsEarly and Refusal.
    """

    def __init__(self, source: BufferedIOBase) -> None:
        self._source = source
        self._seen: Iterator[bytes] | None = None
        self.headers = HTTPMessage()

    def readline(self, limit: int = -1) -> bytes:
        """Return the next line for http.server, which ends with an empty one."""
        if self._seen is None:
            lines = read_lines(self._source)
            for name, value in fields(lines):
                self.headers[name] = value
            self._seen = iter([*(line for line in lines if _ITS_OWN.match(line)), b"\r\n"])
        return next(self._seen, b"")[:limit]


class WholeHeadHandler(BaseHTTPRequestHandler):
    """Handles requests with headers of any number and length, up to ``HEAD_BYTES`` in all; logs nothing itself."""

    protocol_version = "HTTP/1.1"
    # Nagle's algorithm would hold back small writes for 40 ms, until the client's delayed ACK
    disable_nagle_algorithm = True
    wbufsize = -1

    def parse_request(self) -> bool:
        """Parse the request line and all headers.

        A head that is too large is refused with 431, a line that is no header with 400; one that ends early is none.
        """
        source = self.rfile
        head = _Head(source)
        self.rfile = head  # type: ignore[assignment]
        try:
            is_request = super().parse_request()
        except EndsEarly:
            self.close_connection = True
            return False
        except Refusal as exc:
            self.send_error(exc.status)
            return False
        finally:
            self.rfile = source
        if is_request:
            self.headers = head.headers
            if len(self.headers.get_all("Host", [])) > 1:
                self.send_error(400)  # another server may pick a different one: RFC 9112, section 3.2
                return False
        return is_request

    def whole_body(self, limit: int) -> bytes | None:
        """Return the body of at most ``limit`` bytes; None where it ends early or was refused: nothing is to run."""
        try:
            return read_body(self.rfile, self.headers, limit=limit, version=self.request_version)
        except EndsEarly:
            self.close_connection = True
        except Refusal as exc:
            self.send_error(exc.status)
        return None

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the live page shows what happens, and a container's log has Lambda's own lines."""
