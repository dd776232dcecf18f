"""The editor of a stored image: its form, made from the options' table, and the link to what the form asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec
from flask import request

from app import imaging, options
from app.core.errors import InvalidParameter, ParameterError, ServiceError
from app.options.controls import Control, control
from app.views import expiring_links, links, parameters

if TYPE_CHECKING:
    from app.container import Container
    from app.core.config import Settings
    from app.options import ResizeOptions
    from app.service import Image

# the options of the form that are always in sight; every other is behind "more"
COMMON: Final = ("width", "height", "fit", "focal", "crop", "format", "quality", "grayscale", "blur", "sharpen")
# what decides where each pixel lies: the picture to compare a result with has these, and nothing else
GEOMETRY: Final = (
    *("width", "height", "aspect", "fit", "gravity", "focal", "upscale", "dpr", "crop", "trim"),
    *("rotate", "flip", "flop", "pad", "radius", "background", "page"),
)
# parameters of the page that are no options, and do not ask for a result
_OTHER: Final = ("known", "s", "expires", "v")


class Field(msgspec.Struct, frozen=True):
    """One option in the form: how it is described and asked for, the value given, and what is wrong with it."""

    name: str
    option: options.Option
    control: Control
    value: str
    error: str


class Edit(msgspec.Struct, frozen=True):
    """What the parameters of the page ask for, and what is wrong with them; ``size`` in pixels, None with errors.

    ``lifetime_s`` is how long a presigned link is to work, ``preset`` the one that is asked for with nothing beside it.
    """

    options: ResizeOptions
    given: dict[str, str]
    preset: str = ""
    lifetime_s: int = expiring_links.DEFAULT_S
    errors: tuple[ParameterError, ...] = ()
    size: tuple[int, int] | None = None

    def fields(self, names: tuple[str, ...]) -> list[Field]:
        """Return the fields of the form for some options."""
        errors = {options.ALIASES.get(error.parameter, error.parameter): error.detail for error in self.errors}
        return [
            Field(name, options.describe(name), control(name), self.given.get(name, ""), errors.get(name, ""))
            for name in names
        ]


def read(container: Container, data: bytes) -> Edit:
    """Return the edit of the image with these bytes; an empty field of the form is one that was not given.

    A page that is opened without any option begins with the first offered width, one with a preset with its options.
    """
    no_options = (*_OTHER, "expires_in")
    pairs = [(name, value) for name, value in parameters.query_pairs() if value != "" and name not in no_options]
    if not is_requested():
        pairs = [("width", str(container.settings.widths[0]))]
    preset = str(pairs[0][1]) if [name for name, _ in pairs] == ["preset"] else ""
    pairs = _expanded(pairs, container.presets)
    given = {options.ALIASES.get(name, name): str(value) for name, value in pairs}
    errors: list[ParameterError] = []
    lifetime_s = expiring_links.DEFAULT_S
    try:
        lifetime_s = expiring_links.lifetime_s()
    except InvalidParameter as exc:
        errors += exc.errors
    try:
        parsed = options.parse(pairs, presets=container.presets)
        size = imaging.prepare(data, parsed.without("watermark"), container.settings).size
    except InvalidParameter as exc:
        errors += exc.errors
    except ServiceError as exc:
        errors.append(ParameterError("width", exc.detail))
    if errors:
        return Edit(options.ResizeOptions(), given, lifetime_s=lifetime_s, errors=tuple(errors))
    return Edit(parsed, given, preset, lifetime_s, size=size)


def _expanded(pairs: list[parameters.Pair], presets: options.Presets) -> list[parameters.Pair]:
    """Return the pairs with the options of the preset in its place: the form has a field for each of them, not for it.

    What is given beside a preset counts more. A preset that is unknown or given twice stays, as the mistake that it is.
    """
    names = [value for name, value in pairs if name == "preset"]
    if len(names) != 1 or str(names[0]) not in presets:
        return pairs
    beside = [pair for pair in pairs if pair[0] != "preset"]
    given = {options.ALIASES.get(name, name) for name, _ in beside}
    return [*(pair for pair in presets[str(names[0])] if options.ALIASES.get(pair[0], pair[0]) not in given), *beside]


def form(edit: Edit) -> dict[str, Any]:
    """Return what the template needs for the form: fields in sight, the rest, and whether the rest is to be open."""
    rest = edit.fields(tuple(name for name in options.TYPES if name not in COMMON))
    is_open = any(field.value for field in rest)
    loose = [error for error in edit.errors if error.parameter not in {*options.TYPES, *options.ALIASES}]
    lifetimes = {"lifetimes_s": sorted({*expiring_links.OFFERED_S, edit.lifetime_s}), "lifetime_s": edit.lifetime_s}
    fields = {"common": edit.fields(COMMON), "rest": rest, "open": is_open, "loose": loose, "geometry": GEOMETRY}
    return {**fields, **lifetimes, "default_lifetime_s": expiring_links.DEFAULT_S}


def result(
    settings: Settings, image: Image, data: bytes, edit: Edit, sign: links.Sign, *, now: float
) -> dict[str, Any]:
    """Return the canonical options, the link to the result, signed where ``sign`` can, and an ``img`` with more.

    Where links are signed there is one too that ends by itself; ``now`` is in Unix seconds.
    """
    size = edit.size or (image.width, image.height)
    ending = expiring_links.link(settings, sign, _parameters(image, edit.options), expires=int(now) + edit.lifetime_s)
    links_to = _to_preset(settings, image, edit, sign) or {
        "options": edit.options.canonical(),
        "url": _link(settings, image, edit.options, sign),
        "html": _html(settings, image, data, edit, sign),
    }
    return {
        **links_to,
        "width": size[0],
        "height": size[1],
        **({"presigned": ending} if ending else {}),
    }


def _to_preset(settings: Settings, image: Image, edit: Edit, sign: links.Sign) -> dict[str, str]:
    """Return the links to a preset by its name, where only these work without a signature and there is none."""
    named = {"id": image.id, "preset": edit.preset}
    if not edit.preset or settings.unsigned != "presets" or sign(named):
        return {}
    url = links.resized(settings, sign, **named)
    return {"options": f"preset={edit.preset}", "url": url, "html": _img(url, edit.size or (0, 0))}


def is_requested() -> bool:
    """Return whether the address has options, be they empty."""
    return any(name not in _OTHER for name in request.args)


def _link(settings: Settings, image: Image, chosen: ResizeOptions, sign: links.Sign) -> str:
    return links.resized(settings, sign, **_parameters(image, chosen))


def _parameters(image: Image, chosen: ResizeOptions) -> dict[str, str]:
    return {"id": image.id, **dict(parse_qsl(chosen.canonical()))}


def _html(settings: Settings, image: Image, data: bytes, edit: Edit, sign: links.Sign) -> str:
    """Return an ``img``: for one size with a copy for dense screens, otherwise at every offered width."""
    chosen = edit.options
    plain, dense = (msgspec.structs.replace(chosen, dpr=dpr) for dpr in (1.0, 2.0))
    has_size = chosen.width is not None or chosen.height is not None
    widths = [] if has_size else links.offered_widths(settings, image)
    several = [plain] if has_size else [msgspec.structs.replace(chosen, width=width) for width in widths]
    try:
        made = links.sized(settings, data, several, lambda each: _link(settings, image, each, sign))
    except ServiceError:  # one of them would be too large, but not what was chosen
        return _img(_link(settings, image, chosen, sign), edit.size or (image.width, image.height))
    if not has_size:
        return links.srcset(made)
    size = made[0]["width"], made[0]["height"]
    return _img(made[0]["url"], size, dense=_link(settings, image, dense, sign))


def _img(url: str, size: tuple[int, int], *, dense: str = "") -> str:
    """Return an ``img`` of this size in CSS pixels, with the link to a copy for ``dense`` screens if there is one."""
    srcset = f'srcset="{url} 1x, {dense} 2x" ' if dense else ""
    return f'<img src="{url}" {srcset}width="{size[0]}" height="{size[1]}" alt="">'.replace("&", "&amp;")
