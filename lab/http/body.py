"""The body of a request: as long as its headers say, or chunked, and never read beyond a limit.

What is ambiguous is refused: https://www.rfc-editor.org/rfc/rfc9112#section-6.3
"""

from __future__ import annotations

import re
from email.message import Message
from io import BufferedIOBase
from typing import Final

from lab.http.fields import EndsEarly, Refusal, fields, read_lines

_DIGITS: Final = re.compile("[0-9]+")
# the longest number is above every limit, and int() refuses thousands of digits
_LONGEST_NUMBER: Final = 15
_LINE_BYTES: Final = 1024
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[^\r\n]*)?\r\n")


def read_body(source: BufferedIOBase, headers: Message, *, limit: int, version: str = "HTTP/1.1") -> bytes:
    """Return the body.

    Raises EndsEarly, and Refusal when it is above ``limit`` bytes (413), or where it ends is not clear (400).
    """
    lengths = headers.get_all("Content-Length", [])
    codings = [coding.lower() for coding in headers.get_all("Transfer-Encoding", [])]
    if codings:
        # HTTP/1.0 knows no chunks, so what stands before this server may have found another end
        if codings != ["chunked"] or lengths or version == "HTTP/1.0":
            raise Refusal(400)
        return _chunks(source, limit)
    if len(lengths) > 1 or not all(_DIGITS.fullmatch(length) for length in lengths):
        raise Refusal(400)
    return _exactly(source, _number(lengths[0], 10, limit) if lengths else 0)


def _chunks(source: BufferedIOBase, limit: int) -> bytes:
    body = bytearray()
    while size := _number(_chunk_size(source), 16, limit - len(body)):
        body += _exactly(source, size)
        if _exactly(source, 2) != b"\r\n":
            raise Refusal(400)
    # trailers are dropped, but must be well formed
    fields(read_lines(source))
    return bytes(body)


def _chunk_size(source: BufferedIOBase) -> str:
    line = source.readline(_LINE_BYTES)
    if len(line) < _LINE_BYTES and not line.endswith(b"\n"):
        raise EndsEarly
    match = _CHUNK.fullmatch(line)
    if match is None:
        raise Refusal(400)
    return match[1].decode()


def _exactly(source: BufferedIOBase, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise EndsEarly
    return data


def _number(digits: str, base: int, limit: int) -> int:
    """Return the number, or raise Refusal above the limit, before anything of that size is read."""
    counting = digits.lstrip("0") or "0"
    if len(counting) > _LONGEST_NUMBER or (number := int(counting, base)) > limit:
        raise Refusal(413)
    return number
