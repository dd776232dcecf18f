"""SnapStart: a container restored from a snapshot becomes one of its own before its first event."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.container import Container


def renew_after_restore(container: Container) -> bool:
    """Have the container renewed after every restore; say whether the runtime knows such hooks.

    AWS's package for it is a part of Lambda's Python runtime and of nothing else:
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
    """
    try:
        from snapshot_restore_py import register_after_restore  # type: ignore[import-untyped]
    except ImportError:
        return False
    register_after_restore(container.renew)
    return True
