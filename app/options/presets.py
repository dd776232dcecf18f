"""Named sets of options from the settings, as ``name:width=96&height=96&fit=cover``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from app.core.config import ConfigError
from app.core.errors import InvalidParameter
from app.options.parser import Pairs, Presets, parse


def read(texts: Iterable[str]) -> Presets:
    """Return the pairs of each preset by its name; raise ConfigError for a preset that cannot be valid."""
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
