"""``POST /upload``: images to store, from a form or as a raw body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for

from app.errors import InvalidParameter, ParameterError, ServiceError
from app.views import current_request, links, parameters, problems

if TYPE_CHECKING:
    from app.config import Settings
    from app.container import Container
    from app.service import Image, ImageStore

# an image and whether it is new
UploadedImage = tuple["Image", bool]


def blueprint(container: Container) -> Blueprint:
    """Return the route ``/upload``."""
    bp = Blueprint("upload", __name__)
    access, settings, images = container.access, container.settings, container.services.images

    @bp.post("/upload")
    def post() -> Response:
        """Store every image of the request; each file succeeds or fails by itself."""
        current_request.require_write(access, "POST /upload")
        current_request.require_acceptable()
        outcomes = [(name, _store(images, data)) for name, data in _files()]
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
    """Return name and bytes of each file; raise InvalidParameter for anything else in the request."""
    is_form = request.mimetype == "multipart/form-data"
    fields = [*request.form, *request.files] if is_form else []
    others = [*request.args, *(name or "" for name in fields if name != "file")]
    if others:
        raise InvalidParameter(*(ParameterError(name, "expected only the form field 'file'") for name in others))
    if not is_form:
        return [("", parameters.raw_image())]
    files = [(part.filename or "", part.read()) for part in request.files.getlist("file")]
    if not any(name or data for name, data in files):
        raise InvalidParameter(ParameterError("file", "expected at least one image in the form field 'file'"))
    return files


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
    """Redirect a browser to the page of its image, or list the images when there are several."""
    if len(stored) == 1 and not failed:
        return make_response(redirect(url_for("images.show", image_id=stored[0][0].id), 303))
    described = [links.describe(settings, image) for image, _ in stored]
    page = render_template("uploaded.html", images=described, problems=failed)
    return make_response(page, 207 if failed else 201)
