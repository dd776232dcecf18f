"""What decoding takes, from the header alone: the rate of the format, and what else it depends on."""

from __future__ import annotations

from typing import Final

import msgspec

from app.imaging.cost import FIXED_CPU, FIXED_MEMORY, Cost
from app.imaging.cost.rates import DECODE, DECODE_ANIMATED, MASKED
from app.imaging.headers import Header
from app.imaging.steps.costs import PASS

# JPEG: seconds per byte of the file, of a progressive file, and per pixel put out.
JPEG_BYTE, JPEG_PROGRESSIVE_BYTE, JPEG_PIXEL = 9e-9, 42e-9, 14e-9
# JPEG: bytes per pixel beside the picture, and with four inks.
JPEG_BESIDE, JPEG_CMYK_BESIDE = 0.1, 0.5
# PNG: seconds per byte of samples.
PNG_BYTE: Final = 9e-9
# HEIC: seconds per byte of the file, and per pixel put out; bytes and seconds per sample, of eight bits and of more;
# the share of these bytes that gray takes; how many copies of the file there are.
HEIC_BYTE, HEIC_PIXEL = 30e-9, 12e-9
HEIC_SAMPLE, HEIC_DEEP_SAMPLE = (6.0, 64e-9), (9.0, 80e-9)
HEIC_GRAY, HEIC_COPIES = 0.5, 3.2
# Run-length coded BMPs are decoded in Python: seconds per byte of the file.
RUN_LENGTH_BYTE: Final = 1.5e-6


class DecodeCost(msgspec.Struct, frozen=True):
    """Peak bytes of decoding a frame, its CPU seconds, and the bytes that the decoded frame holds."""

    peak: float
    cpu: float
    frame: float


def decode_cost(header: Header, shrink: int) -> DecodeCost:
    """Return what one frame takes; ``shrink`` is how much a JPEG decoder reduces by itself."""
    if header.animated:
        return _animated(header)
    if header.format == "jpeg":
        return _jpeg(header, shrink)
    if header.format == "png":
        return _png(header)
    if header.format == "heic":
        return _heic(header)
    rate = MASKED if header.masks else DECODE[header.format]
    peak = max(rate.bytes(header.alpha) * header.pixels, _plain_peak(header) * header.pixels)
    cpu = rate.seconds(header.alpha) * header.pixels + (RUN_LENGTH_BYTE * header.bytes if header.run_length else 0)
    return DecodeCost(peak, cpu, _plain_bytes(header) * header.pixels)


def verify_cost(header: Header, *, shrink: int = 8, frames: int = 0) -> Cost:
    """Return the cost of decoding ``frames``, or every frame, once, which is what an upload does."""
    spent = decode_cost(header, shrink if header.format == "jpeg" else 1)
    memory = int(header.bytes + FIXED_MEMORY + spent.peak)
    return Cost(memory, spent.cpu * (frames or header.frames) + FIXED_CPU)


def _animated(header: Header) -> DecodeCost:
    rate = DECODE_ANIMATED[header.format]
    copy = header.bytes if header.format != "gif" else 0
    memory = rate.bytes(header.alpha) * header.pixels
    return DecodeCost(memory + copy, rate.seconds(header.alpha) * header.pixels, memory)


def _jpeg(header: Header, shrink: int) -> DecodeCost:
    if header.open_ended:
        # decoded twice, and whole, before it is decoded as it is needed
        checked = _jpeg(msgspec.structs.replace(header, open_ended=False), 1)
        wanted = _jpeg(msgspec.structs.replace(header, open_ended=False), shrink)
        return DecodeCost(checked.peak, 2 * checked.cpu + wanted.cpu, wanted.frame)
    frame = _plain_bytes(header) * header.pixels / shrink**2
    cpu = JPEG_PIXEL * header.pixels / shrink**2
    if not header.progressive:
        beside = JPEG_CMYK_BESIDE if header.mode == "CMYK" else JPEG_BESIDE
        return DecodeCost(frame + beside * header.pixels, cpu + JPEG_BYTE * header.bytes, frame)
    # The coefficients, two bytes each, are all kept until the last scan.
    samples = header.samples_per_pixel * header.pixels
    cpu += JPEG_PROGRESSIVE_BYTE * header.bytes + 0.5e-9 * samples * header.scans
    return DecodeCost(frame + 2.1 * samples, cpu, frame)


def _png(header: Header) -> DecodeCost:
    samples = header.samples_per_pixel * max(1.0, header.depth / 8) * header.pixels
    # A transparent color of 16 bits takes a second look at the file.
    looks = 2 if header.depth == 16 and header.mode == "RGB" and header.alpha else 1
    cpu = looks * PNG_BYTE * samples + 2 * PASS * header.pixels
    return DecodeCost(_plain_peak(header) * header.pixels, cpu, _plain_bytes(header) * header.pixels)


def _heic(header: Header) -> DecodeCost:
    bytes_each, seconds_each = HEIC_DEEP_SAMPLE if header.depth > 8 else HEIC_SAMPLE
    frame, samples = _plain_bytes(header) * header.pixels, header.samples_per_pixel * header.pixels
    # Tiles are decoded one after another, and each is put into its place in the frame.
    tile = (HEIC_GRAY if header.mode == "L" else 1.0) * bytes_each * samples / header.tiles
    peak = HEIC_COPIES * header.bytes + tile + (frame if header.tiles > 1 else 0.0)
    cpu = HEIC_BYTE * header.bytes + seconds_each * samples + HEIC_PIXEL * header.pixels
    return DecodeCost(max(peak, 3 * frame if header.mode == "RGBa" else 0.0), cpu, frame)


def _plain_bytes(header: Header) -> float:
    """Return the bytes per pixel of the frame that is resized: Pillow keeps one for L and four for everything else."""
    return 1.0 if header.mode in ("L", "1", "I;16", "I;16B") and not header.alpha else 4.0


def _plain_peak(header: Header) -> float:
    """Return the bytes per pixel while samples are converted to a mode that can be resized."""
    if header.depth == 16 and header.samples_per_pixel == 1:
        return 12.0 if header.alpha else 7.2
    if header.mode == "P":
        return 5.0
    if header.depth == 1:
        return 8.0 if header.alpha else 2.0
    keyed = header.format == "png" and header.alpha and header.mode in ("L", "RGB")
    if keyed and header.depth == 16:
        return 20.0
    return (1.0 if header.mode == "L" else 4.0) + 4.0 if keyed else _plain_bytes(header)
