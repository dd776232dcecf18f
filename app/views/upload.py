"""``POST /upload``: images to store, from a form, at a URL or as a raw body."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for

from app.core.errors import InvalidParameter, ParameterError, ServiceError
from app.views import current_request, links, parameters, problems

if TYPE_CHECKING:
    from app.access.grant import Grant
    from app.access.policy import Access
    from app.container import Container
    from app.core.config import Settings
    from app.service import Image, ImageStore, Sources

# an image and whether it is new
UploadedImage = tuple["Image", bool]

# more images than this are listed in the answer, and have no address that lists them again
MAX_LISTED: Final = 20


def blueprint(container: Container) -> Blueprint:
    """Return the route ``/upload``."""
    bp = Blueprint("upload", __name__)
    access, settings, services = container.access, container.settings, container.services

    @bp.post("/upload")
    def post() -> Response:
        """Store every image of the request; each file succeeds or fails by itself."""
        grant = current_request.require_write(access, "POST /upload")
        current_request.require_acceptable()
        files = _files() or [("", _fetched(services.sources, access, grant))]
        outcomes = [(name, _store(services.images, data)) for name, data in files]
        failed = [(name, outcome) for name, outcome in outcomes if isinstance(outcome, ServiceError)]
        if len(failed) == len(outcomes):
            raise _first(failed)
        stored = [outcome for _, outcome in outcomes if not isinstance(outcome, ServiceError)]
        listed = [{"filename": name, **problems.body(settings, error)} for name, error in failed]
        return answer(settings, stored, listed)

    return bp


def answer(settings: Settings, stored: list[UploadedImage], failed: Sequence[dict[str, Any]] = ()) -> Response:
    """Return the answer to an upload: the images that were stored, and the problems of the files that ``failed``."""
    if current_request.prefers_html():
        return _page(settings, stored, failed)
    return _json(settings, stored, failed)


def _files() -> list[tuple[str, bytes]]:
    """Return name and bytes of each file, none where a URL is given; raise InvalidParameter for anything else."""
    is_form = request.mimetype == "multipart/form-data"
    fields = [*request.form, *request.files] if is_form else []
    others = [*request.args, *(name or "" for name in fields if name not in ("file", "url"))]
    if others:
        raise InvalidParameter(*(ParameterError(name, "expected a form field 'file' or 'url'") for name in others))
    if not is_form:
        return [("", parameters.raw_image())]
    files = [(part.filename or "", part.read()) for part in request.files.getlist("file")]
    has_files = any(name or data for name, data in files)
    if has_files == ("url" in request.form):
        expected = "expected at least one image in the form field 'file', or else an address in 'url'"
        raise InvalidParameter(ParameterError("url" if has_files else "file", expected))
    return files if has_files else []


def _fetched(sources: Sources, access: Access, grant: Grant) -> bytes:
    """Return the image at the URL of the form, by the rules for sources."""
    source = sources.from_url(
        current_request.context(), request.form["url"].strip(), partial(access.permit_source, grant)
    )
    return source.read()[1]


def _store(images: ImageStore, data: bytes) -> UploadedImage | ServiceError:
    try:
        parameters.require_image(data)
        return images.upload(current_request.context(), data)
    except ServiceError as exc:
        return exc


def _first(failed: list[tuple[str, ServiceError]]) -> ServiceError:
    """Return the first file's error, with the details of all: it becomes the answer when nothing was stored."""
    first = failed[0][1]
    if len(failed) > 1:
        first.detail = "; ".join(f"{name or 'file'}: {error.detail}" for name, error in failed)
    return first


def _json(settings: Settings, stored: list[UploadedImage], failed: Sequence[dict[str, Any]]) -> Response:
    body: dict[str, Any] = {"images": [links.describe(settings, image) for image, _ in stored]}
    if failed:
        body["problems"] = list(failed)
    response = jsonify(body)
    response.status_code = 207 if failed else 201 if any(is_new for _, is_new in stored) else 200
    if len(stored) == 1 and response.status_code == 201:
        response.headers["Location"] = body["images"][0]["url"]
    return response


def _page(settings: Settings, stored: list[UploadedImage], failed: Sequence[dict[str, Any]]) -> Response:
    """Redirect a browser to the page of its image, or to a list of them: reloading it sends nothing again."""
    known = [image.id for image, is_new in stored if not is_new]
    if len(stored) == 1 and not failed:
        address = url_for("images.show", image_id=stored[0][0].id, known=1 if known else None)
        return make_response(redirect(address, 303))
    if len(stored) <= MAX_LISTED and not failed:
        uploaded = ",".join(image.id for image, _ in stored)
        return make_response(redirect(url_for("pages.index", uploaded=uploaded, known=",".join(known) or None), 303))
    described = [links.describe(settings, image) for image, _ in stored]
    page = render_template("uploaded.html", images=described, known=known, problems=failed)
    return make_response(page, 207 if failed else 201)
