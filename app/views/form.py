"""Reads forms within bounds: Werkzeug's decoder limits parts and bytes, but not what it parses of each part.

A part's headers are parsed letter by letter, so a form of 10 MB that is all headers would take seconds, and a
urlencoded form takes fifty times its size in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any, Final

from werkzeug.datastructures import FileStorage, Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from app.core.errors import InvalidParameter, ParameterError, SourceTooLarge
from app.options import MAX_TEXT

_MAX_URLENCODED: Final = 64 * 1024
# of one part, and of all of them: a hundred files with the longest names are half of it
_MAX_PART_HEADERS: Final = 2 * 1024
_MAX_HEADERS: Final = 64 * 1024
# RFC 2046, 5.1.1 allows 70 characters, and clients send more: up to 72 come from the test client of Werkzeug
_MAX_BOUNDARY: Final = 200
_BLOCK: Final = 64 * 1024
# a letter takes up to four bytes
_MAX_FIELD_BYTES: Final = 4 * MAX_TEXT


class FormParser(FormDataParser):
    """A parser of multipart and urlencoded forms; any other body is left alone."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:
        """Return the stream, the fields and the files; a broken form has none.

        Raises RequestEntityTooLarge or SourceTooLarge for too many parts or bytes, InvalidParameter for a field of too
        much text.
        """
        if mimetype == "application/x-www-form-urlencoded":
            # what is sent in chunks states no length
            data = b"" if (content_length or 0) > _MAX_URLENCODED else _beginning(stream, _MAX_URLENCODED + 1)
            if max(content_length or 0, len(data)) > _MAX_URLENCODED:
                raise SourceTooLarge(f"expected a urlencoded form of at most {_MAX_URLENCODED} bytes")
            # 32,768 pairs fit, and take longer to parse than any honest form
            if self.max_form_parts is not None and data.count(b"&") >= self.max_form_parts:
                raise SourceTooLarge(f"expected a urlencoded form of at most {self.max_form_parts} pairs")
            return super().parse(BytesIO(data), mimetype, len(data))
        boundary = (options or {}).get("boundary", "")
        if mimetype == "multipart/form-data" and boundary.isascii() and 0 < len(boundary) <= _MAX_BOUNDARY:
            try:
                return stream, *self._read(stream, boundary.encode(), content_length)
            except ValueError:
                return stream, self.cls(), self.cls()
        return stream, self.cls(), self.cls()

    def _read(self, stream: IO[bytes], boundary: bytes, content_length: int | None) -> tuple[Any, Any]:
        """Return fields and files; raise ValueError for a broken form."""
        fields: list[tuple[str, str]] = []
        files: list[tuple[str, FileStorage]] = []
        content: IO[bytes] = BytesIO()
        part: Field | File | None = None
        for event in _events(stream, _Decoder(boundary, 2 * _BLOCK, max_parts=self.max_form_parts)):
            if isinstance(event, Field):
                part, content = event, BytesIO()
            elif isinstance(event, File):
                part, content = event, self.stream_factory(content_length, None, event.filename, None)
            elif isinstance(event, Data) and part:
                content.write(event.data)
                if isinstance(part, Field) and content.tell() > _MAX_FIELD_BYTES:
                    raise InvalidParameter(ParameterError(part.name or "", f"expected at most {MAX_TEXT} characters"))
                if not event.more_data:
                    content.seek(0)
                    if isinstance(part, Field):
                        fields.append((part.name or "", content.read().decode(errors="replace")))
                    else:
                        files.append((part.name or "", FileStorage(content, part.filename, part.name)))
        return self.cls(fields), self.cls(files)


class _Decoder(MultipartDecoder):
    """Werkzeug's decoder, which refuses headers before it parses them."""

    _left = _MAX_HEADERS

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        self._left -= len(data)
        if len(data) > _MAX_PART_HEADERS or self._left < 0:
            raise RequestEntityTooLarge
        return super()._parse_headers(data)


def _beginning(stream: IO[bytes], size: int) -> bytes:
    """Return up to so many bytes, however few each read returns."""
    data = b""
    while len(data) < size and (block := stream.read(size - len(data))):
        data += block
    return data


def _events(stream: IO[bytes], decoder: MultipartDecoder) -> Iterator[Event]:
    """Yield what the decoder finds until the form ends; raise ValueError for a broken one."""
    while True:
        decoder.receive_data(stream.read(_BLOCK) or None)
        while not isinstance(event := decoder.next_event(), NeedData):
            if isinstance(event, Epilogue):
                return
            yield event
