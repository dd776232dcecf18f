"""``flask settings``: the settings in effect."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final, get_type_hints

import click

from app.access.secrets import SCHEME
from app.core.config import PREFIX, Settings, described

if TYPE_CHECKING:
    from app.container import Container

_SECRET: Final = ("secret", "signing_keys", "api_keys")


def command(container: Container, variables: Collection[str]) -> click.Command:
    """Return the command; ``variables`` are the names of the environment's."""

    @click.command("settings")
    @click.option("--changed", is_flag=True, help="Show only what the environment sets.")
    def settings(changed: bool) -> None:
        """Show each setting: its value, where that comes from, and what it is for. Secrets are masked."""
        types = get_type_hints(Settings, include_extras=True)
        for name in Settings.__struct_fields__:
            is_set = PREFIX + name.upper() in variables
            if is_set or not changed:
                click.secho(f"{PREFIX}{name.upper()} = {_shown(name, getattr(container.settings, name))}", bold=is_set)
                click.echo(f"    {'environment' if is_set else 'default'}: {described(types[name])[0]}")

    return settings


def _shown(name: str, value: Any) -> str:
    if name in _SECRET and value:
        parts = value if isinstance(value, tuple) else (value,)
        return ",".join(_masked(part, has_id=name == "signing_keys") for part in parts)
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _masked(secret: str, *, has_id: bool) -> str:
    """Return the secret without what must stay secret: an SSM reference and the id of a signing key may be read."""
    if secret.startswith(SCHEME):
        return secret
    return f"{secret.partition(':')[0]}:***" if has_id else "***"
