"""Reads the segments of a JPEG up to its first scan: ITU-T T.81, annex B."""

from __future__ import annotations

from typing import Final

from app.errors import UndecodableImage
from app.imaging.decode_errors import decoding
from app.imaging.headers import Header, exif

_FRAME: Final = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))
_PROGRESSIVE: Final = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
_BARE: Final = frozenset((0x01, 0xD8, *range(0xD0, 0xD8)))
_SCAN, _APP1, _APP2, _APP14 = 0xDA, 0xE1, 0xE2, 0xEE
_MODES: Final = {1: "L", 3: "RGB", 4: "CMYK"}


def scan(data: bytes) -> Header:
    """Return the header; raises UndecodableImage."""
    with decoding("jpeg"):
        return _header(data, _segments(data))


def _segments(data: bytes) -> list[tuple[int, bytes]]:
    """Return marker and payload of each segment before the first scan."""
    found: list[tuple[int, bytes]] = []
    at = 2
    while True:
        if data[at] != 0xFF:
            at += 1  # decoders skip stray bytes between segments, and real cameras write them
            continue
        marker = data[at + 1]
        at += 1
        if marker in (0x00, 0xFF):
            continue
        at += 1
        if marker == _SCAN:
            # Nothing in coded data looks like the end marker, so without one the file was cut.
            if data.rfind(b"\xff\xd9", at) < 0:
                raise EOFError
            return found
        if marker not in _BARE:
            length = int.from_bytes(data[at : at + 2], "big")
            if length < 2 or at + length > len(data):
                raise EOFError
            found.append((marker, data[at + 2 : at + length]))
            at += length


def _header(data: bytes, segments: list[tuple[int, bytes]]) -> Header:
    frames = [(marker, payload) for marker, payload in segments if marker in _FRAME]
    if len(frames) != 1:
        raise UndecodableImage("the JPEG has no usable frame header")
    marker, frame = frames[0]
    return Header(
        format="jpeg",
        stored_width=int.from_bytes(frame[3:5], "big"),
        stored_height=int.from_bytes(frame[1:3], "big"),
        mode=_MODES[frame[5]],
        bytes=len(data),
        orientation=_orientation(segments),
        progressive=marker in _PROGRESSIVE,
        # Counting takes a millisecond per megabyte, so only where it matters.
        scans=data.count(b"\xff\xda") if marker in _PROGRESSIVE else 1,
        depth=frame[0],
        samples_per_pixel=_samples_per_pixel(frame),
        adobe=any(marker == _APP14 and payload.startswith(b"Adobe") for marker, payload in segments),
        icc=any(marker == _APP2 and payload.startswith(b"ICC_PROFILE\x00") for marker, payload in segments),
    )


def _orientation(segments: list[tuple[int, bytes]]) -> int:
    for marker, payload in segments:
        if marker == _APP1 and payload.startswith(b"Exif\x00\x00"):
            return exif.orientation(payload)
    return 1


def _samples_per_pixel(frame: bytes) -> float:
    """Return the samples stored per pixel, all components together."""
    factors = [divmod(frame[7 + 3 * index], 16) for index in range(frame[5])]
    most = max(across for across, _ in factors) * max(down for _, down in factors)
    return sum(across * down for across, down in factors) / most
