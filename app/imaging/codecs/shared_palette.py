"""Palettes that the frames of an animation share as long as they fit.

Nothing is dithered: noise that is new in every frame makes a file several times as large, and moves on plain areas.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from PIL import Image, ImageChops, ImageStat
from PIL.Image import Dither, Quantize, Resampling

from app.imaging.codecs.frame_changes import Change

# One color of 256 is kept for pixels that do not change.
COLORS: Final = 255
# Pixels that a palette is found from.
SAMPLE: Final = 16_384
# k-means moves the colors until fewer than one pixel in this many changes its color.
SETTLED: Final = 64
# How much of red, green and blue counts when colors are found: the eye sees differences of green most.
WEIGHTS: Final = (0.5, 1.0, 0.45)
# Drawings leave an error (root mean square of weighted samples) of about 1, photographs and smooth ramps of 3 to 6.
# These get a new palette after so many frames at most.
FITS, SHARED = 2.0, 16
# A color that so large a share of the pixels has is that of a plain area, which keeps it exactly; so many at most.
PLAIN_SHARE, PLAIN = 1 / 256, 96
# Pillow maps colors in steps of four, and each step by its least color: so that of a plain area is lowered to its
# step, and the others by half a step. That is too coarse for green in a photograph, so three parts of its range are
# mapped at twice the scale: where each begins to be mapped, and to be used.
STEP, HALF = 4, 1
PARTS: Final = ((0, 0), (64, 85), (128, 170))


class Palette(msgspec.Struct, frozen=True):
    """Up to 255 colors, three bytes each. The index after the last one is free for transparent pixels.

    The first ``plain`` are those of plain areas. ``exact`` says that there are no other colors in the frames, ``fine``
    that each pixel needs the very nearest one.
    """

    colors: bytes
    plain: int = 0
    exact: bool = False
    fine: bool = False

    @property
    def transparent(self) -> int:
        """Return the index that has no color."""
        return len(self.colors) // 3

    def mapped(self, image: Image.Image) -> Image.Image:
        """Return the RGB image in mode P."""
        if self.exact:
            return self._exactly(image)
        if not self.fine:
            return image.quantize(palette=self._lookup(self.colors, range(self.transparent)), dither=Dither.NONE)
        green = image.getchannel("G")
        result = Image.new("P", image.size)
        for begin, used in PARTS:
            stretched = [min(255, max(0, 2 * (value - begin))) for value in range(256)]
            part = image.point([*range(256), *stretched, *range(256)])
            colors, near = _stretched(self.colors, begin)
            mapped = part.quantize(palette=self._lookup(colors, near), dither=Dither.NONE)
            places = mapped.point([*near, *[0] * (256 - len(near))])
            result.paste(places, mask=green.point([255 * (value >= used) for value in range(256)]))
        return result

    def _lookup(self, colors: bytes, places: Iterable[int]) -> Image.Image:
        """Return a palette of the ``colors`` at these places, lowered so that Pillow finds the nearest."""
        plain = 3 * self.plain
        image = Image.new("P", (1, 1))
        lowered = (
            *(value - value % STEP for value in colors[:plain]),
            *(max(0, value - HALF) for value in colors[plain:]),
        )
        image.putpalette(bytes(value for place in places for value in lowered[3 * place : 3 * place + 3]))
        return image

    def _exactly(self, image: Image.Image) -> Image.Image:
        own = image.quantize(COLORS, Quantize.MEDIANCUT)
        places = {self.colors[at : at + 3]: at // 3 for at in range(0, len(self.colors), 3)}
        found = bytes(own.getpalette() or ())
        table = [places.get(found[at : at + 3], 0) for at in range(0, len(found), 3)]
        return own.point([*table, *[0] * (256 - len(table))])


def palettes(changes: Sequence[Change]) -> list[Palette]:
    """Return one palette for each change, the same one for as many as it fits."""
    few = _few_colors(changes)
    if few is not None:
        return [Palette(few, exact=True)] * len(changes)
    palette, error = _found(changes)
    if error <= FITS or len(changes) <= SHARED:
        return [palette] * len(changes)
    middle = len(changes) // 2
    return palettes(changes[:middle]) + palettes(changes[middle:])


def _few_colors(changes: Sequence[Change]) -> bytes | None:
    """Return all the colors, if a palette can hold them."""
    colors: set[bytes] = set()
    for change in changes:
        found = change.image.getcolors(COLORS)
        colors.update(bytes(color) for _, color in found or () if isinstance(color, tuple))
        if found is None or len(colors) > COLORS:
            return None
    return b"".join(sorted(colors))


def _found(changes: Sequence[Change]) -> tuple[Palette, float]:
    """Return a palette for the pixels of all changes, and the error that it leaves."""
    sample = _sampled(changes)
    weighted = sample.point([round(weight * value) for weight in WEIGHTS for value in range(256)])
    plain = _plain(sample)
    reduced = weighted.quantize(COLORS - len(plain), Quantize.MEDIANCUT, kmeans=1 + sample.width // SETTLED)
    difference = ImageStat.Stat(ImageChops.difference(weighted, reduced.convert("RGB")))
    error = sum(value * value for value in difference.rms) ** 0.5
    colors = b"".join((*plain, _means(reduced.tobytes(), sample.tobytes())))
    return Palette(colors, plain=len(plain), fine=error > FITS), error


def _plain(sample: Image.Image) -> list[bytes]:
    """Return the colors of plain areas."""
    counted = sorted(sample.getcolors(sample.width) or (), reverse=True)[:PLAIN]
    return [bytes(color) for count, color in counted if count > PLAIN_SHARE * sample.width and isinstance(color, tuple)]


def _sampled(changes: Sequence[Change]) -> Image.Image:
    """Return pixels of all changes, evenly spread and unchanged: averages would dull the colors."""
    total = sum(change.image.width * change.image.height for change in changes)
    share = min(1.0, (SAMPLE / total) ** 0.5)
    samples = bytearray()
    for change in changes:
        size = max(1, round(share * change.image.width)), max(1, round(share * change.image.height))
        samples += change.image.resize(size, Resampling.NEAREST).tobytes()
    return Image.frombytes("RGB", (len(samples) // 3, 1), bytes(samples))


def _means(indices: bytes, samples: bytes) -> bytes:
    """Return the mean color of the samples that have each index."""
    sums = [[0, 0, 0, 0] for _ in range(max(indices) + 1)]
    for index, red, green, blue in zip(indices, samples[::3], samples[1::3], samples[2::3], strict=True):
        total = sums[index]
        total[0] += red
        total[1] += green
        total[2] += blue
        total[3] += 1
    return bytes(round(value / max(1, count)) for *color, count in sums for value in color)


def _stretched(colors: bytes, begin: int) -> tuple[bytes, Sequence[int]]:
    """Return the colors with green at twice its scale from ``begin`` on, and the places of those that may be nearest.

    These are not far outside of the scale; where there are none, all are.
    """
    scaled = [2 * (green - begin) for green in colors[1::3]]
    result = bytearray(colors)
    result[1::3] = bytes(min(255, max(0, value)) for value in scaled)
    near = [place for place, value in enumerate(scaled) if -60 < value < 315]
    return bytes(result), near or range(len(scaled))
