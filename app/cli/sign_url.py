"""``flask sign-url``: signs a link."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import click

from app.core.errors import ServiceError

if TYPE_CHECKING:
    from app.container import Container

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}
# what a signature opens; everything else needs a key
_SIGNED: Final = ("/resize", "/info")


def command(container: Container) -> click.Command:
    """Return the command."""

    @click.command("sign-url")
    @click.argument("url")
    @click.option("--expires", metavar="TIME", help="How long the link is valid, such as 90s, 15m, 12h or 7d.")
    def sign_url(url: str, expires: str | None) -> None:
        """Sign URL, such as '/resize?id=…&width=480', with the first key of MONOLAMBDA_SIGNING_KEYS.

        URL may begin with MONOLAMBDA_PUBLIC_URL, or with the path only. The signature covers the path behind the
        prefix of the stage, and every parameter.
        """
        base, path, query = _split(url, container.settings.public_url)
        if path not in _SIGNED:
            raise click.BadParameter(f"expected a path of {' or '.join(_SIGNED)}, received '{path}'", param_hint="URL")
        pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "s"]
        if expires:
            pairs = [pair for pair in pairs if pair[0] != "expires"]
            pairs.append(("expires", str(int(container.now()) + _seconds(expires))))
        try:
            signature = container.access.sign(path, pairs)
        except ServiceError as exc:
            raise click.ClickException(exc.detail) from exc
        if not signature:
            raise click.ClickException("there is no key to sign with: set MONOLAMBDA_SIGNING_KEYS to id:secret")
        click.echo(f"{base}{path}?{urlencode([*pairs, ('s', signature)])}")

    return sign_url


def _split(url: str, public_url: str) -> tuple[str, str, str]:
    """Return what stands before the path that is signed, this path, and the query."""
    parts = urlsplit(url)
    base = public_url.rstrip("/")
    prefix = urlsplit(base).path
    if parts.scheme and base and f"{parts.scheme}://{parts.netloc}" == base.removesuffix(prefix):
        return base, parts.path.removeprefix(prefix), parts.query
    if parts.scheme:
        return f"{parts.scheme}://{parts.netloc}", parts.path, parts.query
    return base, parts.path, parts.query


def _seconds(text: str) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,8})([smhd])", text)
    if match is None:
        raise click.BadParameter("expected a number and s, m, h or d, such as 15m", param_hint="--expires")
    return int(match[1]) * _SECONDS[match[2]]
