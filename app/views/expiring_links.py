"""Links to a result that end by themselves, to hand to people without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from app.core.errors import InvalidParameter, ParameterError
from app.core.integers import integer
from app.views import links

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.core.config import Settings

# what a form offers, in seconds: an hour, a day, a week, a month
OFFERED_S: Final = (3600, 86_400, 7 * 86_400, 30 * 86_400)
DEFAULT_S: Final = 86_400
LONGEST_S: Final = 366 * 86_400


def lifetime_s() -> int:
    """Return ``expires_in`` of the query, how many seconds a link is to work; raise InvalidParameter."""
    given = [text for text in request.args.getlist("expires_in") if text]  # a form sends an empty one for the default
    if not given:
        return DEFAULT_S
    found = integer(given[0], 1, LONGEST_S)
    if found is None or len(given) > 1:
        expected = f"expected once, a number of seconds from 1 to {LONGEST_S}"
        raise InvalidParameter(ParameterError("expires_in", expected, given[0]))
    return found


def link(settings: Settings, sign: links.Sign, parameters: Mapping[str, str], *, expires: int) -> dict[str, Any] | None:
    """Return a link to a result that works until ``expires`` in Unix seconds; None where links are not signed."""
    ending = {**parameters, "expires": str(expires)}
    signature = sign(ending)
    if not signature:
        return None
    return {"url": links.absolute(settings, "resize.get", **ending, s=signature), "expires_at": expires}
