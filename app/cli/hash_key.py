"""``flask hash-key``: makes an API key, or hashes one that exists."""

from __future__ import annotations

import hashlib
import secrets
import sys
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from app.container import Container

_KEY_BYTES: Final = 32


def command(container: Container) -> click.Command:
    """Return the command."""

    @click.command("hash-key")
    @click.option("--stdin", "existing", is_flag=True, help="Hash the key on standard input instead of making one.")
    def hash_key(existing: bool) -> None:
        """Make an API key, and print what MONOLAMBDA_API_KEYS needs to know of it.

        The key is shown once and stored nowhere. A key is never an argument, because shells keep a history.
        """
        if existing:
            key = sys.stdin.read().strip()
            if not key:
                raise click.ClickException("expected a key on standard input")
        else:
            key = secrets.token_urlsafe(_KEY_BYTES)
            click.echo(f"Key, for clients:  {key}")
            click.echo("Hash, for the server, in MONOLAMBDA_API_KEYS:")
        click.echo(hashlib.sha256(key.encode()).hexdigest())

    return hash_key
