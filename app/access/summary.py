"""Who may do what with these settings, in words for the log."""

from __future__ import annotations

from app.core.config import VERSION, Platform, Settings
from app.core.text import listed

_UNSIGNED = {"presets": "images of presets", "all": "any image"}


def start_line(settings: Settings, platform: Platform) -> dict[str, str]:
    """Return the first line of a server's log."""
    return {"event": "start", "version": VERSION, "access": summary(settings, platform)}


def summary(settings: Settings, platform: Platform) -> str:
    """Return one line for whoever starts the app; it names no key, and reads none from SSM."""
    if settings.public:
        return "everybody may do everything, because MONOLAMBDA_PUBLIC is true"
    allowed = [f"{who} may {what}" for who, what in _rights(settings, platform)]
    return "; ".join([*allowed, "everybody else may only read pages"])


def _rights(settings: Settings, platform: Platform) -> list[tuple[str, str]]:
    rights: list[tuple[str, str]] = []
    if settings.api_keys:
        rights.append(("callers with an API key", "do everything"))
    if settings.signing_keys:
        rights.append(("holders of a signed link", "GET it"))
    if not rights and platform.mode == "local":
        rights.append(("callers on this machine", "do everything, unless they come through a proxy"))
    if settings.unsigned in _UNSIGNED:
        hosts = f", and of URLs at {listed(settings.source_allow)}" if settings.source_allow else ""
        rights.append(("everybody", f"GET {_UNSIGNED[settings.unsigned]}{hosts}"))
    if settings.originals == "public":
        rights.append(("everybody", "read originals, which can tell where a picture was taken"))
    return rights
