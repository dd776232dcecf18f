"""``flask purge``: deletes what has been kept for long enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from app.core.errors import ServiceError

if TYPE_CHECKING:
    from app.container import Container


def command(container: Container) -> click.Command:
    """Return the command."""

    @click.command("purge")
    def purge() -> None:
        """Delete images older than MONOLAMBDA_RETENTION_DAYS with their results and jobs, results older than
        MONOLAMBDA_DERIVED_DAYS, and forgotten uploads and jobs.

        On Lambda a schedule does this every night. In a bucket, uploads and jobs are left to its lifecycle rules.
        """
        try:
            images = container.services.purge.images(_with_bar("Deleting images"))
            results = container.services.purge.derived(_with_bar("Deleting results"))
            leftovers = container.services.purge.leftovers(_with_bar("Deleting uploads and jobs"))
        except ServiceError as exc:
            raise click.ClickException(exc.detail) from exc
        click.echo(f"Deleted {images} images, {results} results, and {leftovers} uploads and jobs.")

    return purge


def _with_bar(label: str) -> Callable[[list[str]], Iterator[str]]:
    """Return what passes keys on and shows how far it is; nothing where there are none."""

    def progress(keys: list[str]) -> Iterator[str]:
        if keys:
            with click.progressbar(keys, label=label) as bar:
                yield from bar

    return progress
