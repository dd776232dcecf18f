"""Named sets of options from the settings, as ``name:width=96&height=96&fit=cover``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from app.config import ConfigError
from app.errors import InvalidParameter, ParameterError

Pairs = tuple[tuple[str, str], ...]
Presets = Mapping[str, Pairs]


def read(texts: Iterable[str]) -> Presets:
    """Return the pairs of each preset by its name; raise ConfigError for what could never be used."""
    from app.options import parse

    found: dict[str, Pairs] = {}
    for text in texts:
        name, _, query = text.partition(":")
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) or not pairs or name in found:
            raise ConfigError("MONOLAMBDA_PRESETS: expected name:option=value&option=value, every name once")
        try:
            parse(pairs)
        except InvalidParameter as exc:
            raise ConfigError(f"MONOLAMBDA_PRESETS: {name}: {exc.detail}") from exc
        found[name] = pairs
    return found


def chosen(presets: Presets | None, name: object) -> Pairs:
    """Return the pairs of one preset; raise InvalidParameter when there is no such."""
    if not isinstance(name, str) or not presets or name not in presets:
        known = ", ".join(sorted(presets or ())) or "there are none here"
        received = name[:100].encode(errors="replace").decode() if isinstance(name, str) else type(name).__name__
        raise InvalidParameter(ParameterError("preset", f"expected the name of a preset ({known})", received))
    return presets[name]
