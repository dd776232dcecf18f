"""What the pages know about the person who looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from flask import request

from app.access.grant import Grant
from app.core.errors import ServiceError
from app.views import current_request

if TYPE_CHECKING:
    from app.container import Container


class Visitor(msgspec.Struct, frozen=True):
    """What to offer: ``may_write`` is uploads, lists and deletion, ``may_read`` originals.

    ``may_see`` is images at any size without a signed link. ``may_sign_in`` is that there are keys to sign in with, and
    something is still closed without one. Keys that cannot be read are there: who signs in is told that it does not
    work now.
    """

    may_write: bool
    may_see: bool
    may_read: bool
    may_sign_in: bool
    signed_in: bool


def template_values(container: Container) -> dict[str, Any]:
    """Return what every template can use: ``visitor``, and ``here``, the path to come back to after signing in."""
    grant = _grant(container)
    visitor = Visitor(
        may_write=grant.full,
        # the links of a page are asked for without what opened the page: its signature, or the preset in its query
        may_see=grant.full or container.settings.unsigned == "all",
        may_read=grant.full or container.settings.originals == "public",
        may_sign_in=not grant.full and _has_keys(container),
        signed_in=grant.level == "session",
    )
    return {"visitor": visitor, "here": request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"}


def _grant(container: Container) -> Grant:
    """Return the grant, none where finding it fails: the page of that very error is rendered too."""
    try:
        return current_request.grant(container.access)
    except ServiceError:
        return Grant("none")


def _has_keys(container: Container) -> bool:
    try:
        return container.access.has_keys
    except ServiceError:
        return True
