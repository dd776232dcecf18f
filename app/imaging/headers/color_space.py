"""Makes ICC profiles of colors that a file describes in other words: code points (ITU-T H.273), chromaticities, gamma.

HDR ends in SDR: the tone curves of PQ and HLG are mapped as Chromium maps them. Up to reference white, 203 cd/m² (ITU-R
BT.2408), light is halved, and from there it bends until 1000 cd/m² are the white of the display.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from app.imaging.cielab import linear
from app.imaging.headers import matrix_profile
from app.imaging.headers.matrix_profile import Primaries

Curve = Callable[[float], float]

_C, _D65, _DCI, _E = (0.310, 0.316), (0.3127, 0.3290), (0.314, 0.351), (1 / 3, 1 / 3)
BT709: Final[Primaries] = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65)
_SMPTE: Final[Primaries] = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65)
# H.273, table 2.
_PRIMARIES: Final[Mapping[int, tuple[str, Primaries]]] = {
    1: ("BT.709", BT709),
    4: ("BT.470 M", ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C)),
    5: ("BT.601 625", ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65)),
    6: ("BT.601 525", _SMPTE),
    7: ("SMPTE 240M", _SMPTE),
    8: ("Film", ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C)),
    9: ("BT.2020", ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65)),
    10: ("XYZ", ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), _E)),
    11: ("DCI-P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _DCI)),
    12: ("Display P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65)),
    22: ("EBU 3213", ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65)),
}
# How much brighter than reference white the peak is.
_HEADROOM: Final = 1000 / 203
# gAMA of the usual 2.2, and by what share of it an encoder may be off (libpng's threshold) and mean sRGB.
_USUAL_GAMA, _OFF = 45_455, 0.05


def _smpte_240m(sample: float) -> float:
    return sample / 4 if sample < 0.0913 else ((sample + 0.1115) / 1.1115) ** (1 / 0.45)


def _pq(sample: float) -> float:
    """Return the light of PQ, tone mapped: SMPTE ST 2084."""
    root = sample ** (1 / 78.84375)
    light = (max(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
    return _tone_mapped(10_000 / 203 * light)


def _hlg(sample: float) -> float:
    """Return the light of HLG on a display of 1000 cd/m², tone mapped: ITU-R BT.2100, table 5."""
    scene = sample**2 / 3 if sample <= 0.5 else (math.exp((sample - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return _tone_mapped(_HEADROOM * scene**1.2)


def _tone_mapped(light: float) -> float:
    """Return light in 0..1 of light that is 1 at reference white: a line, then a quadratic Bézier curve up to the peak.

    The curve begins at (1, 0.5) in the direction of the line, turns at (1.65, 0.825), and ends at (headroom, 1).
    """
    if light <= 1 or light >= _HEADROOM:
        return min(light / 2, 1.0)
    bend = 1 - 2 * 1.65 + _HEADROOM
    along = (math.sqrt(0.65**2 + bend * (light - 1)) - 0.65) / bend
    return 0.5 * (1 - along) ** 2 + 2 * 0.825 * along * (1 - along) + along**2


_DISPLAYS: Final[tuple[str, Curve]] = (", gamma 2.4", lambda sample: sample**2.4)
_CAMERAS: Final = frozenset((1, 6, 14, 15))
# H.273, table 3, with what the name of a profile says of it.
_CURVES: Final[Mapping[int, tuple[str, Curve]]] = {
    **dict.fromkeys((*_CAMERAS, 11), _DISPLAYS),
    4: (", gamma 2.2", lambda sample: sample**2.2),
    5: (", gamma 2.8", lambda sample: sample**2.8),
    7: (", SMPTE 240M", _smpte_240m),
    8: (", linear", lambda sample: sample),
    13: ("", linear),
    16: (", PQ", _pq),
    17: (", SMPTE 428", lambda sample: min(1.0, sample**2.6 * 52.37 / 48)),
    18: (", HLG", _hlg),
}


@cache
def from_code_points(primaries: int, transfer: int, *, cameras_as_srgb: bool = False) -> bytes:
    """Return the profile of two code points, empty for sRGB; those that are unspecified or unknown count as sRGB's.

    What was encoded by the curve of cameras (BT.709 and its kin) is seen by that of displays, gamma 2.4 (BT.1886). In
    an AVIF or a HEIC, ``cameras_as_srgb``, as browsers see it: there most encoders write it and mean sRGB.
    """
    name, chromaticities = _PRIMARIES.get(primaries, _PRIMARIES[1])
    known = transfer in _CURVES and not (cameras_as_srgb and transfer in _CAMERAS)
    suffix, curve = _CURVES[transfer if known else 13]
    if curve is linear and chromaticities is BT709:
        return b""
    return matrix_profile.build(name + suffix, chromaticities, curve)


def from_nclx(nclx: bytes) -> bytes:
    """Return the profile of a color box of code points in an AVIF or a HEIC; empty for sRGB, and for none."""
    primaries, transfer = int.from_bytes(nclx[:2], "big"), int.from_bytes(nclx[2:4], "big")
    return from_code_points(primaries, transfer, cameras_as_srgb=True)


def from_gamma(gama: int, primaries: Primaries | None) -> bytes:
    """Return the profile of a PNG's gAMA, and of its cHRM if it has one; empty for sRGB.

    Raises ArithmeticError for primaries that lie on one line.
    """
    if gama <= 0 or (primaries is None and abs(gama / _USUAL_GAMA - 1) <= _OFF):
        return b""
    exponent = 100_000 / gama
    return matrix_profile.build(f"Gamma {exponent:.3g}", primaries or BT709, lambda sample: sample**exponent)
