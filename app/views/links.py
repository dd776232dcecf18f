"""Links to ourselves, right under a stage prefix, a custom domain and a proxy."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from app.config import Settings
from app.service import Image


def absolute(settings: Settings, endpoint: str, **values: Any) -> str:
    """Return a full link: below MONOLAMBDA_PUBLIC_URL when that is set, else below where we were called."""
    path = url_for(endpoint, **values).removeprefix(request.script_root)
    base = settings.public_url or request.url_root
    return base.rstrip("/") + path


def describe(settings: Settings, image: Image) -> dict[str, Any]:
    """Return the JSON of one stored image; ``created`` is Unix seconds."""
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


def renditions(settings: Settings, image: Image) -> list[dict[str, Any]]:
    """Return a link for each offered width that does not exceed the image's own."""
    widths = sorted({min(width, image.width) for width in settings.widths})
    return [{"width": width, "url": absolute(settings, "resize.get", id=image.id, width=width)} for width in widths]


def srcset(offered: list[dict[str, Any]]) -> str:
    """Return an ``img`` element with every rendition, ready to paste."""
    urls = [rendition["url"].replace("&", "&amp;") for rendition in offered]
    listed = ", ".join(f"{url} {rendition['width']}w" for url, rendition in zip(urls, offered, strict=True))
    return f'<img src="{urls[-1]}" srcset="{listed}" sizes="100vw" alt="">'
