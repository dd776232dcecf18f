"""What of the configuration the OpenAPI document depends on."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from app.core.config import Platform, Settings
from app.options import presets


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What of the configuration the document depends on; ``is_open`` says that nobody needs a key here.

    ``unsigned`` is the word of MONOLAMBDA_UNSIGNED.
    """

    url: str
    presets: Collection[str]
    max_source_bytes: int
    is_open: bool
    unsigned: str
    originals_are_public: bool


def service_of(settings: Settings, platform: Platform, url: str) -> Service:
    """Return what the document depends on; ``url`` is where the service is reached."""
    closed = platform.mode == "lambda" or bool(settings.api_keys or settings.signing_keys)
    return Service(
        url=url,
        presets=tuple(presets.read(settings.presets)),
        max_source_bytes=settings.max_source_bytes,
        is_open=settings.public or not closed,
        unsigned=settings.unsigned,
        originals_are_public=settings.originals == "public",
    )
