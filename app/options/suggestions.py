"""What a mistaken name or value was meant to be: the words of other image services, else the nearest spelling.

Only a mistake imports this module.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Final

# The words of imgix, Cloudinary, imgproxy, thumbor, imagor, sharp, AWS's image handler, weserv and imaginary, by what
# they are called here. A name is quoted as a whole, hence the quotes inside some.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "width' and 'height": ("resize", "rs", "size", "dimensions", "sz"),
    "width": ("wd", "max_width", "maxwidth", "min_width"),
    "height": ("ht", "max_height", "maxheight", "min_height"),
    "aspect": ("ar", "car", "exar", "aspectratio", "aspect_ratio", "ratio"),
    "fit": ("mode", "rt", "resizing_type", "scale", "c"),
    "gravity": ("a", "g", "align", "anchor", "smart", "smartcrop", "strategy"),
    "focal": ("fp", "fp-x", "fp-y", "fpx", "fpy", "fp-z", "focalpoint", "focal_point", "focus"),
    "upscale": ("el", "enlarge", "we", "without_enlargement", "withoutenlargement", "no_upscale"),
    "crop": ("extract", "area", "rect", "region"),
    "trim": ("trim-tol", "trimtol", "threshold"),
    "rotate": ("rot", "ro", "orient", "or", "rotation", "angle", "autoorient", "auto_rotate", "norotation"),
    "flip": ("vflip", "vertical_flip"),
    "flop": ("hflip", "mirror", "horizontal_flip"),
    "pad": ("extend", "padding", "pd", "border", "margin"),
    "background' or 'tint": ("color", "colour"),
    "background": ("background_color", "backgroundcolor", "bgcolor", "cbg", "fill", "flatten", "rbg"),
    "brightness": ("bri", "br", "enhance", "lightness"),
    "contrast": ("con", "co"),
    "saturation": ("sat", "sa"),
    "grayscale": ("bw", "gray", "grey", "mono", "monochrome"),
    "tint": ("duotone", "sepia"),
    "pixelate": ("px", "pix"),
    "blur": ("bl", "minampl", "sigma"),
    "sharpen": ("sharp", "sh", "usm", "unsharp"),
    "watermark": ("mark", "overlay", "wm"),
    "watermark_opacity": ("opacity", "alpha"),
    "radius": ("corner_radius", "corner-radius", "mask", "r", "round_corner", "rounded"),
    "format": ("f", "ext", "extension", "type", "output", "auto", "to", "toformat"),
    "quality": ("compression", "quality_auto"),
    "progressive": ("il", "interlace", "interlaced"),
    "max_bytes": ("mb", "max_size", "maxbytes", "maxsize"),
    "page": ("pg", "frame"),
    "frames": ("animated", "n", "max_frames", "pages"),
    "metadata": (
        *("iptc", "keep_copyright", "keepmetadata", "kcr", "sm"),
        *("strip", "strip_exif", "strip_metadata", "stripmeta"),
    ),
    "icc": ("colorspace", "cs", "keepiccprofile", "noprofile", "profile", "scp", "strip_icc"),
    "preset": ("pr", "t", "transformation"),
    "download": ("att", "attachment", "dl", "filename", "fn"),
    "url": ("image", "href", "link", "source", "src", "uri"),
    "id": ("image_id", "key"),
    "expires": ("exp", "expire", "expiry"),
    "s": ("sig", "sign", "signature"),
    "v": ("cachebuster", "version"),
}

_PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "north": ("top", "no"),
    "northeast": ("right top", "top-right", "noea"),
    "east": ("right", "ea"),
    "southeast": ("right bottom", "bottom-right", "soea"),
    "south": ("bottom", "so"),
    "southwest": ("left bottom", "bottom-left", "sowe"),
    "west": ("left",),
    "northwest": ("left top", "top-left", "nowe"),
    "center": ("ce", "middle"),
}
_SWITCH: Final[Mapping[str, tuple[str, ...]]] = {"true": ("on", "yes", "y", "t"), "false": ("off", "no", "n", "f")}
# What another option does here stands with its name.
_VALUES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "fit": {
        "inside": ("adaptive-fit-in", "clip", "fit", "fit-in", "limit", "max", "nocrop", "scale-down", "resize"),
        "cover": ("auto", "crop", "facearea", "fill-down", "lfill", "min", "thumb"),
        "contain": ("clamp", "embed", "fillmax", "lpad", "mpad", "pad"),
        "fill": ("exact", "force", "ignore", "scale", "stretch"),
        "outside": ("full-fit-in", "mfit"),
    },
    "gravity": {
        **_PLACES,
        "attention": ("auto", "face", "faces", "g_auto", "sm", "smart", "sharp"),
        "entropy": ("edges",),
        "focal=0.5,0.5": ("focal", "focalpoint", "fp"),
    },
    "crop": {
        "gravity=attention": ("auto", "faces", "smart"),
        "gravity=entropy": ("edges", "entropy"),
        "focal=0.5,0.5": ("focalpoint",),
        "gravity=north": ("top",),
        "gravity=east": ("right",),
        "gravity=south": ("bottom",),
        "gravity=west": ("left",),
    },
    "flip": {**_SWITCH, "true": (*_SWITCH["true"], "v"), "flop=true": ("h",), "flip=true&flop=true": ("hv", "vh")},
    "flop": {**_SWITCH, "true": (*_SWITCH["true"], "h"), "flip=true": ("v",)},
    "quality": {"max_bytes=100000": ("auto",)},  # which finds the quality
    "rotate": {"0": ("auto", "exif")},  # what the file says of its orientation is always applied
    "trim": {"10": ("auto", "color", "true")},
    "watermark_gravity": _PLACES,
    "format": {"jpeg": ("jfif", "jpe", "mozjpeg", "pjpg"), "tiff": ("tif",), "png": ("apng",)},
    "metadata": {"none": ("false", "off", "strip"), "all": ("keep", "true")},
    "icc": {"srgb": ("false", "strip"), "keep": ("true",)},
}


def for_name(given: str, known: Collection[str]) -> str:
    """Return ``, did you mean 'format'?`` for a name that is none of ``known``, empty when nothing is near."""
    means = _meaning(given, _NAMES)
    near = [means] if means.partition("'")[0] in known else difflib.get_close_matches(given, known, n=1)
    return f", did you mean '{near[0]}'?" if near else ""


def for_value(name: str, given: object, *, is_switch: bool) -> str:
    """Return ``, did you mean 'cover'?`` for a value of another service, empty for any other."""
    means = _meaning(str(given), _VALUES.get(name, _SWITCH if is_switch else {}))
    return f", did you mean '{means}'?" if means else ""


def _meaning(word: str, table: Mapping[str, tuple[str, ...]]) -> str:
    return next((meaning for meaning, words in table.items() if word.lower() in words), "")
