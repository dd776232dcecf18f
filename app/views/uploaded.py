"""``/?uploaded=…``: the address of what an upload did, and its page. Reloading it sends nothing again.

Everything the page says beside the images is in its address, which anybody can write: ids and codes are looked up,
names are cut, and numbers are read within bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from flask import render_template, request, url_for

from app.core.errors import NotFound, ServiceError
from app.core.integers import integer
from app.views import links

if TYPE_CHECKING:
    from app.container import Container
    from app.service import Image

# an image and whether it is new
UploadedImage = tuple["Image", bool]
# the name of a file and why it was not stored
FailedFile = tuple[str, ServiceError]

# what one address names at most: it fits in any gateway's limit even if no letter of a name is ASCII
MAX_LISTED: Final = 20
_MAX_FAILED: Final = 10
_MAX_NAME: Final = 40
# of images or files that an address counts and does not name; a form has fewer parts
_MAX_MORE: Final = 999


def address(stored: Sequence[UploadedImage], failed: Sequence[FailedFile] = ()) -> str:
    """Return the address of the page of the one image that was stored, or of the list of everything."""
    known = [image.id for image, is_new in stored if not is_new]
    if len(stored) == 1 and not failed:
        return url_for("images.show", image_id=stored[0][0].id, known=1 if known else None)
    return url_for(
        "pages.index",
        uploaded=",".join(image.id for image, _ in stored[:MAX_LISTED]),
        known=",".join(known[:MAX_LISTED]) or None,
        more=max(0, len(stored) - MAX_LISTED) or None,
        failed=[f"{error.code}:{name[:_MAX_NAME]}" for name, error in failed[:_MAX_FAILED]],
        more_failed=max(0, len(failed) - _MAX_FAILED) or None,
    )


def page(container: Container) -> str:
    """Return the page of the images that the address names, without those that are gone."""
    images: list[dict[str, Any]] = []
    for image_id in request.args["uploaded"].split(",")[:MAX_LISTED]:
        try:
            images.append(links.describe(container.settings, container.services.images.describe(image_id)))
        except NotFound:
            continue
    return render_template(
        "uploaded.html",
        images=images,
        known=request.args.get("known", "").split(","),
        more=_count("more"),
        problems=list(_problems(request.args.getlist("failed")[:_MAX_FAILED])),
        more_failed=_count("more_failed"),
    )


def _problems(failed: list[str]) -> Iterator[dict[str, str]]:
    """Yield name, title and cure for each ``code:name``; of an unknown code only that the file was not stored."""
    if not failed:
        return
    from app.openapi.problems import REMEDIES, all_errors

    titles = {error.code: error.title for error in all_errors()}
    for each in failed:
        code, _, name = each.partition(":")
        known = {"title": titles[code], "cure": REMEDIES[code].cure} if code in titles else {}
        yield {"filename": name[:_MAX_NAME], "title": "Not stored", "cure": "Send it again.", **known}


def _count(name: str) -> int:
    return integer(request.args.get(name, ""), 0, _MAX_MORE) or 0
