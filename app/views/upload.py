"""``POST /upload``: images to store, from a form, at a URL or as a raw body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for

from app import options
from app.core.errors import InvalidParameter, ParameterError, ServiceError
from app.views import current_request, links, negotiation, pages, parameters, problems, uploaded

if TYPE_CHECKING:
    from app.access.grant import Grant
    from app.access.policy import Access
    from app.container import Container
    from app.core.config import Settings
    from app.service import ImageStore, Sources
    from app.views.uploaded import FailedFile, UploadedImage


def blueprint(container: Container) -> Blueprint:
    """Return the route ``/upload``."""
    bp = Blueprint("upload", __name__)
    access, settings, services = container.access, container.settings, container.services

    @bp.post("/upload")
    def post() -> Response:
        """Store every image of the request; each file succeeds or fails by itself."""
        grant = current_request.require_write(access, "POST /upload")
        negotiation.require_acceptable()
        is_form = request.mimetype == "multipart/form-data"
        if is_form:
            pages.show_problem_on_upload_page(container, "file")
        _refuse(request.args)
        files, url = _form() if is_form else _body()
        if not files:
            if is_form:
                pages.show_problem_on_upload_page(container, "url", url)
            files = [("", _fetched(services.sources, access, grant, url))]
        outcomes = [(name, _store(services.images, data)) for name, data in files]
        failed = [(name, outcome) for name, outcome in outcomes if isinstance(outcome, ServiceError)]
        if len(failed) == len(outcomes):
            raise _first(failed)
        stored = [outcome for _, outcome in outcomes if not isinstance(outcome, ServiceError)]
        return answer(settings, stored, failed)

    @bp.get("/upload")
    def form() -> Response:
        """Lead to the upload page: after a form that failed this is the address, which people reload and share."""
        return make_response(redirect(url_for("pages.index"), 303))

    return bp


def answer(settings: Settings, stored: list[UploadedImage], failed: Sequence[FailedFile] = ()) -> Response:
    """Return the answer to an upload: what was stored and what failed, or for a browser the way to its page."""
    if negotiation.prefers_html():
        return make_response(redirect(uploaded.address(stored, failed), 303))
    return _json(settings, stored, failed)


def _form() -> tuple[list[tuple[str, bytes]], str]:
    """Return name and bytes of each file of a form, or else its URL; raise InvalidParameter for anything else."""
    _refuse(name or "" for name in (*request.form, *request.files) if name not in ("file", "url"))
    files = [(part.filename or "", part.read()) for part in request.files.getlist("file")]
    has_files = any(name or data for name, data in files)
    if has_files and "url" in request.form:
        raise InvalidParameter(ParameterError("url", "expected images in 'file' or an address in 'url', not both"))
    if not has_files and "url" not in request.form:
        expected = "expected at least one image in the form field 'file', or else an address in 'url'"
        raise InvalidParameter(ParameterError("file", expected))
    return (files if has_files else []), request.form.get("url", "")


def _body() -> tuple[list[tuple[str, bytes]], str]:
    """Return the image that the body is, or else the URL that it names as JSON or as a form without files."""
    pairs, data = parameters.body_pairs()
    if data:
        return [("", data)], ""
    _refuse(name for name, _ in pairs if name != "url")
    addresses = [value for _, value in pairs]
    if len(addresses) != 1 or not isinstance(addresses[0], str):
        raise InvalidParameter(ParameterError("url", "expected once, as text", options.shown(addresses)))
    return [], addresses[0]


def _refuse(names: Iterable[str]) -> None:
    """Raise InvalidParameter for parameters that an upload does not have."""
    errors = [ParameterError(name, "expected a form field 'file' or 'url'") for name in names]
    if errors:
        raise InvalidParameter(*errors)


def _fetched(sources: Sources, access: Access, grant: Grant, url: str) -> bytes:
    """Return the image at the URL, by the rules for sources."""
    permit = partial(access.check_source, grant)
    return sources.from_url(current_request.context(), url.strip(), permit).read()[1]


def _store(images: ImageStore, data: bytes) -> UploadedImage | ServiceError:
    try:
        parameters.require_image(data)
        return images.upload(current_request.context(), data)
    except ServiceError as exc:
        return exc


def _first(failed: list[FailedFile]) -> ServiceError:
    """Return the first file's error, with the details of all: it becomes the answer when nothing was stored."""
    first = failed[0][1]
    if len(failed) > 1:
        first.detail = "; ".join(f"{name or 'file'}: {error.detail}" for name, error in failed)
    return first


def _json(settings: Settings, stored: list[UploadedImage], failed: Sequence[FailedFile]) -> Response:
    body: dict[str, Any] = {"images": [links.describe(settings, image) for image, _ in stored]}
    if failed:
        body["problems"] = [{"filename": name, **problems.body(settings, error)} for name, error in failed]
    response = jsonify(body)
    response.status_code = 207 if failed else 201 if any(is_new for _, is_new in stored) else 200
    if len(stored) == 1 and response.status_code == 201:
        response.headers["Location"] = body["images"][0]["url"]
    return response
