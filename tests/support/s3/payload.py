"""What S3 checks of a request's body, and how it refuses: hashes, checksums, chunks with a trailer."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Callable, Iterable, Mapping
from hashlib import md5, sha256
from typing import Any
from xml.sax.saxutils import escape

UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
CHUNKING = ("x-amz-trailer", "x-amz-decoded-content-length", "x-amz-content-sha256", "content-encoding")


class Refused(Exception):
    """An error of S3: status, code, words, and further elements of the answer."""

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.elements = {"Code": code, "Message": message, **(details or {})}

    def answer(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as S3 does."""
        inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in self.elements.items())
        region = [("x-amz-bucket-region", self.elements["Region"])] if "Region" in self.elements else []
        start_response(f"{self.status} Refused", [("Content-Type", "application/xml"), *region])
        return [f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()]


def require_hash(headers: Mapping[str, str], body: bytes) -> None:
    """Raise Refused unless the signed hash is that of the body, or says that the body is not signed."""
    claimed = headers.get("x-amz-content-sha256", "")
    if claimed not in UNSIGNED and claimed != sha256(body).hexdigest():
        raise Refused(400, "XAmzContentSHA256Mismatch", "The provided x-amz-content-sha256 header does not match")


def plain(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """Return headers and body without the chunks they may have come in; raise Refused for a wrong checksum."""
    plain_headers = dict(headers)
    if headers.get("x-amz-content-sha256") == "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
        body, trailer = _dechunk(body)
        plain_headers = {name: value for name, value in headers.items() if name not in CHUNKING} | trailer
    _require_checksums(plain_headers, body)
    return plain_headers, body


def _require_checksums(headers: Mapping[str, str], body: bytes) -> None:
    sums = {
        "content-md5": md5(body).digest(),
        "x-amz-checksum-crc32": zlib.crc32(body).to_bytes(4, "big"),
        "x-amz-checksum-sha256": sha256(body).digest(),
    }
    for name, value in sums.items():
        if name in headers and headers[name] != base64.b64encode(value).decode():
            raise Refused(400, "BadDigest", f"The {name} you specified did not match what we received")


def _dechunk(body: bytes) -> tuple[bytes, dict[str, str]]:
    """Undo ``aws-chunked``: sized pieces, an empty one, then trailing headers."""
    stream, data = io.BytesIO(body), b""
    while size := int(stream.readline().strip() or b"0", 16):
        data += stream.read(size)
        stream.readline()
    pairs = (line.decode().strip().partition(":") for line in stream if line.strip())
    return data, {name.lower(): value for name, _, value in pairs}
