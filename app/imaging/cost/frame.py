"""What a decoded frame takes, and what it is made of: what the estimates of all formats share."""

from __future__ import annotations

import msgspec

from app.imaging.headers import Header


class DecodeCost(msgspec.Struct, frozen=True):
    """Peak bytes of decoding a frame, its CPU seconds, and the bytes that the decoded frame holds.

    Of an animation, ``coded`` are the further CPU seconds that the bytes of all frames take, ``largest`` those of the
    one that takes longest; ``once`` are those of bytes any frame may hold.
    """

    peak: float
    cpu: float
    frame: float
    coded: float = 0.0
    largest: float = 0.0
    once: float = 0.0

    def seconds(self, frames: int) -> float:
        """Return the CPU seconds of decoding so many frames."""
        return self.cpu * frames + min(self.coded, self.largest * frames) + self.once


def coded_bytes(header: Header) -> int:
    """Return the bytes of the file that pixels are made of."""
    return header.coded or max(0, header.bytes - header.metadata)


def plain_bytes(header: Header) -> float:
    """Return the bytes per pixel of the frame that is resized: Pillow keeps one for L and four for everything else."""
    return 1.0 if header.mode in ("L", "1", "I;16", "I;16B") and not header.alpha else 4.0


def plain_peak(header: Header) -> float:
    """Return the bytes per pixel while samples are converted to a mode that can be resized."""
    if header.depth == 16 and header.samples_per_pixel == 1:
        return 12.0 if header.alpha else 7.2
    if header.mode == "P":
        return 5.0
    if header.mode in ("PA", "La", "YCbCr"):
        return 8.0
    if header.depth == 1 or header.mode == "1":
        return 8.0 if header.alpha else 2.0
    keyed = header.format == "png" and header.alpha and header.mode in ("L", "RGB")
    if keyed and header.depth == 16:
        return 20.0
    return (1.0 if header.mode == "L" else 4.0) + 4.0 if keyed else plain_bytes(header)
