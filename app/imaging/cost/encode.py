"""What encoding takes: the rate of the format, and what else it depends on."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from app.imaging.codecs.output import AVIF_SPEEDS, MOST_ENCODES, Output, avif_speed
from app.imaging.cost.rates import AVIF_EDGES, AVIF_SLOW_CANVASES, AVIF_SLOW_EDGED, CANVASES, ENCODE, ENCODE_ANIMATED
from app.imaging.orientation import Size
from app.imaging.steps.costs import Planned, area, sample_bytes

# The buffers of WebP grow with what it has to write: this much more per pixel at quality 100 than at 80.
WEBP_FINE: Final = 12.0
# A lossless WebP takes this many times as long as a lossy one, and this much more per pixel.
LOSSLESS_CPU, LOSSLESS_MEMORY = 1.5, 40.0
# The bytes per pixel of all frames that a lossless animation takes more.
LOSSLESS_FRAMES: Final = 4.0
# The share of the time that WebP takes with each step of effort left out, and what a lossless animation takes then.
WEBP_SHARES, WEBP_SHARES_LOSSLESS = (1.0, 0.6, 0.4), (3.0, 1.1, 0.4)
# The slower speed of AVIF that small results get takes this much longer, for stills and for animations.
AVIF_FINE, AVIF_FINE_ANIMATED = 2.5, 7.5
# AVIF takes longest at quality 90 or so: this share more than at 80, more on some machines than on others.
AVIF_DETAILED: Final = 0.7
# At the faster speed an animation without loss takes this share more, and as much more as this many frames.
AVIF_EXACT, AVIF_FIRST = 0.9, 3.5
# The bytes that the AVIF encoder takes however small the picture.
AVIF_LEAST: Final = 6_000_000
# A palette search of a GIF, in seconds and in bytes; animations have one for every fourth frame at most, in a smaller
# sample, and map the colors of each.
PALETTE, PALETTE_MEMORY = 0.22, 3_000_000
PALETTE_SHARED, PALETTE_MAP = 0.1, 0.012
# The seconds that encoding an animation may take at the most effort, and at less; what takes longer gets the least.
MOST_SECONDS: Final = (4.5, 6.75)


def encode_cost(planned: Planned, output: Output) -> tuple[float, float]:
    """Return the bytes of all finished frames together with their encoder, and its CPU seconds."""
    one = area(planned.canvas)
    pixels = one * output.frames
    rate = (ENCODE_ANIMATED if output.frames > 1 else ENCODE)[output.format]
    more_memory, factor, more_cpu = _extra(output, planned.canvas)
    memory = (sample_bytes(planned) + rate.bytes(output.transparent)) * pixels + more_memory
    cpu = rate.seconds(output.transparent) * pixels * factor + more_cpu
    if output.max_bytes is not None:
        cpu *= MOST_ENCODES
        memory += 2 * min(output.max_bytes, pixels)
    return memory, cpu


def haste(planned: Planned, output: Output) -> int:
    """Return how many steps of effort the encoder leaves out: none for a still, whose pixels are limited.

    The same options on the same source always get the same effort, whatever the machine is and does.
    """
    if output.frames == 1:
        return 0
    for steps, most in enumerate(MOST_SECONDS):
        if encode_cost(planned, replace(output, haste=steps))[1] <= most:
            return steps
    return len(MOST_SECONDS)


def _extra(output: Output, canvas: Size) -> tuple[float, float, float]:
    """Return what a format takes beyond its rate, for frames of this size: bytes, a factor of time, seconds."""
    one, still = area(canvas), output.frames == 1
    memory, factor, cpu = 0.0 if still else _canvases(output, canvas), 1.0, 0.0
    if output.format == "webp":
        memory += WEBP_FINE * one * max(0, output.quality - 80) / 20 if still else 0
        factor = WEBP_SHARES[output.haste]
        if output.lossless:
            memory += LOSSLESS_MEMORY * one + (0.0 if still else LOSSLESS_FRAMES * one * output.frames)
            factor = LOSSLESS_CPU if still else WEBP_SHARES_LOSSLESS[output.haste]
    if output.format == "avif":
        memory += AVIF_LEAST if still else 0
        factor = _avif_factor(output, one)
    if output.format == "gif":
        shared = PALETTE_SHARED * (1 + output.frames / 4) + PALETTE_MAP * output.frames
        memory, cpu = memory + PALETTE_MEMORY, PALETTE if still else shared
    return memory, factor, cpu


def _avif_factor(output: Output, pixels: float) -> float:
    """Return how many times as long as its rate AVIF takes for frames of this many pixels."""
    still, slow = output.frames == 1, avif_speed(output, pixels) == AVIF_SPEEDS[0]
    detailed = 1 + AVIF_DETAILED * min(max(0, output.quality - 80), 10) / 10
    if slow:
        return detailed * (AVIF_FINE if still else AVIF_FINE_ANIMATED)
    if still:
        return detailed
    return (1 + AVIF_EXACT if output.quality == 100 else detailed) + AVIF_FIRST / output.frames


def _canvases(output: Output, canvas: Size) -> float:
    """Return the bytes that the encoder of an animation works in."""
    per_pixel, least = CANVASES[output.format]
    if output.format != "avif" or avif_speed(output, area(canvas)) != AVIF_SPEEDS[0]:
        return per_pixel * area(canvas) + least
    per_pixel, least = AVIF_SLOW_CANVASES
    wide, high = canvas
    return per_pixel * area(canvas) + least + AVIF_SLOW_EDGED * (wide + AVIF_EDGES) * (high + AVIF_EDGES)
