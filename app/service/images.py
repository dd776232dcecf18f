"""Images that are stored: in, described, out, and gone."""

from __future__ import annotations

from app import imaging
from app.errors import NotFound
from app.service.models import Image, RequestContext, Tools
from app.storage import keys


def upload(tools: Tools, turn: RequestContext, data: bytes) -> tuple[Image, bool]:
    """Store the bytes untouched once they proved to decode; say whether they are new here."""
    header = imaging.probe(data, tools.settings)
    cost = imaging.verify_cost(header)
    with turn.stopwatch.stage("decode"), tools.admission.admit(cost.memory_bytes, cost.cpu_s, turn.deadline):
        imaging.verify(data, tools.settings, turn.deadline)
    image_id = tools.identify(data)
    with turn.stopwatch.stage("store"):
        new = tools.storage.put_new(keys.original(image_id), data, media_type=imaging.media_type(header.format))
    return _described(tools, image_id, header), new


def describe(tools: Tools, image_id: str) -> Image:
    """Return what is known of a stored image; raise NotFound."""
    return _described(tools, image_id, imaging.probe(original(tools, image_id), tools.settings))


def _described(tools: Tools, image_id: str, header: imaging.Header) -> Image:
    stored = tools.storage.stat(keys.original(image_id))
    if stored is None:
        raise no_image(image_id)
    return Image(
        image_id, header.format, header.width, header.height, header.frames, stored.bytes, stored.modified
    )  # fmt: skip


def original(tools: Tools, image_id: str) -> bytes:
    """Return the bytes as they were uploaded; raise NotFound."""
    data = tools.storage.get(keys.original(image_id))
    if data is None:
        raise no_image(image_id)
    return data


def delete(tools: Tools, image_id: str) -> None:
    """Remove the image and all that was made of it; raise NotFound.

    The original goes first: a resize that is still running looks for it after writing its result,
    and takes the result back when it is gone.
    """
    existed = tools.storage.delete(keys.original(image_id))
    _forget(tools, image_id)
    if not existed:
        raise no_image(image_id)


def check_exists_cached(tools: Tools, image_id: str) -> None:
    """Raise NotFound when the image is not stored; that it is, is believed for ``recheck_s``.

    Another container may have deleted it since it was last looked for.
    """
    if not tools.present.get(image_id, max_age_s=tools.settings.recheck_s):
        require_present(tools, image_id)


def require_present(tools: Tools, image_id: str) -> None:
    """Raise NotFound, and forget what was made of the image, when it is not stored any more."""
    if tools.storage.stat(keys.original(image_id)) is None:
        _forget(tools, image_id)
        raise no_image(image_id)
    tools.present.put(image_id, True)


def _forget(tools: Tools, image_id: str) -> None:
    tools.present.forget(image_id)
    tools.cache.forget(image_id)
    tools.storage.delete_prefix(keys.derived(image_id))
    for mark in list(tools.storage.keys(keys.job_of(image_id))):
        tools.storage.delete(keys.job(mark.rpartition("/")[2]))
        tools.storage.delete(mark)


def no_image(image_id: str) -> NotFound:
    """Return the error for an id that names nothing."""
    return NotFound(f"there is no image '{image_id}'")
