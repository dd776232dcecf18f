"""How S3 checks a request's body: payload hash, checksums, and ``aws-chunked`` encoding with a trailer."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Mapping
from hashlib import md5, sha256

from tests.support.s3.errors import S3Error

UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
CHUNK_HEADERS = ("x-amz-trailer", "x-amz-decoded-content-length", "x-amz-content-sha256", "content-encoding")


def check_hash(headers: Mapping[str, str], body: bytes) -> None:
    """Raise S3Error unless the signed hash is that of the body, or declares the body unsigned."""
    claimed = headers.get("x-amz-content-sha256", "")
    if claimed not in UNSIGNED and claimed != sha256(body).hexdigest():
        raise S3Error(400, "XAmzContentSHA256Mismatch", "The provided x-amz-content-sha256 header does not match")


def decode(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """Return headers and body without chunked encoding; raise S3Error for a wrong checksum."""
    decoded = dict(headers)
    if headers.get("x-amz-content-sha256") == "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
        body, trailer = _dechunk(body)
        decoded = {name: value for name, value in headers.items() if name not in CHUNK_HEADERS} | trailer
    _check_checksums(decoded, body)
    return decoded, body


def _check_checksums(headers: Mapping[str, str], body: bytes) -> None:
    checksums = {
        "content-md5": md5(body).digest(),
        "x-amz-checksum-crc32": zlib.crc32(body).to_bytes(4, "big"),
        "x-amz-checksum-sha256": sha256(body).digest(),
    }
    for name, value in checksums.items():
        if name in headers and headers[name] != base64.b64encode(value).decode():
            raise S3Error(400, "BadDigest", f"The {name} you specified did not match what we received")


def _dechunk(body: bytes) -> tuple[bytes, dict[str, str]]:
    """Undo ``aws-chunked``: sized chunks, an empty one, then trailing headers."""
    stream, data = io.BytesIO(body), b""
    while size := int(stream.readline().strip() or b"0", 16):
        data += stream.read(size)
        stream.readline()
    pairs = (line.decode().strip().partition(":") for line in stream if line.strip())
    return data, {name.lower(): value for name, _, value in pairs}
