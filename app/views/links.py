"""Links to our own routes, valid below a stage prefix, on a custom domain and behind a proxy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from werkzeug.urls import iri_to_uri

from app import imaging
from app.core.config import Settings

if TYPE_CHECKING:
    from app.access.grant import Grant
    from app.access.policy import Access
    from app.options import ResizeOptions
    from app.service import Image, StoredImage

# from the parameters of a link to their signature, empty where links are not signed
Sign = Callable[[Mapping[str, str]], str]


def absolute(settings: Settings, endpoint: str, **values: Any) -> str:
    """Return the absolute link to a route: below MONOLAMBDA_PUBLIC_URL if set, else where this request was sent."""
    path = url_for(endpoint, **values).removeprefix(request.script_root)
    base = iri_to_uri(settings.public_url) if settings.public_url else request.url_root
    return base.rstrip("/") + path


def error_type(settings: Settings, code: str) -> str:
    """Return the ``type`` of a problem: the place in our documentation that explains the code (RFC 9457, 3.1.1)."""
    return absolute(settings, "pages.docs", _anchor=f"error-{code}")


def describe(settings: Settings, image: Image) -> dict[str, Any]:
    """Return the JSON of one stored image; ``created`` is in Unix seconds."""
    return {
        "id": image.id,
        "url": absolute(settings, "images.show", image_id=image.id),
        "format": image.format,
        "width": image.width,
        "height": image.height,
        "frames": image.frames,
        "bytes": image.bytes,
        "created": round(image.created, 3),
        "links": {
            "original": absolute(settings, "images.original", image_id=image.id),
            "resize": absolute(settings, "resize.get", id=image.id) + "&width={width}",
            "delete": absolute(settings, "images.delete_form", image_id=image.id),
        },
    }


def listed(settings: Settings, image: StoredImage) -> dict[str, Any]:
    """Return the JSON of one image in a list; ``created`` is in Unix seconds."""
    url = absolute(settings, "images.show", image_id=image.id)
    return {"id": image.id, "url": url, "bytes": image.bytes, "created": round(image.created, 3)}


def renditions(settings: Settings, image: Image, sign: Sign) -> list[dict[str, Any]]:
    """Return a link for each offered width that is no larger than the image, signed where ``sign`` can."""
    widths = offered_widths(settings, image)
    return [{"width": width, "url": resized(settings, sign, id=image.id, width=str(width))} for width in widths]


def offered_widths(settings: Settings, image: Image) -> list[int]:
    """Return the widths that are offered for an image, none of them twice and none larger than its own."""
    return sorted({min(width, image.width) for width in settings.widths})


def resized(settings: Settings, sign: Sign, **parameters: str) -> str:
    """Return the absolute link to a result, with the signature that ``sign`` gives."""
    signature = sign(parameters)
    return absolute(settings, "resize.get", **parameters, **({"s": signature} if signature else {}))


def signer(access: Access, grant: Grant) -> Sign:
    """Return what signs links to /resize for this caller: only who may do everything gets links for others."""
    if not grant.full:
        return lambda parameters: ""
    return lambda parameters: access.sign("/resize", parameters.items())


def sized(
    settings: Settings, data: bytes, several: Iterable[ResizeOptions], link: Callable[[ResizeOptions], str]
) -> list[dict[str, Any]]:
    """Return width, height and ``link`` of each result, sorted by width; of those as wide as one another, the first.

    Widths beyond the source all give its own. Raises what ``imaging.prepare`` raises.
    """
    header = imaging.probe(data, settings)
    by_width: dict[int, dict[str, Any]] = {}
    for each in several:
        width, height = imaging.planned(header, each.without("watermark"), settings).size
        by_width.setdefault(width, {"width": width, "height": height, "url": link(each)})
    return [by_width[width] for width in sorted(by_width)]


def srcset(renditions: list[dict[str, Any]]) -> str:
    """Return an ``img`` element that offers every rendition, ready to paste; empty if there is none."""
    if not renditions:
        return ""
    urls = [rendition["url"].replace("&", "&amp;") for rendition in renditions]
    candidates = ", ".join(f"{url} {rendition['width']}w" for url, rendition in zip(urls, renditions, strict=True))
    return f'<img src="{urls[-1]}" srcset="{candidates}" sizes="100vw" alt="">'
