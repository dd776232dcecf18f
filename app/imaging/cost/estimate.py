"""Estimates what a resize will take, from header and plan alone, for the worst content there is.

Memory is that of the widest moment of the way (decode, resize, place, encode), CPU time the sum.
The figures were measured on noise, which no codec can shorten, and on enlarged noise, which makes
encoders search longest. ``bench`` measures them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from app.config import Limits
from app.errors import TooCostly
from app.imaging.codecs.quality_search import MOST_ENCODES
from app.imaging.cost import steps
from app.imaging.geometry import Plan
from app.imaging.headers.probe import Header
from app.imaging.output_format import AVIF_SPEED, Output, avif_speed
from app.options import ResizeOptions


class Cost(msgspec.Struct, frozen=True):
    """Peak memory above the bare process, in bytes, and CPU time in seconds on one core of about 3 GHz."""

    memory_bytes: int
    cpu_s: float


class Rate(msgspec.Struct, frozen=True):
    """What one pixel takes: ``memory`` in bytes, ``cpu`` in nanoseconds; ``_alpha`` instead when there is alpha."""

    memory: float
    memory_alpha: float
    cpu: float
    cpu_alpha: float

    def bytes(self, alpha: bool) -> float:
        """Return the bytes per pixel."""
        return self.memory_alpha if alpha else self.memory

    def seconds(self, alpha: bool) -> float:
        """Return the seconds per pixel."""
        return (self.cpu_alpha if alpha else self.cpu) * 1e-9


# Decoders, per pixel of one frame. JPEG and PNG depend on more than that, see _decode_*.
DECODE: Final[Mapping[str, Rate]] = {
    "webp": Rate(20, 20, 65, 75),
    "gif": Rate(5, 8, 16, 16),
    "avif": Rate(12, 15, 80, 140),
    "tiff": Rate(8, 8, 30, 30),
    "bmp": Rate(4, 4, 8, 8),
    "heic": Rate(10, 14, 115, 190),
}
# An animation keeps what the next frame is painted on, and a copy goes on through the pipeline.
DECODE_ANIMATED: Final[Mapping[str, Rate]] = {
    "webp": Rate(22, 22, 70, 80),
    "gif": Rate(14, 16, 25, 30),
    "avif": Rate(18, 22, 80, 140),
    "png": Rate(20, 24, 40, 50),
}
# Encoders, per pixel of the result beside the picture itself; alpha here means that the result keeps it.
ENCODE: Final[Mapping[str, Rate]] = {
    "jpeg": Rate(5, 5, 75, 75),
    "png": Rate(3.6, 4.8, 250, 250),
    "webp": Rate(23, 40, 450, 650),
    "avif": Rate(31, 34, 600, 1000),
    "gif": Rate(4, 8, 40, 45),
    "tiff": Rate(8, 9, 120, 150),
}
ENCODE_ANIMATED: Final[Mapping[str, Rate]] = {
    "png": Rate(11, 12, 250, 250),
    "webp": Rate(5, 8, 450, 650),
    "avif": Rate(4, 6, 300, 500),
    "gif": Rate(5, 6, 60, 60),
}
# WebP's buffers grow with what it has to write down: this much more per pixel at quality 100 than at 80.
WEBP_FINE: Final = 12.0
# The finer speed of AVIF that small results get takes this much longer, for stills and for animations.
AVIF_FINE, AVIF_FINE_ANIMATED = 2.5, 7.5
# Without loss WebP takes this many times as long, and this much more per pixel.
LOSSLESS_CPU, LOSSLESS_MEMORY = 1.5, 40.0
# What the plan of a trimmed image may take more than was said for all that it could become.
TOLERANCE: Final = 1.05
# What its encoder takes however small the picture, in bytes.
AVIF_LEAST: Final = 6_000_000
FIXED_MEMORY: Final = 4_000_000
FIXED_CPU: Final = 0.005
# Bytes that an encoder of animations works in: per pixel of one frame, and at least.
CANVASES: Final = {"png": (40, 0), "webp": (40, 0), "gif": (40, 0), "avif": (100, 30_000_000)}
# JPEG: seconds per byte of coded data, of progressive coded data, and per pixel put out.
JPEG_BYTE, JPEG_PROGRESSIVE_BYTE, JPEG_PIXEL = 9e-9, 42e-9, 14e-9
# PNG: seconds per byte of samples. Resampling: per pixel, tap and direction. Passes over all pixels: per pixel.
PNG_BYTE, TAP, PASS = 9e-9, 2.2e-9, 8e-9
# A palette search per frame of a GIF, in seconds, and what it works in, in bytes.
PALETTE, PALETTE_MEMORY = 0.15, 3_000_000
# Run-length BMPs are decoded in Python: seconds per byte.
RUN_BYTE: Final = 1.5e-6


def estimate(
    header: Header,
    plan: Plan,
    output: Output,
    *,
    options: ResizeOptions,
    limits: Limits,
    watermark: Header | None = None,
) -> Cost:
    """Return the cost of one resize, the bytes of the source included, with trim for the largest it can lead to."""
    decode_memory, decode_cpu, plain = _decode(header, plan.shrink)
    look_memory, look_cpu = steps.looked_at(header, options)
    resize_memory, resize_cpu = _resize(header, plan)
    plan = steps.bounded(header, plan, options, limits)
    step_memory, step_cpu = steps.apply_effects(plan, options)
    encode_memory, encode_cpu = _encode(header, plan, output)
    stamp = verify_cost(watermark, shrink=1, frames=1) if watermark else Cost(0, 0.0)
    picture = _sample_bytes(header, plan) * _area(plan.canvas)
    finished = picture * (output.frames - 1)
    held = header.bytes + FIXED_MEMORY
    # Before the encoder starts, the decoded frame is still there.
    before = plain + max(resize_memory, look_memory, picture + step_memory, stamp.memory_bytes)
    peak = max(decode_memory, before, encode_memory - finished)
    frames = output.first + output.frames
    cpu = decode_cpu * frames + (resize_cpu + step_cpu) * output.frames + look_cpu + encode_cpu + stamp.cpu_s
    return Cost(int(held + finished + peak), cpu + FIXED_CPU)


def check_trimmed(header: Header, plan: Plan, output: Output, *, options: ResizeOptions, known: Cost) -> None:
    """Raise TooCostly when the plan of what trim left takes more than was ``known``, and so allowed, before."""
    spent = estimate(header, plan, output, options=options.without("trim"), limits=Limits())
    if spent.memory_bytes > known.memory_bytes * TOLERANCE or spent.cpu_s > known.cpu_s * TOLERANCE:
        raise TooCostly("what trim leaves of this image would take more time or memory than was estimated for it")


def verify_cost(header: Header, *, shrink: int = 8, frames: int = 0) -> Cost:
    """Return the cost of decoding ``frames``, or every frame, once, which is what an upload does."""
    memory, cpu, _ = _decode(header, shrink if header.format == "jpeg" else 1)
    return Cost(int(header.bytes + FIXED_MEMORY + memory), cpu * (frames or header.frames) + FIXED_CPU)


def _decode(header: Header, shrink: int) -> tuple[float, float, float]:
    """Return the peak bytes, the seconds of one frame, and the bytes that the plain frame holds."""
    if header.animated:
        rate = DECODE_ANIMATED[header.format]
        copy = header.bytes if header.format != "gif" else 0
        memory = rate.bytes(header.alpha) * header.pixels
        return memory + copy, rate.seconds(header.alpha) * header.pixels, memory
    if header.format == "jpeg":
        return _decode_jpeg(header, shrink)
    if header.format == "png":
        return _decode_png(header)
    rate = DECODE[header.format]
    copy = header.bytes if header.format in ("webp", "avif", "tiff", "heic") else 0
    memory, plain = rate.bytes(header.alpha) * header.pixels, _plain_bytes(header) * header.pixels
    cpu = rate.seconds(header.alpha) * header.pixels + (RUN_BYTE * header.bytes if header.runs else 0)
    return max(memory + copy, _plain_peak(header) * header.pixels), cpu, plain


def _decode_jpeg(header: Header, shrink: int) -> tuple[float, float, float]:
    plain = _plain_bytes(header) * header.pixels / shrink**2
    # A progressive file's coefficients, two bytes each, are all kept until the last scan.
    kept = 2.1 * header.chroma * header.pixels if header.progressive else 0.1 * header.pixels
    per_byte = JPEG_PROGRESSIVE_BYTE if header.progressive else JPEG_BYTE
    scans = 0.5e-9 * header.chroma * header.pixels * header.scans if header.progressive else 0.0
    return plain + kept, per_byte * header.bytes + scans + JPEG_PIXEL * header.pixels / shrink**2, plain


def _decode_png(header: Header) -> tuple[float, float, float]:
    trimmed = header.bytes if header.trimmed else 0
    peak = _plain_peak(header) * header.pixels
    samples = header.chroma * max(1.0, header.depth / 8) * header.pixels
    return peak + trimmed, PNG_BYTE * samples + 2 * PASS * header.pixels, _plain_bytes(header) * header.pixels


def _plain_bytes(header: Header) -> float:
    """Return the bytes per pixel of the frame that is resized: Pillow keeps one byte for L and four for the rest."""
    return 1.0 if header.mode in ("L", "1", "I;16", "I;16B") and not header.alpha else 4.0


def _plain_peak(header: Header) -> float:
    """Return the bytes per pixel while samples are brought to a plain mode."""
    if header.depth == 16 and header.chroma == 1:
        return 12.0 if header.alpha else 7.2
    if header.mode == "P":
        return 5.0
    if header.depth == 1:
        return 8.0 if header.alpha else 2.0
    keyed = header.format == "png" and header.alpha and header.mode in ("L", "RGB")
    return (1.0 if header.mode == "L" else 4.0) + 4.0 if keyed else _plain_bytes(header)


def _resize(header: Header, plan: Plan) -> tuple[float, float]:
    """Return the bytes beside the plain frame and the seconds of resizing, turning and placing one frame."""
    samples = 4.0 if header.alpha or header.mode != "L" else 1.0
    scaled, source = _area(plan.scaled), header.pixels / plan.shrink**2
    memory, cpu = 0.0, 2 * PASS * scaled
    if _resampled(plan):
        wide, high = (plan.box[2] - plan.box[0]) / plan.shrink, (plan.box[3] - plan.box[1]) / plan.shrink
        wide, high = min(wide, 2.8 * plan.scaled[0]), min(high, 2.8 * plan.scaled[1])
        taps = 6 * max(wide, 0.7 * plan.scaled[0]) * high + 6 * plan.scaled[0] * max(high, 0.7 * plan.scaled[1])
        premultiplied = 4 * source if header.alpha else 0
        memory = premultiplied + samples * (wide * high * (wide * high < source) + plan.scaled[0] * high + scaled)
        cpu += TAP * taps + PASS * source * (2 if header.alpha else 1)
    turned = (2 if plan.turn.swap or plan.turn.mirror_x or plan.turn.mirror_y else 1) * samples * scaled
    placed = samples * scaled + 9 * _area(plan.framed) if plan.framed != plan.picture or header.alpha else 0.0
    profile = (8 * scaled, 120e-9 * scaled) if header.icc else (0.0, 0.0)
    cpu += PASS * _area(plan.canvas) + profile[1]
    return max(memory, turned, placed, profile[0] + samples * scaled), cpu


def _resampled(plan: Plan) -> bool:
    return (plan.box[2] - plan.box[0], plan.box[3] - plan.box[1]) != plan.scaled or plan.shrink > 1


def encode_memory(header: Header, plan: Plan, output: Output) -> int:
    """Return the bytes that all finished frames take with their encoder."""
    return int(_encode(header, plan, output)[0])


def _encode(header: Header, plan: Plan, output: Output) -> tuple[float, float]:
    """Return the bytes of all finished frames with their encoder, and its seconds."""
    one = _area(plan.canvas)
    pixels = one * output.frames
    rate = (ENCODE_ANIMATED if output.frames > 1 else ENCODE)[output.format]
    memory = (_sample_bytes(header, plan) + rate.bytes(output.clear)) * pixels
    cpu = rate.seconds(output.clear) * pixels
    if output.frames > 1:
        per_pixel, least = CANVASES[output.format]
        memory += per_pixel * one + least
    if output.format == "webp" and output.frames == 1:
        memory += WEBP_FINE * pixels * max(0, output.quality - 80) / 20
    if output.format == "avif" and output.frames == 1:
        memory += AVIF_LEAST
    if output.format == "avif" and avif_speed(pixels) == AVIF_SPEED:
        cpu *= AVIF_FINE if output.frames == 1 else AVIF_FINE_ANIMATED
    if output.format == "gif":
        cpu += PALETTE * (1 + 0.2 * output.frames)
        memory += PALETTE_MEMORY
    if output.lossless and output.format == "webp":
        memory, cpu = memory + LOSSLESS_MEMORY * one, cpu * LOSSLESS_CPU
    if output.max_bytes is not None:
        cpu *= MOST_ENCODES
        memory += 2 * min(output.max_bytes, pixels)
    return memory, cpu


def _sample_bytes(header: Header, plan: Plan) -> float:
    grey = header.mode == "L" and not header.alpha and plan.canvas == plan.picture and plan.tilt is None
    return 1.0 if grey else 4.0


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]
