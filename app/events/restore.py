"""SnapStart: gives a container restored from a snapshot its own state before its first event."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.container import Container


def renew_after_restore(container: Container) -> bool:
    """Renew the container after every restore; return whether this runtime has such hooks.

    AWS's package for them comes with Lambda's Python runtime and with nothing else:
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
    """
    try:
        from snapshot_restore_py import register_after_restore  # type: ignore[import-untyped]
    except ImportError:
        return False
    register_after_restore(container.renew)
    return True
