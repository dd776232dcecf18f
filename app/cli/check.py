"""``flask check``: what is wrong with this configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import click

from app import imaging
from app.core.errors import ServiceError
from app.core.formats import FORMATS, installed

if TYPE_CHECKING:
    from app.container import Container

Finding = tuple[Literal["error", "warning"], str]


def command(container: Container) -> click.Command:
    """Return the command."""

    @click.command("check")
    @click.option("--for-lambda", is_flag=True, help="Check these settings as those of a function on Lambda.")
    def check(for_lambda: bool) -> None:
        """Look for mistakes in the settings and in this installation. Exits with 1 if there is an error."""
        findings = [*_access(container), *_storage(container, for_lambda=for_lambda), *_installation()]
        for level, text in findings:
            click.secho(f"{level}: {text}", fg={"error": "red", "warning": "yellow"}[level])
        errors = sum(level == "error" for level, _ in findings)
        click.echo(f"{errors} errors, {len(findings) - errors} warnings")
        if errors:
            raise click.exceptions.Exit(1)

    return check


def _access(container: Container) -> Iterator[Finding]:
    settings = container.settings
    if settings.public:
        yield "warning", "MONOLAMBDA_PUBLIC=true: everybody may upload, list, read and delete"
    if settings.unsigned == "all":
        yield "warning", "MONOLAMBDA_UNSIGNED=all: everybody may ask for any number of variants of an image"
    if not (settings.api_keys or settings.public):
        yield "warning", "MONOLAMBDA_API_KEYS is not set: only this machine may upload, and on Lambda nobody"
    if settings.unsigned == "none" and not (settings.signing_keys or settings.public):
        yield "warning", "MONOLAMBDA_SIGNING_KEYS is not set: images cannot be shown to anybody without an API key"
    if settings.unsigned == "presets" and not settings.presets:
        yield "error", "MONOLAMBDA_UNSIGNED=presets, but MONOLAMBDA_PRESETS defines none"
    if "*" in settings.trusted_hosts and not settings.api_keys:
        yield "warning", "MONOLAMBDA_TRUSTED_HOSTS=*: other sites can reach this server through a name of their own"
    if container.secrets.referenced:
        try:
            container.secrets.settings()
        except ServiceError as exc:
            yield "error", exc.detail


def _storage(container: Container, *, for_lambda: bool) -> Iterator[Finding]:
    settings = container.settings
    if for_lambda and not settings.storage.startswith("s3://"):
        yield "error", "MONOLAMBDA_STORAGE: a container on Lambda forgets its files; expected s3://bucket/prefix"
    if settings.storage.startswith("s3://") and not settings.secret:
        yield "error", "MONOLAMBDA_SECRET is not set: with a bucket it cannot be made, and ids depend on it"
    try:
        container.backends.storage.probe()
    except ServiceError as exc:
        yield "error", f"MONOLAMBDA_STORAGE: '{settings.storage}' cannot be used: {exc.detail}"


def _installation() -> Iterator[Finding]:
    versions = imaging.versions()
    for name in ("webp", "avif"):
        if name not in versions:
            yield "error", f"this Pillow has no {FORMATS[name].label}"
    if not installed("heic"):
        yield "warning", f"HEIC from phones cannot be read: install {FORMATS['heic'].package}"
    if "pillow" in versions["resampler"]:
        yield "warning", "cykooz-resizer is not used here: images are resampled by Pillow, which is slower"
    if hasattr(os, "getuid") and os.getuid() == 0:
        yield "warning", "this runs as root: whoever exploits a decoder would be root too"
