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
from app.views import current_request, links

if TYPE_CHECKING:
    from app.container import Container
    from app.service import Image

# an image and whether it is new
UploadedImage = tuple["Image", bool]
# the name of a file and why it was not stored
FailedFile = tuple[str, ServiceError]

# What one address names at most: it fits in any gateway's limit even if no letter of a name is ASCII. "more" is how
# many further images or files it counts; of a script, which sends each in a request of its own, there may be more than
# that. The script of the upload page writes such addresses too, and reads these bounds from the page.
MOST: Final = {"images": 20, "failed": 10, "name": 40, "more": 999}


def address(stored: Sequence[UploadedImage], failed: Sequence[FailedFile] = ()) -> str:
    """Return the address of the page of the one image that was stored, or of the list of everything."""
    news: dict[str, bool] = {}
    for image, is_new in stored:  # one that was sent under two names is one, and known only if it was so both times
        news[image.id] = is_new or news.get(image.id, False)
    ids, known = list(news), [image_id for image_id, is_new in news.items() if not is_new]
    if len(stored) == 1 and not failed:
        return url_for("images.show", image_id=ids[0], known=1 if known else None)
    return url_for(
        "pages.index",
        uploaded=",".join(ids[: MOST["images"]]),
        known=",".join(known[: MOST["images"]]) or None,
        more=_beyond(ids, "images"),
        failed=[f"{error.code}:{name[: MOST['name']]}" for name, error in failed[: MOST["failed"]]],
        more_failed=_beyond(failed, "failed"),
    )


def page(container: Container) -> str:
    """Return the page of the images that the address names, without those that are gone; some may be unreadable."""
    images: list[dict[str, Any]] = []
    unreadable = 0
    # each once, because each is read whole
    for image_id in dict.fromkeys(request.args["uploaded"].split(",")[: MOST["images"]]):
        current_request.context().deadline.check("describe")
        try:
            opened = container.services.images.open(image_id)
        except NotFound:
            continue
        except ServiceError:  # lost, damaged or out of reach: the others can be shown
            unreadable += 1
        else:
            images.append({**links.describe(container.settings, opened.image), "refusal": opened.refusal})
    return render_template(
        "uploaded.html",
        images=images,
        unreadable=unreadable,
        known=request.args.get("known", "").split(","),
        more=_count("more"),
        problems=list(_problems(request.args.getlist("failed")[: MOST["failed"]])),
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
        yield {"filename": name[: MOST["name"]], "title": "Not stored", "cure": "Send it again.", **known}


def _count(name: str) -> int:
    return integer(request.args.get(name, ""), 0, MOST["more"]) or 0


def _beyond(found: Sequence[object], kind: str) -> int | None:
    """Return how many more there are than an address names, None for none."""
    return min(max(0, len(found) - MOST[kind]), MOST["more"]) or None
